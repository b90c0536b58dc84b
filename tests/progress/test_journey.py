"""Properties of counting over random trees. What is counted here is what every page shows."""

import datetime as dt
import uuid
from typing import Any

from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from progress import journey
from progress.journey import DONE, LEARNING, SKIPPED, STATES, TODO, Journey
from roadmap import tree

IMPORTANCES = ("core", "recommended", "optional")


def skill(number: int, hours: int = 4) -> tree.Skill:
    return tree.Skill(number, f"s{number}", f"S{number}", "", "", "skill", hours, False, (), (), (), (), "trail")


def outline(sections: list[list[tuple[str, str, list[tuple[str, int]]]]], retired: int = 0) -> tree.Outline:
    """sections: lists of (rule, importance, [(importance of the placement, hours)]). Two sections make a phase."""
    numbers = iter(range(1, 10_000))
    made = []
    for index, groups in enumerate(sections):
        built = []
        for rule, importance, placements in groups:
            placed = tuple(tree.Placement(n := next(numbers), each, skill(n, hours)) for each, hours in placements)
            built.append(tree.Group(next(numbers), "g", "G", "", rule, importance, placed))
        made.append(tree.Section(index + 1, f"section-{index}", f"Section {index}", SafeString(), tuple(built)))
    phases = tuple(
        tree.Phase(number, f"phase-{number}", f"Phase {number}", SafeString(), tuple(made[start : start + 2]), number)
        for number, start in enumerate(range(0, len(made), 2), start=1)
    )
    gone = tuple(skill(next(numbers)) for _ in range(retired))
    fields: dict[str, Any] = dict.fromkeys(("slug", "title", "short_title", "category", "summary", "credit"), "")
    return tree.Outline(
        id=1,
        version=uuid.UUID(int=1),
        introduction=SafeString(),
        conclusion=SafeString(),
        reading_minutes=1,
        tags=(),
        updated_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        phases=phases,
        faqs=(),
        retired=gone,
        before={},
        heirs={},
        opens={},
        **fields,
    )


placements = st.lists(st.tuples(st.sampled_from(IMPORTANCES), st.integers(1, 60)), min_size=1, max_size=5)
groups = st.lists(
    st.tuples(st.sampled_from(["all", "any"]), st.sampled_from(IMPORTANCES), placements), min_size=0, max_size=4
)
outlines = st.builds(outline, st.lists(groups, min_size=0, max_size=5), st.integers(0, 3))


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    made = draw(outlines)
    skills = [place.skill.id for place in made.places] + [gone.id for gone in made.retired]
    return journey.of(made, draw(st.fixed_dictionaries({}, optional=dict.fromkeys(skills, st.sampled_from(STATES)))))


@given(journeys())
def test_done_and_left_and_skipped_are_all_units(trip: Journey) -> None:
    for tally in (trip.overall, *trip.phases.values(), *trip.sections.values()):
        assert tally.done + tally.left + tally.skipped == tally.units
        assert min(tally.done, tally.left, tally.skipped, tally.extra) >= 0
        assert tally.hours_left >= 0


@given(journeys())
def test_parts_add_up_to_the_whole(trip: Journey) -> None:
    gone_done = sum(trip.states.get(skill.id) == DONE for skill in trip.outline.retired)
    for name in ("units", "done", "skipped", "learning", "hours", "hours_done"):
        assert sum(getattr(tally, name) for tally in trip.sections.values()) == getattr(trip.overall, name)
        assert sum(getattr(tally, name) for tally in trip.phases.values()) == getattr(trip.overall, name)
    assert sum(tally.extra for tally in trip.phases.values()) + gone_done == trip.overall.extra


@given(journeys(), st.data())
def test_skipping_never_raises_the_number(trip: Journey, data: st.DataObject) -> None:
    if not trip.outline.places:
        return
    place = data.draw(st.sampled_from(trip.outline.places))
    skipped = journey.of(trip.outline, {**trip.states, place.skill.id: SKIPPED})
    assert skipped.overall.done <= trip.overall.done
    assert skipped.overall.units == trip.overall.units


@given(journeys(), st.data())
def test_doing_never_lowers_the_number(trip: Journey, data: st.DataObject) -> None:
    if not trip.outline.places:
        return
    place = data.draw(st.sampled_from(trip.outline.places))
    done = journey.of(trip.outline, {**trip.states, place.skill.id: DONE})
    assert done.overall.done >= trip.overall.done
    assert done.overall.extra >= trip.overall.extra


@given(outlines)
def test_everything_done_is_a_hundred_per_cent(made: tree.Outline) -> None:
    trip = journey.of(made, {place.skill.id: DONE for place in made.places})
    assert trip.overall.percent == (100 if trip.overall.units else None)
    assert (trip.overall.left, trip.overall.hours_left) == (0, 0)


@given(journeys())
def test_only_everything_done_is_a_hundred_per_cent(trip: Journey) -> None:
    if trip.overall.percent == 100:
        assert trip.overall.done == trip.overall.units


@given(journeys())
def test_a_group_to_pick_from_counts_once(trip: Journey) -> None:
    for phase in trip.outline.phases:
        for section in phase.sections:
            units = sum(
                (not group.optional) if group.pick_one else sum(not p.optional for p in group.placements)
                for group in section.groups
            )
            assert trip.sections[section.id].units == units


@given(journeys())
def test_what_is_left_can_be_listed(trip: Journey) -> None:
    """Each unit that is left shows at least one skill under the filter, and no settled one shows any."""
    shown = [place for place in trip.outline.places if trip.shows(place, "left")]
    singles = [place for place in shown if not place.group.pick_one]
    to_pick = {place.group.id for place in shown if place.group.pick_one}
    assert len(singles) + len(to_pick) == trip.overall.left


@given(journeys())
def test_hours_are_the_outlines_while_nothing_is_marked(trip: Journey) -> None:
    assert journey.of(trip.outline, {}).overall.hours == trip.outline.hours


def test_state_of_a_group_to_pick_from() -> None:
    made = outline([[("any", "core", [("core", 8), ("core", 4)])]])
    one, other = (place.skill.id for place in made.places)
    group = made.places[0].group.id
    for states, expected in (
        ({}, TODO),
        ({one: SKIPPED}, TODO),
        ({one: SKIPPED, other: SKIPPED}, SKIPPED),
        ({one: LEARNING, other: SKIPPED}, LEARNING),
        ({one: DONE, other: LEARNING}, DONE),
    ):
        assert journey.of(made, states).groups[group] == expected, states


def test_in_a_group_to_pick_from_the_groups_own_importance_counts() -> None:
    optional = outline([[("any", "optional", [("core", 8), ("core", 4)])]])
    trip = journey.of(optional, {optional.places[0].skill.id: DONE})
    assert (trip.overall.units, trip.overall.extra, trip.overall.percent) == (0, 1, None)
    core = outline([[("any", "core", [("optional", 8), ("optional", 4)])]])
    assert journey.of(core, {}).overall.units == 1


def test_recommended_counts_like_core() -> None:
    made = outline([[("all", "core", [("recommended", 4), ("core", 4), ("optional", 4)])]])
    trip = journey.of(made, {place.skill.id: DONE for place in made.places})
    assert (trip.overall.units, trip.overall.done, trip.overall.extra) == (2, 2, 1)


def test_hours_of_a_group_to_pick_from_are_the_chosen_ones() -> None:
    made = outline([[("any", "core", [("core", 30), ("core", 10), ("core", 20)])]])
    first, _, third = (place.skill.id for place in made.places)
    assert made.hours == 10
    assert journey.of(made, {first: LEARNING}).overall.hours == 30
    assert journey.of(made, {first: LEARNING, third: DONE}).overall.hours_done == 20


def test_percentages_are_floored() -> None:
    made = outline([[("all", "core", [("core", 1)] * 3)]])
    ids = [place.skill.id for place in made.places]
    assert journey.of(made, {ids[0]: DONE}).overall.percent == 33
    assert journey.of(made, {ids[0]: DONE, ids[1]: DONE}).overall.percent == 66


def test_what_is_retired_counts_as_extra_once_done() -> None:
    made = outline([[("all", "core", [("core", 4)])]], retired=2)
    kept, skipped = made.retired
    trip = journey.of(made, {kept.id: DONE, skipped.id: SKIPPED})
    assert (trip.overall.units, trip.overall.done, trip.overall.skipped, trip.overall.extra) == (1, 0, 0, 1)
    assert trip.retired == [(kept, DONE), (skipped, SKIPPED)]
