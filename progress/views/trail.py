"""The roadmap's list as its template wants it, with rows that are rendered once per version and state."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from progress import journey as journeys
from progress.journey import FILTERS, LEFT, Journey
from progress.models import State
from progress.querysets import Standing
from progress.views.filters import Filters
from roadmap import tree
from roadmap.tree import Outline, Place

Marks: TypeAlias = Mapping[int, Standing]
"""By skill id."""
NO_MARKS: Marks = {}
SLOT = format_html("{}", secrets.token_hex(16))
"""Nobody knows it who might write it into a page."""


# What changes with a learner's states is HTML already, rendered once per version; the rest is in the template.
@dataclass(frozen=True, slots=True)
class GroupView:
    group: tree.Group
    state: str
    """Of a group to pick one from; else empty."""
    pick: SafeString
    rows: tuple[SafeString, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    section: tree.Section
    number: int
    count: SafeString
    groups: tuple[GroupView, ...]


@dataclass(frozen=True, slots=True)
class PhaseView:
    phase: tree.Phase
    opened: str
    """The attribute."""
    gauge: SafeString
    know: SafeString
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
        "filter_links": [_filter_link(journey, filters, page, *choice) for choice in _choices(journey)],
        "free_link": page + filters.query(free=not filters.free),
        "left_url": page + filters.query(state=LEFT),
        "retired": [(skill, state, State(state).label, heirs(outline, skill)) for skill, state in journey.retired],
    }


def render(journey: Journey, filters: Filters, marks: Marks = NO_MARKS) -> SafeString:
    """The list, empty where the filters let nothing through. Whole, it is cut once per version where views change."""
    shown, kept = phases(journey, filters, marks), journey.outline.derived
    if filters.state:
        return _template("trail", {"phases": shown, "filters": filters})
    if "trail" not in kept:
        cut = tuple(_hollow(view) for view in shown)
        html = _template("trail", {"phases": cut, "filters": filters})
        kept["trail"] = [mark_safe(piece) for piece in html.split(SLOT)]  # nosec B308 B703 # noqa: S308 -- cut out of what a template made
    # What goes between the pieces is escaped if it is not from a template, too.
    return format_html_join("", "{}{}", zip(kept["trail"], (*_filling(shown), ""), strict=True))


def phases(journey: Journey, filters: Filters, marks: Marks = NO_MARKS) -> tuple[PhaseView, ...]:
    """What the filters let through; without a filter all phases and sections, empty ones too."""
    views = (phase_view(journey, phase, filters, marks) for phase in journey.outline.phases)
    return tuple(view for view in views if view.sections or not filters.state)


def phase_view(journey: Journey, phase: tree.Phase, filters: Filters, marks: Marks = NO_MARKS) -> PhaseView:
    views = tuple(section_view(journey, phase, section, filters, marks) for section in phase.sections)
    sections = tuple(view for view in views if view.groups or not filters.state)
    tally = journey.phases[phase.id]
    opened = " open" if filters.state or not tally.settled else ""
    return PhaseView(phase, opened, _gauge(journey, phase), _know(journey, phase), sections)


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
            groups.append(GroupView(group, journey.groups.get(group.id, ""), _pick(journey, group), rows))
    return SectionView(section, phase.sections.index(section) + 1, _count(journey, section), tuple(groups))


def changed(journey: Journey, place: Place, filters: Filters, mark: Standing | None = None) -> SafeString:
    """What one skill's change changes on the page: its row, and out of band the numbers over it."""
    numbers = (
        _count(journey, place.section, oob=True),
        _gauge(journey, place.phase, oob=True),
        _know(journey, place.phase, oob=True),
        _pick(journey, place.group, oob=True),
        _template("numbers", context(journey, filters) | {"oob": True}),
    )
    return format_html_join("", "{}", ((part,) for part in (row(journey, place, filters, mark), *numbers)))


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


def _gauge(journey: Journey, phase: tree.Phase, *, oob: bool = False) -> SafeString:
    tally = journey.phases[phase.id]
    about = {"phase": phase, "tally": tally}
    return _once(journey.outline, "gauge", (phase.id, tally.done, tally.units, tally.hours), {"p": about}, oob)


def _know(journey: Journey, phase: tree.Phase, *, oob: bool = False) -> SafeString:
    is_open = any(journey.markable(section) for section in phase.sections)
    return _once(journey.outline, "know_phase", (phase.id, is_open), {"p": {"phase": phase, "open": is_open}}, oob)


def _count(journey: Journey, section: tree.Section, *, oob: bool = False) -> SafeString:
    tally, is_open = journey.sections[section.id], bool(journey.markable(section))
    about = {"section": section, "tally": tally, "open": is_open}
    key = (section.id, is_open, tally.done, tally.units, tally.hours)
    return _once(journey.outline, "count", key, {"s": about}, oob)


def _pick(journey: Journey, group: tree.Group, *, oob: bool = False) -> SafeString:
    """Nothing where none is to be picked."""
    if not group.pick_one:
        return SafeString("")
    state = journey.groups[group.id]
    return _once(journey.outline, "pick", (group.id, state), {"g": {"group": group, "state": state}}, oob)


def _filter_link(journey: Journey, filters: Filters, page: str, state: str, label: str, count: int) -> SafeString:
    about = {"url": page + filters.query(state=state), "label": label, "chosen": state == filters.state, "count": count}
    return _once(journey.outline, "filter_link", (state, count, filters), about, oob=False)


def _once(outline: Outline, part: str, key: object, context: Mapping[str, object], oob: bool) -> SafeString:
    """key: all that the part shows of the context beside the outline. oob: whether htmx finds its place by its id."""
    name = (part, key, oob)
    if name not in outline.rendered:
        outline.rendered[name] = _template(part, {"all_url": _all_url(outline), "oob": oob, **context})
    return outline.rendered[name]


def _template(part: str, context: dict[str, object]) -> SafeString:
    return render_to_string(f"progress/roadmap.html#{part}", context)


def _filling(phases: Iterable[PhaseView]) -> Iterator[str]:
    """What changes, in the order of the template."""
    for phase in phases:
        yield from (phase.opened, phase.gauge, phase.know)
        for section in phase.sections:
            yield section.count
            for group in section.groups:
                if group.group.pick_one:
                    yield group.pick
                yield from group.rows


def _hollow(view: PhaseView) -> PhaseView:
    sections = tuple(
        replace(
            section,
            count=SLOT,
            groups=tuple(replace(group, pick=SLOT, rows=(SLOT,) * len(group.rows)) for group in section.groups),
        )
        for section in view.sections
    )
    return replace(view, opened=SLOT, gauge=SLOT, know=SLOT, sections=sections)


def _all_url(outline: Outline) -> str:
    return reverse("mark_all", args=[outline.slug])


def _choices(journey: Journey) -> list[tuple[str, str, int]]:
    labels = {LEFT: "Left", **dict(State.choices)}
    return [("", "All", len(journey.outline.places)), *((f, labels[f], journey.counts[f]) for f in FILTERS)]
