"""Who changed what in the content, to read and to take back."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from roadmap import entries, history
from roadmap.admin import values
from roadmap.admin.values import Value
from roadmap.models import Revision
from web.admin import Unedited

SHORT = 60
DETAILS = '<table><tr><th scope="col">Field</th><th scope="col">Before</th><th scope="col">After</th></tr>{}</table>'


@admin.register(Revision)
class RevisionAdmin(Unedited):
    actions = ["revert"]
    list_display = ["at", "who", "why", "what", "summary"]
    list_display_links = ["what"]
    list_filter = ["kind", "action", "why", "at"]
    list_select_related = ["by"]
    list_per_page = 50
    search_fields = ["name", "=uid", "=act"]
    search_help_text = "The row's name or uid, or the uid of an act: all that one write changed."
    ordering = ["-at", "-id"]
    fields = ("at", "who", "why", "what", "uid", "act", "details")
    readonly_fields = fields

    def has_revert_permission(self, request: HttpRequest) -> bool:
        """Whoever may edit all kinds of content."""
        return all(request.user.has_perm(f"roadmap.change_{kind}") for kind in entries.KINDS)

    @admin.action(permissions=["revert"], description="Revert selected changes")
    def revert(self, request: HttpRequest, queryset: QuerySet[Revision]) -> None:
        """All or none, the newest first."""
        now = timezone.now()
        try:
            with transaction.atomic():
                rows = [history.revert(each, by=request.user.pk, at=now) for each in queryset.order_by("-at", "-id")]
        except history.Refused as refused:
            self.message_user(request, f"Nothing is reverted. {refused}", messages.ERROR)
        else:
            names = SafeString(", ").join(format_html("“{}”", row) for row in rows)
            self.message_user(request, format_html("Reverted: {}.", names), messages.SUCCESS)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """What its rows lead to is looked up once for all of them."""
        changelist = super().get_changelist_instance(request)
        names = values.names(_values(*changelist.result_list))
        for revision in changelist.result_list:
            revision.names = names
        return changelist

    @admin.display(description="who", ordering="by")
    def who(self, revision: Revision) -> str:
        """By name: what addresses there are is for operators."""
        return (revision.by.get_full_name() or "somebody without a name") if revision.by else "nobody: a command"

    @admin.display(description="what", ordering="name")
    def what(self, revision: Revision) -> str:
        return f"{revision.kind}: {revision.name}"

    @admin.display(description="changes")
    def summary(self, revision: Revision) -> str:
        if revision.action != Revision.Action.CHANGED:
            return revision.get_action_display()
        lines = ((label, _short(before), _short(after)) for label, before, after in self._lines(revision))
        return format_html_join(SafeString("<br>"), "{}: {} → {}", lines)

    @admin.display(description="changes")
    def details(self, revision: Revision) -> str:
        table = '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>'
        return format_html(DETAILS, format_html_join("", table, self._lines(revision)))

    def _lines(self, revision: Revision) -> list[tuple[str, str, str]]:
        """Field, before and after."""
        names = revision.names if hasattr(revision, "names") else values.names(_values(revision))
        return [(before.label, before.said(names), after.said(names)) for before, after in _pairs(revision)]


def _pairs(revision: Revision) -> list[tuple[Value, Value]]:
    return [
        (Value(revision.kind, name, before), Value(revision.kind, name, after))
        for name, (before, after) in revision.changes.items()
    ]


def _values(*revisions: Revision) -> list[Value]:
    return [value for revision in revisions for pair in _pairs(revision) for value in pair]


def _short(said: str) -> str:
    return Truncator(said).chars(SHORT)
