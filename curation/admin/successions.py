"""Skills that take the place of others, from the admin; and the way back."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from curation import succession
from curation.editing import Careful
from roadmap import history
from roadmap.models import Succession
from web.generic import ModelForm


class SuccessionForm(ModelForm):
    class Meta:
        model = Succession
        fields = ("old", "new")
        labels = {"old": "What goes", "new": "What takes its place"}
        help_texts = {
            "old": "Retired, with whatever learners did on it. Several become one.",
            "new": "Stands where the old stood, if it has no place there yet. Whoever marked the old gets credit.",
        }

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            succession.check(list(self.cleaned_data["old"]), list(self.cleaned_data["new"]))
        return cleaned


@admin.register(Succession)
class SuccessionAdmin(Careful):
    credits_learners = True
    form = SuccessionForm
    actions = ["undo"]
    autocomplete_fields = ["old", "new"]
    list_display = ["what", "at", "undone_at"]
    list_filter = ["at"]
    search_fields = ["old__title", "new__title"]
    ordering = ["-at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Succession]:
        return super().get_queryset(request).prefetch_related("old", "new")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def save_model(self, request: HttpRequest, obj: Succession, form: Any, change: bool) -> None:
        made = succession.succeed(
            list(form.cleaned_data["old"]), list(form.cleaned_data["new"]), by=request.user.pk, at=timezone.now()
        )
        # The row is there: Django goes on with it as if it had saved it.
        obj.pk, obj.uid, obj.act, obj.at = made.pk, made.uid, made.act, made.at
        obj._state.adding = False

    @admin.action(permissions=["undo"], description="Undo selected")
    def undo(self, request: HttpRequest, queryset: QuerySet[Succession]) -> None:
        """All or none, the newest first."""
        now, kept = timezone.now(), 0
        try:
            with transaction.atomic():
                for each in queryset.order_by("-at", "-id"):
                    kept += succession.undo(each, by=request.user.pk, at=now)
        except history.Refused as refused:
            self.message_user(request, f"Nothing is undone. {refused}", messages.ERROR)
            return
        said = "Undone: content and credits are as they were."
        if kept:
            said += f" {kept} learner{'' if kept == 1 else 's'} had said a word on the credit since: that stays."
        self.message_user(request, said, messages.SUCCESS)

    @admin.display(description="what")
    def what(self, made: Succession) -> str:
        return str(made)
