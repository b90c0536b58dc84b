"""What a learner says of skills and resources, and files that they bring."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from progress import validators
from progress.models import Evidence, Note, Report, State, Suggestion
from progress.portability import reading
from progress.portability.entry import Wrong
from roadmap.tree import Outline, Resource, Section
from web.generic import ModelForm


class MarkForm(forms.Form):
    state = forms.ChoiceField(
        choices=State.choices,
        error_messages={
            "required": "Choose a state: to do, learning, done or skipped.",
            "invalid_choice": "There is no state “%(value)s”. Choose to do, learning, done or skipped.",
        },
    )


class AllForm(forms.Form):
    """scope: one or several of "roadmap", "phase-<slug>" and "section-<slug>"."""

    scope = forms.MultipleChoiceField(
        error_messages={
            "required": "Say what to mark: the roadmap, a phase or a section.",
            "invalid_choice": "There is no “%(value)s” on this roadmap. Load the page again.",
        },
    )
    state = forms.ChoiceField(
        choices=[("done", "Done"), ("todo", "To do")],
        error_messages={
            "required": "Choose a state: done or to do.",
            "invalid_choice": "Many skills at once become done or to do, not “%(value)s”.",
        },
    )

    def __init__(self, data: QueryDict, outline: Outline) -> None:
        super().__init__(data)
        self.sections: dict[str, tuple[Section, ...]] = {"roadmap": ()}
        for phase in outline.phases:
            self.sections[f"phase-{phase.slug}"] = phase.sections
            self.sections |= {f"section-{section.slug}": (section,) for section in phase.sections}
            self.sections["roadmap"] += phase.sections
        names = {"roadmap": outline.short_title}
        names |= {f"phase-{phase.slug}": phase.title for phase in outline.phases}
        names |= {f"section-{s.slug}": s.title for phase in outline.phases for s in phase.sections}
        self.fields["scope"].choices = list(names.items())  # type: ignore[attr-defined]  # it is a field of choices

    def chosen(self) -> tuple[str, tuple[Section, ...]]:
        """What it is called, and its sections, each once."""
        scopes = self.cleaned_data["scope"]
        names = dict(self.fields["scope"].choices)  # type: ignore[attr-defined]  # the same
        sections = {section.id: section for scope in scopes for section in self.sections[scope]}
        return names[scopes[0] if len(scopes) == 1 else "roadmap"], tuple(sections.values())


class NoteForm(forms.Form):
    text = forms.CharField(
        required=False,
        strip=False,
        label="What you learned, in your words",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    version = forms.IntegerField(min_value=0, max_value=10**9, required=False, widget=forms.HiddenInput)

    def clean_text(self) -> str:
        text = validators.tidy(self.cleaned_data["text"])
        if len(text) > Note.MAXIMUM:
            raise forms.ValidationError(
                f"This note has {len(text):,} characters; {Note.MAXIMUM:,} is the most. It is not saved yet."
            )
        return text

    def clean_version(self) -> int:
        return self.cleaned_data["version"] or 0


class EvidenceForm(ModelForm):
    class Meta:
        model = Evidence
        fields = ("title", "url", "is_public")
        labels = {"title": "What it is", "url": "Link", "is_public": "Show it on my profile once that is public"}
        error_messages = {
            "title": {
                "required": "Say in a few words what others will see.",
                "max_length": "Use at most 120 characters.",
            },
            "url": {"required": "Give the link.", "max_length": "This link is too long: 500 characters is the most."},
        }


class ReportForm(forms.Form):
    kind = forms.ChoiceField(
        choices=Report.Kind.choices,
        error_messages={
            "required": "Say what is wrong: the link is dead, or it is not free.",
            "invalid_choice": "Say what is wrong: the link is dead, or it is not free.",
        },
    )

    def __init__(self, data: QueryDict, resource: Resource) -> None:
        super().__init__(data)
        self.resource = resource

    def clean_kind(self) -> str:
        kind: str = self.cleaned_data["kind"]
        if kind == Report.Kind.PAYWALL and not self.resource.free:
            raise forms.ValidationError("It is listed as paid already.")
        return kind


class Words(forms.CharField):
    """Several lines. The browser cuts nothing; what is too long is told, with a line's end counted once."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 6}), **kwargs)
        self.most = most

    def clean(self, value: Any) -> str:
        text = validators.tidy(super().clean(value))
        if len(text) > self.most:
            raise forms.ValidationError(f"This has {len(text):,} characters; {self.most:,} is the most.")
        return text


class SuggestionForm(ModelForm):
    NEEDED = {"title": "Say what it is called.", "url": "Give the link."}

    kind = forms.ChoiceField(
        choices=Suggestion.Kind.choices,
        initial=Suggestion.Kind.RESOURCE,
        label="What it is",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose a resource or a correction.",
            "invalid_choice": "Choose a resource or a correction.",
        },
    )
    text = Words(
        most=Suggestion.LONGEST,
        label="In your words",
        help_text="What a resource teaches and why it is worth the time; what is wrong and what would be right. "
        f"{Suggestion.LONGEST:,} characters at most.",
        error_messages={"required": "Say a word about it: the curators read it first."},
    )

    class Meta:
        model = Suggestion
        fields = ("kind", "title", "url", "text", "wants_credit")
        labels = {"title": "Title", "url": "Link", "wants_credit": "Say that it came from me"}
        help_texts = {"title": "Of the resource.", "url": "Of the resource, or of a page that shows what is right."}
        error_messages = {
            "title": {"max_length": "Use at most 200 characters."},
            "url": {"max_length": "This link is too long: 500 characters is the most."},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.NEEDED:
            self.fields[name].widget.attrs = {"autocomplete": "off"}  # without maxlength, which cuts what is pasted
        self.fields["url"].widget.attrs |= {"inputmode": "url", "placeholder": "https://"}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("kind") == Suggestion.Kind.RESOURCE:
            for name, sentence in self.NEEDED.items():
                if self.cleaned_data.get(name) == "":
                    self.add_error(name, sentence)
        return cleaned


class ImportForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text="The zip of an export, or the cairn.json in it; 20 MB at most.",
        widget=forms.FileInput(attrs={"accept": ".zip,.json"}),
        error_messages={
            "required": "Choose a file first.",
            "empty": "This file is empty.",
            "missing": "Choose a file first.",
            "invalid": "Choose a file first.",
        },
    )

    def clean_file(self) -> bytes:
        """The cairn.json in it, which has been read once: all of it is right."""
        upload = self.cleaned_data["file"].read()
        try:
            reading.check_name(upload, self.cleaned_data["file"].name)
            content = reading.content(upload)
            reading.read(content, timezone.now())
        except Wrong as wrong:
            raise forms.ValidationError(str(wrong)) from None
        return content
