"""What belongs to the site rather than to an app: colours, privacy, errors, and what machines ask for."""

import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import BadRequest
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from config import health
from config import metrics as site_metrics
from config.context import THEMES
from web import htmx
from web.http import Request, cookieless, next_path

DOWN = (OperationalError, InterfaceError, InternalError)
"""The last: it died in the middle of a commit, or is no longer the primary."""
THEME_AGE = 365 * 24 * 3600
UNKEPT = {"Cache-Control": "no-store"}
UNSPOKEN = {"csrfmiddlewaretoken", "learner", "next", "state", "scope", "theme", "time_zone"}


@cookieless
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether the process lives; asks nobody."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8", headers=UNKEPT)


@cookieless
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has the token; to others there is no such page."""
    if not site_metrics.is_asked_for(request):
        raise Http404
    return HttpResponse(site_metrics.collected(), content_type=site_metrics.KIND, headers=UNKEPT)


@cookieless
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether it can serve."""
    found = health.checks()
    ready = set(found.values()) <= health.SERVING
    return JsonResponse(found, status=200 if ready else 503, headers=UNKEPT)


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in ("/accounts/", "/admin/", "/progress/", "/theme/")),
        *(f"Allow: {reverse(name)}$" for name in ("account_login", "account_signup")),
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("img/favicon.svg"))


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy.html")


@login_not_required
@require_POST
def theme(request: Request) -> HttpResponse:
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        raise BadRequest("Choose auto, light or dark.")
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(appearance=chosen)
    response = redirect(next_path(request, "/"))
    name, secure = settings.THEME_COOKIE_NAME, settings.TLS
    response.set_cookie(name, chosen, max_age=THEME_AGE, secure=secure, httponly=True, samesite="Lax")
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_down(exception):
        return _unavailable()
    # Only what our own views say is meant for eyes; others' words may hold anything.
    sentence = str(exception) if isinstance(exception, BadRequest) else ""
    return _error(request, 400, "That request makes no sense", sentence or "Something in the address or form is off.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 403, "Not for this account", "You are not allowed to see or do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = "The address may be old or mistyped. Nothing of yours is lost."
    return _error(request, 404, "This page is not on the map", sentence)


def broken(request: HttpRequest) -> HttpResponse:
    """No context: what broke may be behind it. A database that is down, locked or full is none of our mistakes."""
    error = sys.exc_info()[1]
    return _unavailable() if error and _is_down(error) else render(None, "500.html", status=500)


def _unavailable() -> HttpResponse:
    response = render(None, "503.html", status=503)
    response["Retry-After"] = "5"
    return response


def _is_down(error: BaseException) -> bool:
    """Or was when the session was to be written, which Django then takes for one that was ended meanwhile."""
    if isinstance(error, (SessionInterrupted, UpdateError)) and error.__context__:
        return _is_down(error.__context__)
    return isinstance(error, DOWN)


@login_not_required
def csrf_failure(request: Request, reason: str = "") -> HttpResponse:
    """Mostly a tab from before signing in: leads back to the page as it is now, with what was typed."""
    back = next_path(request, "/")
    if htmx.target(request):
        return htmx.lead(request, back)
    hidden = {name for name in request.POST if name in UNSPOKEN or "password" in name}
    typed = [(name, str(text)) for name, text in request.POST.items() if name not in hidden and text]
    return _error(
        request,
        403,
        "This page was out of date",
        "You signed in or out since it was opened, so nothing was saved. Go back to it and try once more.",
        back=back,
        way="Back to the page",
        typed=typed,
    )


def _error(
    request: HttpRequest,
    status: int,
    title: str,
    sentence: str,
    *,
    back: str = "/",
    way: str = "To the start",
    typed: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    context = {"title": title, "sentence": sentence, "back": back, "way": way, "typed": typed or []}
    return render(request, "error.html", context, status=status)
