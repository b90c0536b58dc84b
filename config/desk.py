"""The admin: who may enter it, and which way they take."""

from collections.abc import Iterable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from accounts import sessions
from accounts.models import User
from curation import desk, views
from web.http import next_path

HIDDEN = {"account", "mfa", "socialaccount", "usersessions"}


class Desk(admin.AdminSite):
    site_header = site_title = "Cairn"
    index_title = "What there is to learn"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """allauth's own pages would show secrets of second factors, addresses of networks and tokens, and confirm
        addresses without a line in the security log."""
        models: Iterable[Any] = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        super().register([each for each in models if each._meta.app_label not in HIDDEN], admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """On a public site a password alone is not enough."""
        user = request.user
        if not super().has_permission(request) or not isinstance(user, User):
            return False
        return not settings.TLS or sessions.has_shown_factor(request, user)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Who has no right to a kind of row is not told either whether one is there, as Django's history would. And
        Django's lists would ask PostgreSQL for a text with a NUL in it, which breaks."""
        owner = getattr(view, "__self__", None)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if isinstance(owner, admin.ModelAdmin) and not owner.has_module_permission(request):
                raise PermissionDenied
            if "%00" in request.META["QUERY_STRING"]:
                raise BadRequest("There is a character in this address that no text has.")
            return view(request, *args, **kwargs)

        return super().admin_view(guarded, cacheable)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Django's own would know no limit on tries, and tell nobody."""
        return redirect("account_change_password")

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """No way in of its own, which would know neither limits nor factors: everybody takes the same one."""
        target = next_path(request, reverse("admin:index"))
        if request.user.is_anonymous:
            return _by_way_of(resolve_url(settings.LOGIN_URL), target)
        if not request.user.is_staff:
            raise PermissionDenied
        if self.has_permission(request):
            return redirect(target)
        ways = [way for way in get_adapter().get_reauthentication_methods(request.user) if "mfa" in way["id"]]
        if ways:
            return _by_way_of(ways[0]["url"], target)
        messages.warning(request, "The admin asks for a passkey or a second step. Add one here, then open it again.")
        return redirect("mfa_index")

    def get_urls(self) -> list[Any]:
        own = [
            path("curation/usage/<slug:slug>/", self.admin_view(views.usage), name="usage"),
            path("curation/outline/<slug:slug>/", self.admin_view(views.outline), name="outline"),
            path("curation/outline/<slug:slug>/move/", self.admin_view(views.outline_move), name="outline_move"),
            path("curation/outline/<slug:slug>/edit/", self.admin_view(views.outline_edit), name="outline_edit"),
        ]
        return [*own, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        if not settings.TLS and isinstance(request.user, User) and not sessions.has_factor(request.user):
            messages.info(request, "On a public site the admin asks for a passkey or a second step. See your settings.")
        found = desk.of(request.user) if desk.may_edit(request.user) else None
        return super().index(request, {**(extra_context or {}), "desk": found})


def _by_way_of(url: str, target: str) -> HttpResponse:
    return redirect(f"{url}?{urlencode({'next': target})}")
