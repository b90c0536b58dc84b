"""What is edited in place, in the outline."""

from typing import Any

from django import forms

from roadmap import validators
from roadmap.models import Content, Group, Phase, Placement, Section
from web.generic import ModelForm


class RowForm(ModelForm):
    @property
    def rows(self) -> list[Content]:
        """That saving it writes."""
        return [self.instance]


class PhaseForm(RowForm):
    class Meta:
        model = Phase
        fields = ["title"]


class SectionForm(RowForm):
    class Meta:
        model = Section
        fields = ["title"]


class GroupForm(RowForm):
    instance: Group

    class Meta:
        model = Group
        fields = ["title", "rule", "importance"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        title = self.cleaned_data.get("title")
        if title and self.cleaned_data.get("rule") == Group.Rule.ANY:
            placed = Placement.objects.live().filter(group=self.instance, skill__retired_at=None)
            validators.pick_from(title, list(placed.values_list("skill__title", flat=True)))
        return cleaned


class PlacementForm(RowForm):
    title = forms.CharField(max_length=120, help_text="The skill’s, wherever it is placed.")
    instance: Placement

    class Meta:
        model = Placement
        fields = ["importance"]

    field_order = ["title", "importance"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["title"] = self.instance.skill.title

    @property
    def rows(self) -> list[Content]:
        return [self.instance, self.instance.skill]

    def save(self, commit: bool = True) -> Placement:
        self.instance.skill.title = self.cleaned_data["title"]
        self.instance.skill.save(update_fields=["title"])
        saved: Placement = super().save(commit)
        return saved


FORMS: dict[str, type[RowForm]] = {
    "phase": PhaseForm,
    "section": SectionForm,
    "group": GroupForm,
    "placement": PlacementForm,
}
