"""Reads content into outlines and keeps them in the process for as long as their version is current."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from django.db import models

from roadmap import graph, listings, tree
from roadmap.models import (
    Checkpoint,
    Faq,
    Group,
    OldSlug,
    Phase,
    Placement,
    Question,
    Resource,
    Retirable,
    Roadmap,
    Section,
    Skill,
    Succession,
)
from web import markdown, replica
from web.prepared import prepared

_kept: dict[int, tree.Outline] = {}

Row = TypeVar("Row", bound=models.Model)


def get(slug: str) -> tree.Outline | None:
    """The published roadmap of this slug as it is now. One query while the version is known."""
    if "\0" in slug:  # of which PostgreSQL takes none
        return None
    found = _current(slug=slug)
    return _at(*found[0]) if found else None


def published() -> list[tree.Outline]:
    """All published roadmaps, first published first. One query while the versions are known."""
    return [_at(*current) for current in _current()]


def moved(kind: OldSlug.Kind, slug: str) -> str | None:
    """The slug that a row of this kind has now which once had this one."""
    if "\0" in slug:
        return None
    uid = OldSlug.objects.filter(kind=kind, slug=slug).values_list("uid", flat=True).first()
    model = Roadmap if kind == OldSlug.Kind.ROADMAP else Skill
    return model.objects.filter(uid=uid).values_list("slug", flat=True).first() if uid else None


def touch(*rows: models.Model, at: dt.datetime) -> None:
    """Gives a new version to every roadmap on which these rows show. Called by every writer of content, in its
    transaction: after a row is saved, before one is deleted."""
    alike = _by(rows, type)
    ids = {pk for each in alike.values() for pk in Roadmap.objects.touched_by(*each).values_list("pk", flat=True)}
    for pk in ids:
        Roadmap.objects.filter(pk=pk).update(version=uuid.uuid4(), updated_at=at)
    listings.update(ids, at)


def renew(roadmaps: models.QuerySet[Roadmap]) -> None:
    """Gives these a new version where the state of things has changed that they show; their content has not, and its
    date stays. Like touch, in the transaction of the write."""
    for pk in roadmaps.values_list("pk", flat=True):
        Roadmap.objects.filter(pk=pk).update(version=uuid.uuid4())


def forget() -> None:
    """For tests, whose databases come and go within one process."""
    _kept.clear()


@prepared()
def _all() -> "models.QuerySet[Roadmap, tuple[int, uuid.UUID]]":
    return Roadmap.objects.published().values_list("id", "version")


@prepared(slug=models.SlugField())
def _one(slug: str) -> "models.QuerySet[Roadmap, tuple[int, uuid.UUID]]":
    return Roadmap.objects.published().filter(slug=slug).values_list("id", "version")


def _current(slug: str | None = None) -> list[tuple[int, uuid.UUID]]:
    """Id and version of what is published. A replica's word is taken where the process has just that version. For
    whatever it has not, the primary is asked: what is read of a replica that is behind, or of two that differ, must
    not be kept under another version's name."""
    ask = _all if slug is None else partial(_one, slug=slug)
    found = ask()
    if replica.is_asked() and not (found and all(_has(*each) for each in found)):
        with replica.primary():
            found = ask()
    return found


def _has(pk: int, version: uuid.UUID) -> bool:
    return pk in _kept and _kept[pk].version == version


def _at(pk: int, version: uuid.UUID) -> tree.Outline:
    kept = _kept.get(pk)
    if kept is None or kept.version != version:
        # The version was read before the content: should that change meanwhile, the next request reads it again.
        with replica.primary():
            kept = _kept[pk] = load(pk, version)
    return kept


def load(pk: int, version: uuid.UUID, *, drafts: bool = False) -> tree.Outline:
    """The roadmap as the database has it now, kept nowhere: what an open transaction sees is nobody else's."""

    def is_on(row: Retirable) -> bool:
        return not row.is_retired if drafts else row.is_live

    roadmap = Roadmap.objects.get(pk=pk)
    placements = list(
        Placement.objects.filter(roadmap=pk).select_related("skill", "group__section__phase").order_by("position", "id")
    )
    live = [p for p in placements if all(map(is_on, _line(p)))]
    skills = _skills(pk, {p.skill_id: p.skill for p in placements}, homeless=roadmap.slug if drafts else "")
    placed = _by(live, lambda p: p.group_id)
    groups = _by(
        (g for g in Group.objects.live().filter(section__phase__roadmap=pk) if g.pk in placed), lambda g: g.section_id
    )
    sections = _by(Section.objects.live().filter(phase__roadmap=pk), lambda s: s.phase_id)
    phases = tuple(
        tree.Phase(
            id=phase.pk,
            slug=phase.slug,
            title=phase.title,
            introduction=markdown.render(phase.introduction),
            number=number,
            sections=tuple(
                tree.Section(
                    id=section.pk,
                    slug=section.slug,
                    title=section.title,
                    introduction=markdown.render(section.introduction),
                    groups=tuple(
                        tree.Group(
                            id=group.pk,
                            slug=group.slug,
                            title=group.title,
                            summary=group.summary,
                            rule=group.rule,
                            importance=group.importance,
                            placements=tuple(
                                tree.Placement(p.pk, p.importance, skills[p.skill_id]) for p in placed[group.pk]
                            ),
                        )
                        for group in groups[section.pk]
                    ),
                )
                for section in sections[phase.pk]
            ),
        )
        for number, phase in enumerate(filter(is_on, Phase.objects.filter(roadmap=pk)), start=1)
    )
    order = {place.skill.id: index for index, place in enumerate(tree.walk(phases))}
    before = _prerequisites(order)
    return tree.Outline(
        id=roadmap.pk,
        version=version,
        slug=roadmap.slug,
        title=roadmap.title,
        short_title=roadmap.short_title,
        category=roadmap.category,
        summary=roadmap.summary,
        introduction=markdown.render(roadmap.introduction),
        conclusion=markdown.render(roadmap.conclusion),
        credit=roadmap.credit,
        reading_minutes=roadmap.reading_minutes,
        tags=tuple(roadmap.tags),
        updated_at=roadmap.updated_at,
        phases=phases,
        faqs=tuple(
            tree.Faq(faq.pk, faq.question, markdown.render(faq.answer)) for faq in Faq.objects.filter(roadmap=pk)
        ),
        retired=tuple(skills[p.skill_id] for p in placements if p.skill_id not in order and not _is_draft(p)),
        before=before,
        opens={skill: tuple(opened) for skill, opened in graph.inverse(before).items()},
        heirs=_heirs(order, {p.skill_id for p in placements if p.skill_id not in order}),
    )


def _is_draft(placement: Placement) -> bool:
    """Nobody has seen it yet, so it is not gone either."""
    return placement.skill.is_draft or placement.group.section.phase.is_draft


def _line(placement: Placement) -> tuple[Placement | Skill | Group | Section | Phase, ...]:
    group = placement.group
    return placement, placement.skill, group, group.section, group.section.phase


def _skills(roadmap: int, rows: dict[int, Skill], homeless: str) -> dict[int, tree.Skill]:
    """homeless: where a skill is at home that is published nowhere."""
    here = {"skill__placements__roadmap": roadmap}
    resources = _by(Resource.objects.live().filter(**here).select_related("check_state"), lambda r: r.skill_id)
    checkpoints = _by(Checkpoint.objects.live().filter(**here), lambda c: c.skill_id)
    questions = _by(Question.objects.live().filter(**here), lambda q: q.skill_id)
    published = Placement.objects.shown().filter(**here, roadmap__is_published=True)
    last_published_first = published.order_by("-roadmap__published_at", "-roadmap")
    homes = dict(last_published_first.values_list("skill", "roadmap__slug"))
    return {
        pk: tree.Skill(
            id=pk,
            slug=row.slug,
            title=row.title,
            summary=row.summary,
            news=row.news,
            kind=row.kind,
            hours=row.hours,
            legacy=row.legacy,
            outcomes=tuple(row.outcomes),
            home=homes.get(pk, homeless),
            resources=tuple(
                tree.Resource(
                    id=r.pk,
                    uid=r.uid,
                    title=r.title,
                    url=r.url,
                    kind=r.kind,
                    publisher=r.publisher,
                    free=r.free,
                    minutes=r.minutes,
                    level=r.level,
                    why=r.why,
                    checked_on=r.checked_on,
                    dead_on=r.check_state.dead_on if hasattr(r, "check_state") else None,
                    credit=r.credit,
                )
                for r in resources[pk]
            ),
            checkpoints=tuple(tree.Checkpoint(c.pk, c.text, c.acceptance) for c in checkpoints[pk]),
            questions=tuple(tree.Question(q.pk, q.question, q.answer) for q in questions[pk]),
        )
        for pk, row in rows.items()
    }


def _prerequisites(order: dict[int, int]) -> dict[int, tuple[int, ...]]:
    """Of the skills in this order, skill id -> index; the others are not live here and do not count."""
    edges = Skill.objects.prerequisite_edges()
    return {
        skill: tuple(sorted((p for p in edges.get(skill, ()) if p in order), key=order.__getitem__)) for skill in order
    }


def _heirs(order: dict[int, int], gone: set[int]) -> dict[int, tuple[int, ...]]:
    """Also of heirs that are gone themselves."""
    successions = Succession.objects.filter(undone_at=None, old__in=gone).values_list("old", "new") if gone else ()
    edges: defaultdict[int, set[int]] = defaultdict(set)
    for old, new in successions:
        edges[old].add(new)
    found = {}
    for skill in gone:
        reached = graph.reachable(skill, edges)
        if here := sorted(reached & order.keys(), key=order.__getitem__):
            found[skill] = tuple(here)
    return found


def _by(rows: Iterable[Row], key: Callable[[Row], Any]) -> defaultdict[Any, list[Row]]:
    grouped: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[key(row)].append(row)
    return grouped
