"""Accounts are made by signing up or by createsuperuser, and erased by their owner or by housekeep: not here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for the type checker only
    fields = ["email", "name", "handle", "date_joined", "last_login", "is_active", "is_staff", "groups"]
    readonly_fields = ["email", "name", "handle", "date_joined", "last_login"]
    filter_horizontal = ["groups"]
    list_display = ["email", "name", "handle", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff", "groups"]
    search_fields = ["email", "name", "handle"]
    ordering = ["-date_joined"]
    view_on_site = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Nobody locks themselves out."""
        return [*self.readonly_fields, "is_active", "is_staff"] if obj == request.user else self.readonly_fields

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
