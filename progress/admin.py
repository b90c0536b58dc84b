"""For operators to look at, never to touch; nobody is named."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from progress.models import Change, Follow, Learner, Mark


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for the type checker only
    show_full_result_count = False
    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Learner)
class LearnerAdmin(ReadOnlyAdmin):
    fields = ["uid", "has_account", "seen_at"]
    list_display = ["__str__", "uid", "has_account", "seen_at"]
    list_filter = [("user", admin.EmptyFieldListFilter)]
    ordering = ["-seen_at"]

    @admin.display(description="has an account", boolean=True)
    def has_account(self, learner: Learner) -> bool:
        return learner.user_id is not None


@admin.register(Mark)
class MarkAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "learner", "skill", "state", "since"]
    list_filter = ["state"]
    list_select_related = ["learner", "skill"]
    ordering = ["-since"]


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "learner", "skill", "before", "after", "at", "cause", "undone_at"]
    list_filter = ["cause"]
    list_select_related = ["learner", "skill"]
    ordering = ["-at"]


@admin.register(Follow)
class FollowAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "learner", "roadmap", "since", "used_at"]
    list_filter = ["roadmap"]
    list_select_related = ["learner", "roadmap"]
    ordering = ["-used_at"]
