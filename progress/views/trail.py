"""The roadmap's list as its template wants it, with rows that are rendered once per version and state."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from progress import journey as journeys
from progress.journey import FILTERS, LEFT, Journey, Tally
from progress.models import State
from progress.querysets import Standing
from progress.views.filters import Filters
from roadmap import tree
from roadmap.tree import Outline, Place

Marks: TypeAlias = Mapping[int, Standing]
"""By skill id."""
NO_MARKS: Marks = {}


@dataclass(frozen=True, slots=True)
class GroupView:
    group: tree.Group
    state: str
    """Of a group to pick one from; else empty."""
    rows: tuple[SafeString, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    section: tree.Section
    number: int
    tally: Tally
    open: bool
    """Whether “I know all of this” would mark anything."""
    groups: tuple[GroupView, ...]


@dataclass(frozen=True, slots=True)
class PhaseView:
    phase: tree.Phase
    tally: Tally
    open: bool
    sections: tuple[SectionView, ...]


def context(journey: Journey, filters: Filters) -> dict[str, object]:
    """For the roadmap page and for those parts of it that a mark changes."""
    outline = journey.outline
    page = reverse("roadmap", args=[outline.slug])
    return {
        "outline": outline,
        "journey": journey,
        "filters": filters,
        "page": page + filters.query(),
        "filter_links": [
            (label, filters.query(state=state), state == filters.state, count)
            for state, label, count in _choices(journey)
        ],
        "free_link": filters.query(free=not filters.free),
        "left_url": page + filters.query(state=LEFT),
        "all_url": reverse("mark_all", args=[outline.slug]),
        "retired": [(skill, state, State(state).label, heirs(outline, skill)) for skill, state in journey.retired],
    }


def phases(journey: Journey, filters: Filters, marks: Marks = NO_MARKS) -> tuple[PhaseView, ...]:
    """What the filters let through; without a filter all phases and sections, empty ones too."""
    views = (phase_view(journey, phase, filters, marks) for phase in journey.outline.phases)
    return tuple(view for view in views if view.sections or not filters.state)


def phase_view(journey: Journey, phase: tree.Phase, filters: Filters, marks: Marks = NO_MARKS) -> PhaseView:
    views = tuple(section_view(journey, phase, section, filters, marks) for section in phase.sections)
    sections = tuple(view for view in views if view.groups or not filters.state)
    return PhaseView(phase, journey.phases[phase.id], any(view.open for view in views), sections)


def section_view(
    journey: Journey, phase: tree.Phase, section: tree.Section, filters: Filters, marks: Marks = NO_MARKS
) -> SectionView:
    groups = []
    for group in section.groups:
        places = (Place(phase, section, group, placement) for placement in group.placements)
        rows = tuple(
            row(journey, place, filters, marks.get(place.skill.id))
            for place in places
            if journey.shows(place, filters.state)
        )
        if rows:
            groups.append(GroupView(group, journey.groups.get(group.id, ""), rows))
    number = phase.sections.index(section) + 1
    return SectionView(section, number, journey.sections[section.id], bool(journey.markable(section)), tuple(groups))


def row(journey: Journey, place: Place, filters: Filters, mark: Standing | None = None) -> SafeString:
    """mark: the learner's, where it may say more than the state."""
    outline, state, fades = journey.outline, journey.state(place.skill.id), journey.fades(place.skill.id)
    face = ("row", place.placement.id, state, fades, filters.free)
    credit = mark if mark and mark.credited_from else None
    if credit or face not in outline.rendered:
        context = {
            "credit": credit,
            "fades": fades,
            "place": place,
            "skill": place.skill,
            "state": state,
            "state_labels": State.choices,
            "skill_url": reverse("skill", args=[outline.slug, place.skill.slug]) + filters.free_only,
            "mark_url": reverse("mark", args=[outline.slug, place.skill.slug]),
        }
        rendered = render_to_string("progress/roadmap.html#row", context)
        if credit:
            return rendered
        outline.rendered[face] = rendered
    return outline.rendered[face]


def heirs(outline: Outline, skill: tree.Skill) -> list[tree.Skill]:
    """What took its place, and is on the roadmap."""
    return [outline.by_id[pk].skill for pk in outline.heirs.get(skill.id, ())]


def stretch(outline: Outline) -> SectionView | None:
    """A section for the landing page as somebody half-way sees it: the first in which one skill is to be picked."""
    for phase in outline.phases:
        for section in phase.sections:
            if any(group.pick_one for group in section.groups):
                skills = [place.skill.id for place in outline.places if place.section is section]
                shown = dict(zip(skills, ("done", "done", "learning"), strict=False))
                return section_view(journeys.of(outline, shown), phase, section, Filters())
    return None


def _choices(journey: Journey) -> list[tuple[str, str, int]]:
    labels = {LEFT: "Left", **dict(State.choices)}
    return [("", "All", len(journey.outline.places)), *((f, labels[f], journey.counts[f]) for f in FILTERS)]
