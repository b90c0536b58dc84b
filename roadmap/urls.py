from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps.views import sitemap
from django.urls import path

from roadmap import views

urlpatterns = [
    path("roadmaps/", views.roadmaps, name="roadmaps"),
    path("roadmaps/<slug:roadmap>/faq/", views.faq, name="faq"),
    path("sitemap.xml", login_not_required(sitemap), {"sitemaps": {"pages": views.Pages}}, name="sitemap"),
]
