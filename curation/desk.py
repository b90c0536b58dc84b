"""What the admin's start page tells curators: what needs attention, and what was changed lately."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import CharField, Count, Exists, Model, OuterRef, Q, QuerySet, Value
from django.urls import reverse
from django.utils.http import urlencode

from progress import reports
from progress.models import Suggestion
from roadmap import entries, links
from roadmap.models import LinkCheck, Phase, Placement, Question, Resource, Revision, Roadmap, Skill

CONTENT = ("roadmap", "phase", "section", "group", "placement", "skill")
LACKS: dict[str, type[Resource | Question]] = {"resources": Resource, "questions": Question}
RECENT = 10


@dataclass(frozen=True)
class Item:
    """So many of what, and where they are listed; no address where this curator finds no list of them."""

    count: int
    what: str
    url: str


@dataclass(frozen=True)
class Change:
    revision: Revision
    url: str
    """Of its row; none where that is no more."""
    by: str


@dataclass(frozen=True)
class Desk:
    attention: list[Item]
    roadmaps: "QuerySet[Roadmap]"
    """With how many follow each."""
    changes: list[Change]


def may_edit(user: Any) -> bool:
    """Whoever may change content in the admin sees the curators' pages."""
    return bool(user.has_perms([f"roadmap.change_{model}" for model in CONTENT]))


def of(user: Any) -> Desk:
    """A fixed number of queries, whatever there is."""
    roadmaps = Roadmap.objects.annotate(followers=Count("follows")).order_by("pk")
    return Desk(_attention(user), roadmaps, _changes())


def lacking(what: str) -> "QuerySet[Skill]":
    """Skills on a roadmap that show no resources, or no questions."""
    shown = Placement.objects.shown().filter(skill=OuterRef("pk"))
    live = LACKS[what].objects.live().filter(skill=OuterRef("pk"))
    return Skill.objects.filter(Exists(shown), ~Exists(live))


def _attention(user: Any) -> list[Item]:
    drafts = Q(is_draft=True, retired_at=None)
    draft_list = {"is_draft__exact": 1, "retired": "no"}
    found: list[tuple[QuerySet[Any], str, str, dict[str, Any]]] = [
        (links.attention(LinkCheck.Outcome.DEAD), "dead link", "dead links", {"link": "dead"}),
        (links.attention(LinkCheck.Outcome.FAILING), "failing link", "failing links", {"link": "failing"}),
        (reports.attention(), "reported link", "reported links", {"reports": "open"}),
        (
            Suggestion.objects.filter(status=Suggestion.Status.OPEN),
            *("open suggestion", "open suggestions", {"status__exact": Suggestion.Status.OPEN.value}),
        ),
        (Skill.objects.filter(drafts), "draft skill", "draft skills", draft_list),
        (Phase.objects.filter(drafts), "draft phase", "draft phases", draft_list),
        (
            Roadmap.objects.filter(is_published=False),
            *("unpublished roadmap", "unpublished roadmaps", {"is_published__exact": 0}),
        ),
        *((lacking(what), f"skill without {what}", f"skills without {what}", {"lacks": what}) for what in LACKS),
    ]
    return [
        Item(count, one if count == 1 else several, _list_of(user, rows.model, asked))
        for rows, one, several, asked in found
        if (count := rows.count())
    ]


def _list_of(user: Any, model: type[Model], asked: dict[str, Any]) -> str:
    options = model._meta
    if not admin.site.is_registered(model) or not user.has_perm(f"{options.app_label}.view_{options.model_name}"):
        return ""
    return f"{reverse(f'admin:{options.app_label}_{options.model_name}_changelist')}?{urlencode(asked)}"


def _changes() -> list[Change]:
    """Newest first."""
    revisions = list(Revision.objects.select_related("by").order_by("-pk")[:RECENT])
    pages = _pages(revision.uid for revision in revisions)
    return [Change(revision, pages.get(revision.uid, ""), getattr(revision.by, "name", "")) for revision in revisions]


def _pages(uids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The admin's page of each row that there is, by uid. One query for all kinds."""
    wanted = list(uids)
    rows = [
        model._default_manager.filter(uid__in=wanted)
        .order_by()
        .values_list("uid", "pk", Value(kind, output_field=CharField()))
        for kind, model in entries.KINDS.items()
    ]
    found = rows[0].union(*rows[1:])
    return {uid: reverse(f"admin:roadmap_{kind}_change", args=[pk]) for uid, pk, kind in found}
