from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps.views import sitemap
from django.urls import path
from django.views.decorators.http import require_safe

from roadmap import views
from web.replica import may_be_old

urlpatterns = [
    path("roadmaps/", views.roadmaps, name="roadmaps"),
    path("roadmaps/<slug:roadmap>/faq/", views.faq, name="faq"),
    path("preview/leave/", views.leave_preview, name="leave_preview"),
    path("preview/<str:token>/", views.open_preview, name="preview"),
    path(
        "sitemap.xml",
        may_be_old(login_not_required(require_safe(sitemap))),
        {"sitemaps": {"pages": views.Pages}, "content_type": "application/xml; charset=utf-8"},
        name="sitemap",
    ),
]
