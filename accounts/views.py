from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.forms import ProfileForm, SettingsForm
from accounts.models import User


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    # A copy: the page does not call its reader by a name that was refused.
    user = User.objects.get(email=request.user.email)  # type: ignore[union-attr]  # the middleware lets no other in
    form = SettingsForm(request.POST or None, instance=user)
    if form.is_valid():
        form.save()
        messages.success(request, "Your settings are saved.")
        return redirect("settings")
    return render(request, "accounts/settings.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def profile_settings(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(email=request.user.email)  # type: ignore[union-attr]  # the middleware lets no other in
    form = ProfileForm(request.POST or None, instance=user)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved. Your profile is on." if user.is_public else "Saved. Your profile is off.")
        return redirect("profile_settings")
    switches = [form[name] for name in ("is_public", "shows_streak", "is_findable")]
    context = {"form": form, "switches": switches}
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """What allauth's limits answer, wired as handler429; nearly all of their windows are a minute long."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = "60"
    return response
