from django.urls import path

from accounts import views

urlpatterns = [
    path("settings/", views.settings, name="settings"),
    path("settings/profile/", views.profile_settings, name="profile_settings"),
]
