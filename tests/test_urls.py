"""Every page asks for a login unless it stands in this list."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import get_resolver

from tests.addresses import patterns
from web.middleware import LoginRequired

PUBLIC = {
    # what there is to learn, for everybody; guests mark, too
    "",
    "roadmaps/",
    "roadmaps/<slug:roadmap>/",
    "roadmaps/<slug:roadmap>/book/",
    "roadmaps/<slug:roadmap>/faq/",
    "roadmaps/<slug:roadmap>/map/",
    "roadmaps/<slug:roadmap>/skills/<slug:skill>/",
    "progress/<slug:roadmap>/all/",
    "progress/<slug:roadmap>/skills/<slug:skill>/",
    "progress/<slug:roadmap>/skills/<slug:skill>/checkpoints/<int:checkpoint>/",
    "progress/<slug:roadmap>/skills/<slug:skill>/note/",
    "progress/<slug:roadmap>/skills/<slug:skill>/credit/",
    "progress/undo/<uuid:batch>/",
    "preview/leave/",
    "preview/<str:token>/",
    "resources/<uuid:uid>/report/",
    "search/",
    "calendar/<slug:token>.ics",
    "letters/stop/<str:token>/",
    # what somebody has switched on for others
    "u/<slug:handle>/",
    "u/<slug:handle>/badge.svg",
    "u/<slug:handle>/card.png",
    "privacy/",
    "theme/",
    # the ways in and out, and what mail leads to
    "accounts/confirm-email/",
    r"accounts/^confirm-email/(?P<key>[-:\w]+)/$",
    "accounts/confirm-email/<str:key>/",
    "accounts/inactive/",
    "accounts/login/",
    "accounts/login/code/confirm/",
    "accounts/logout/",
    "accounts/password/reset/",
    "accounts/password/reset/done/",
    "accounts/password/reset/key/done/",
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
    "accounts/signup/",
    "accounts/2fa/authenticate/",
    "accounts/2fa/webauthn/login/",
    "accounts/3rdparty/login/cancelled/",
    "accounts/3rdparty/signup/",
    "admin/login/",
    # what machines ask for
    "csp",
    "favicon.ico",
    "healthz",
    "metrics",
    "readyz",
    "robots.txt",
    "sitemap.xml",
}


def test_only_the_listed_pages_are_public(rf: RequestFactory, settings: Any) -> None:
    assert "web.middleware.LoginRequired" in settings.MIDDLEWARE
    guard = LoginRequired(HttpResponse)
    request = rf.get("/")
    request.user = AnonymousUser()
    public = {
        route
        for route, pattern in patterns(get_resolver())
        if guard.process_view(request, pattern.callback, (), {}) is None
    }
    assert public == PUBLIC
