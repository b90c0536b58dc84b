from django.contrib import admin
from django.urls import include, path

from accounts.views import too_many_requests
from config import reports, views

urlpatterns = [
    path("", include("progress.urls")),
    path("", include("roadmap.urls")),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("theme/", views.theme, name="theme"),
    path("privacy/", views.privacy, name="privacy"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("csp", reports.csp, name="csp"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
    path("readyz", views.readyz, name="readyz"),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler429 = too_many_requests  # allauth looks for it
handler500 = views.broken
