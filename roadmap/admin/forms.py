"""What the admin's forms know beyond the models' own rules."""

from typing import Any

from adminsortable2.admin import CustomInlineFormSet
from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from roadmap import validators
from roadmap.admin import words
from roadmap.models import Group, Placement, Resource, Retirable, Roadmap, Skill
from web.generic import ModelChoiceField, ModelForm


class LinesField(forms.Field):
    """A list of texts, written one a line."""

    def __init__(self, *, help_text: str) -> None:
        super().__init__(required=False, widget=AdminTextareaWidget(attrs={"rows": 5}), help_text=help_text)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]


class PathField(ModelChoiceField):
    """A choice of phases, sections or groups, each with the way down to it."""

    def label_from_instance(self, obj: Any) -> str:
        return words.path(obj)


class Fixed(forms.Widget):
    """Says what has been chosen for good."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return format_html('<span class="fixed">{}</span>', self.label)


class RetirableForm(ModelForm):
    retired = forms.BooleanField(
        required=False, help_text="Off the roadmap. What learners did with it is kept, and it can be brought back."
    )
    instance: Retirable

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("retired", self.instance.is_retired)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if "retired" in self.changed_data and "retired" in self.fields:
            self.instance.retired_at = timezone.now() if self.cleaned_data["retired"] else None
        return cleaned


class DraftableForm(RetirableForm):
    """A draft has a time to be published at, or none; what was published once is no draft again."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if "is_draft" in self.fields:
            _time_to_publish(self, is_draft=bool(self.cleaned_data.get("is_draft")))
        return cleaned


def _time_to_publish(form: Any, *, is_draft: bool) -> None:
    at = form.cleaned_data.get("publish_at")
    if "publish_at" in form.changed_data and at:
        if not is_draft:
            form.add_error("publish_at", "Only what is not published yet can wait for its time. Leave this empty.")
        elif at <= timezone.now():
            form.add_error("publish_at", "This time has passed. Set a later one, or publish it at once.")
    elif not is_draft:
        form.cleaned_data["publish_at"] = form.instance.publish_at = None


class RoadmapForm(ModelForm):
    tags = LinesField(help_text="One a line.")
    instance: Roadmap

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("is_published") and self.instance.published_at is None:
            self.instance.published_at = timezone.now()
        _time_to_publish(self, is_draft=not self.cleaned_data.get("is_published"))
        return cleaned


class SkillForm(DraftableForm):
    outcomes = LinesField(help_text="One a line: what a finished project lets one show.")
    instance: Skill

    def clean_prerequisites(self) -> "QuerySet[Skill]":
        chosen: QuerySet[Skill] = self.cleaned_data["prerequisites"]
        if self.instance.pk:
            # Locked, so that no two curators close a circle between them; learners go on marking.
            titles = dict(Skill.objects.select_for_update(no_key=True).values_list("pk", "title"))
            edges = Skill.objects.prerequisite_edges() | {self.instance.pk: [skill.pk for skill in chosen]}
            validators.acyclic(edges, titles)
        return chosen


class PlacementForm(RetirableForm):
    """Places a skill in a group's roadmap. Where it was placed once and retired, that same row comes back."""

    instance: Placement
    revived = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "skill" in self.fields:
            self.fields["skill"].disabled = True
            self.fields["skill"].widget = Fixed(self.instance.skill.title)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        group: Group | None = self.cleaned_data.get("group")
        skill: Skill | None = self.cleaned_data.get("skill")
        roadmap = self._roadmap(group) if group else None
        if group and roadmap and not self.instance.pk:
            self.instance.roadmap = roadmap
            if skill:
                self._place(group, roadmap, skill)
        return cleaned

    @staticmethod
    def _roadmap(group: Group) -> Roadmap | None:
        """None while the group's own form lacks its section."""
        section = getattr(group, "section", None)
        return section.phase.roadmap if section else None

    def _place(self, group: Group, roadmap: Roadmap, skill: Skill) -> None:
        if skill.is_retired:
            self.add_error("skill", f"“{skill}” is retired. Bring the skill back, then place it.")
            return
        everywhere = Placement.objects.select_related("group__section__phase__roadmap")
        there = everywhere.filter(roadmap=roadmap, skill=skill).first()
        if there and not there.is_retired:
            self.add_error(
                "skill",
                f"“{skill}” has its place in this roadmap already: {words.path(there.group)}. "
                "Move that placement, or retire it there first.",
            )
        elif there:
            there.retired_at = self.instance.retired_at
            there.group = group
            there.position = 0  # the end of the list
            self.instance = there
            self.revived = True


class GroupRowForm(RetirableForm):
    """A group in its section's form, where its skills are out of sight."""

    instance: Group

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        group = self.instance
        turned = {"rule", "retired"} & {*self.changed_data}
        if turned and self.cleaned_data.get("rule") == Group.Rule.ANY and group.is_live:
            placed = Placement.objects.live().filter(group=group.pk, skill__retired_at=None)
            validators.pick_from(
                self.cleaned_data.get("title") or str(group), list(placed.values_list("skill__title", flat=True))
            )
        return cleaned


class ReplacementForm(ModelForm):
    """What comes in a resource's place: as that one is, until something else is written. Where its address is known to
    have moved, the new one is filled in."""

    instance: Resource

    def __init__(self, data: Any, *, old: Resource) -> None:
        super().__init__(data, instance=Resource(credit=old.credit))
        self.old = old
        moved_to = old.check_state.moved_to if hasattr(old, "check_state") else ""
        self.initial = model_to_dict(old, self.fields) | {"url": moved_to or old.url}

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        twin = Resource.objects.filter(skill=self.old.skill_id, url=url).first()
        if twin == self.old:
            raise ValidationError("This is the address that it has now. Write the one that takes its place.")
        if twin and twin.is_retired:
            raise ValidationError(
                f"“{twin}” on this skill has this address and is retired. Bring that one back instead."
            )
        if twin:
            raise ValidationError(f"“{twin}” on this skill has this address already. Retire this one instead.")
        return url


class ContentFormSet(CustomInlineFormSet):
    """Rows know a parent that is not saved yet, so that their own rules can look up to it."""

    def _construct_form(self, i: int, **kwargs: Any) -> ModelForm:
        form: ModelForm = super()._construct_form(i, **kwargs)
        if self.instance.pk is None:
            setattr(form.instance, self.fk.name, self.instance)
        return form


class PlacementFormSet(ContentFormSet):
    def clean(self) -> None:
        super().clean()
        placed: set[Skill] = set()
        for form in self.forms:
            values = getattr(form, "cleaned_data", {})
            skill = values.get("skill")
            if skill is None or values.get("retired"):
                continue
            if skill in placed:
                form.add_error("skill", ValidationError(f"“{skill}” is in this list twice.", code="twice"))
            placed.add(skill)
        group: Group = self.instance
        if group.rule == Group.Rule.ANY and group.is_live and group.title and not any(self.errors):
            validators.pick_from(group.title, [skill.title for skill in placed if skill.retired_at is None])
