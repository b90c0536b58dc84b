"""For operators to look at, never to touch; nobody is named."""

from django.contrib import admin

from progress.models import Change, Follow, Learner, Mark, Report
from web.admin import ReadOnlyAdmin


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


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    fields = ["resource", "kind", "at", "settled_at"]
    list_display = ["__str__", "resource", "kind", "at", "settled_at"]
    list_filter = ["kind", ("settled_at", admin.EmptyFieldListFilter)]
    list_select_related = ["resource"]
    ordering = ["-at"]
