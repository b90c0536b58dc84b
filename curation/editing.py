"""What the admin's forms of content do beyond plain editing: they ask first when learners would feel it, and do not
write over what somebody else has written meanwhile."""

import hashlib
import json
from collections.abc import Iterable
from functools import partial
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from curation import asking, words
from roadmap import entries
from roadmap.models import Content, Revision
from web.admin import ModelAdmin
from web.generic import ModelForm


class Seen:
    """A row and the rows under it that its form shows, as they are now. A query for each kind of them."""

    def __init__(self, row: Content, below: Iterable[tuple[type[Content], str]], reader: int | None) -> None:
        """below: models, and the name of the field that leads from them to the row."""
        found = entries.read([row])
        for entry in found.values():
            entry.pop("position", None)  # no form of its own shows it
        self.kinds = [model._meta.model_name or "" for model, _ in below]
        for model, parent in below:
            kind = model._meta.model_name or ""
            found |= {(kind, uid): entry for uid, entry in entries.all_of(kind, **{parent: row.pk}).items()}
        self.uids = [uid for _, uid in found]
        self.row, self.reader = row, reader
        content = sorted((kind, str(uid), entry) for (kind, uid), entry in found.items())
        self.digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        self.last = Revision.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    @property
    def mark(self) -> str:
        return f"{self.digest}-{self.last}"

    def is_other(self, mark: str) -> bool:
        return mark.partition("-")[0] != self.digest

    def otherwise(self, mark: str) -> str:
        """Which row was changed since then, by whom and when."""
        last = mark.partition("-")[2]
        since = Revision.objects.filter(pk__gt=int(last) if last.isdecimal() else 0).select_related("by")
        gone = Q(action=Revision.Action.DELETED, kind__in=self.kinds)
        found = since.filter(Q(uid__in=self.uids) | gone).order_by("pk").last()
        if found is None:
            what = f"“{self.row}” was changed by somebody else"
        else:
            when = date_format(localtime(found.at), "j F Y, H:i")
            what = f"“{found.name}” was {words.VERBS[found.action]} by {self._who(found)} on {when}"
            if found.action == Revision.Action.CHANGED:
                what += f" ({', '.join(name.removesuffix('_at').replace('_', ' ') for name in sorted(found.changes))})"
        return (
            f"Nothing was saved: {what}, after you had opened this form. What you typed is still here. "
            "Look at the row in another tab; saving again puts yours in its place."
        )

    def _who(self, revision: Revision) -> str:
        if revision.by_id is not None and revision.by_id == self.reader:
            return "you, in another tab,"
        return getattr(revision.by, "name", "") or "another curator"


class SeenField(forms.CharField):
    """Says what its page was made of. No change of the row."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class SeenForm(ModelForm):
    seen = SeenField(required=False)
    now: Seen

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.now.mark

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        sent = self.cleaned_data.get("seen")
        if sent and self.now.is_other(sent):
            self.add_error(None, self.now.otherwise(sent))
            # Now it is known what they wrote: saving again is a decision.
            data: Any = self.data
            self.data = data.copy()
            self.data["seen"] = self.now.mark  # type: ignore[index]  # a copy may be written to
        return cleaned


class Unsent:
    """A form that shows what was typed, and is not to be saved."""

    def is_valid(self) -> bool:
        return False


class Careful(ModelAdmin):
    """Stands before the plain admin of a model of content."""

    credits_learners = False
    """Whether its writes change marks, too."""

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        view = partial(super().changeform_view, request, object_id, form_url, extra_context)
        if request.method != "POST" or asking.BACK in request.POST:
            return view()
        return asking.first(request, view, credits_learners=self.credits_learners)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        view = partial(super().changelist_view, request, extra_context)
        if request.method != "POST":
            return view()
        return asking.first(request, view, back=request.get_full_path(), credits_learners=self.credits_learners)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = list(super().get_fieldsets(request, obj))
        if self._may_write(request, obj):
            name, options = fieldsets[0]
            fieldsets[0] = (name, options | {"fields": [*options["fields"], "seen"]})
        return fieldsets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        bases: list[Any] = [self.form]
        attributes: dict[str, Any] = {}
        if self._may_write(request, obj):
            bases.insert(0, SeenForm)
            attributes["now"] = Seen(obj, self._below(request, obj), request.user.pk)
        if asking.BACK in request.POST:
            bases.insert(0, Unsent)
        kwargs["form"] = type(self.form.__name__, tuple(bases), attributes)
        return super().get_form(request, obj, change=change, **kwargs)

    def _may_write(self, request: HttpRequest, obj: Any) -> bool:
        return obj is not None and self.has_change_permission(request, obj)

    def _below(self, request: HttpRequest, obj: Any) -> list[tuple[type[Content], str]]:
        inlines: list[Any] = self.get_inline_instances(request, obj)
        return [(inline.model, inline.get_formset(request, obj).fk.name) for inline in inlines]
