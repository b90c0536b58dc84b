"""Properties of plans over random roadmaps, records and calendars, and examples of what is planned when."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from progress import journey, planner
from progress.journey import DONE, LEARNING, SKIPPED, STATES, TODO, Journey
from progress.planner import FULL_DAY, HORIZON, QUARTERS, NoHours, Schedule, Terms, TooFar, Unplannable
from roadmap import tree
from tests.progress.test_journey import IMPORTANCES, outline

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(weeks=1)
TODAY = dt.date(2026, 11, 25)
MONDAY = dt.date(2026, 11, 23)

placements = st.lists(st.tuples(st.sampled_from(IMPORTANCES), st.integers(1, 20)), min_size=1, max_size=3)
groups = st.lists(
    st.tuples(st.sampled_from(["all", "any"]), st.sampled_from(IMPORTANCES), placements), min_size=0, max_size=3
)


@st.composite
def outlines(draw: st.DrawFn) -> tree.Outline:
    """With prerequisites against the roadmap's order, too."""
    made = outline(draw(st.lists(groups, min_size=1, max_size=4)), retired=1)
    skills = [place.skill.id for place in made.places]
    learnt = draw(st.permutations(skills))
    pairs = draw(st.lists(st.tuples(st.sampled_from(skills), st.sampled_from(skills)), max_size=30)) if skills else []
    edges = {tuple(sorted(pair, key=learnt.index)) for pair in pairs if pair[0] != pair[1]}
    before = {
        skill: tuple(sorted((one for one, other in edges if other == skill), key=skills.index)) for skill in skills
    }
    return replace(made, before=before)


@st.composite
def trips(draw: st.DrawFn) -> Journey:
    made = draw(outlines())
    skills = [place.skill.id for place in made.places] + [gone.id for gone in made.retired]
    return journey.of(made, draw(st.fixed_dictionaries({}, optional=dict.fromkeys(skills, st.sampled_from(STATES)))))


days = st.integers(-60, 400).map(lambda n: TODAY + n * DAY)
pauses = st.tuples(days, st.integers(0, 120)).map(lambda pause: (pause[0], pause[0] + pause[1] * DAY))
weeks = st.tuples(*[st.sampled_from([0, 0, 1, 2, 4, 9, 24, FULL_DAY])] * 7).filter(lambda week: sum(week) > 11)
terms_of_any = st.builds(Terms, weeks, days, st.lists(pauses, max_size=4), st.booleans())


@st.composite
def plans(draw: st.DrawFn) -> tuple[Journey, Terms]:
    trip, terms = draw(trips()), draw(terms_of_any)
    to_pick = [group for phase in trip.outline.phases for section in phase.sections for group in section.groups]
    picks = {group.id: st.sampled_from([p.skill.id for p in group.placements]) for group in to_pick}
    return trip, replace(terms, choices=draw(st.fixed_dictionaries({}, optional=picks)))


def room(terms: Terms, day: dt.date) -> int:
    """Quarter hours on a day."""
    return 0 if any(first <= day <= last for first, last in terms.pauses) else terms.weekdays[day.weekday()]


def room_between(terms: Terms, first: dt.date, last: dt.date) -> int:
    return sum(room(terms, first + n * DAY) for n in range((last - first).days + 1))


def used(schedule: Schedule) -> Counter[dt.date]:
    found: Counter[dt.date] = Counter()
    for task in schedule.tasks:
        for day, quarters in task.shares:
            found[day] += quarters
    return found


def last_days(schedule: Schedule) -> dict[int, dt.date]:
    return {task.place.skill.id: task.last for task in schedule.tasks}


def skills(schedule: Schedule) -> list[int]:
    return [task.place.skill.id for task in schedule.tasks]


def needs_of(trip: Journey, skill: int, among: set[int]) -> set[int]:
    """All that it builds on, directly or not, over skills that are themselves among these."""
    found: set[int] = set()
    pending = [skill]
    while pending:
        direct = set(trip.outline.before[pending.pop()]) & among - found
        found |= direct
        pending += direct
    return found


def never_later(one: Schedule, other: Schedule) -> bool:
    """Whether no skill that both plan ends later in the first."""
    later = last_days(other)
    return all(day <= later[skill] for skill, day in last_days(one).items() if skill in later)


# What is planned


@given(trips(), terms_of_any)
def test_what_is_planned_is_what_the_journey_counts_as_left(trip: Journey, terms: Terms) -> None:
    schedule = planner.of(trip, replace(terms, optional=False), TODAY)
    assert len(schedule.tasks) == trip.overall.left
    assert schedule.quarters == trip.overall.hours_left * QUARTERS
    assert all(trip.counts_as_left(task.place) for task in schedule.tasks)


@given(plans())
def test_each_unit_is_planned_once_and_nothing_that_is_settled(plan: tuple[Journey, Terms]) -> None:
    trip, terms = plan
    planned = skills(planner.of(trip, terms, TODAY))
    expected = 0
    for group in {place.group.id: place.group for place in trip.outline.places}.values():
        states = [trip.state(p.skill.id) for p in group.placements]
        if group.pick_one:
            settled = DONE in states or set(states) == {SKIPPED}
            units = int(not settled and (terms.optional or group.importance != "optional"))
            assert len({p.skill.id for p in group.placements} & set(planned)) == units
        else:
            units = sum(
                state in (TODO, LEARNING) and (terms.optional or p.importance != "optional")
                for p, state in zip(group.placements, states, strict=True)
            )
        expected += units
    assert len(planned) == len(set(planned)) == expected
    assert {trip.state(skill) for skill in planned} <= {TODO, LEARNING}


@pytest.mark.parametrize(
    ("states", "choice", "expected"),
    [
        ({}, None, 2),
        ({}, 1, 1),
        ({}, 99, 2),
        ({2: SKIPPED}, None, 3),
        ({2: SKIPPED}, 2, 3),
        ({1: LEARNING}, None, 1),
        ({1: LEARNING}, 2, 1),
        ({1: LEARNING, 3: LEARNING}, None, 3),
        ({1: LEARNING, 3: LEARNING}, 1, 1),
        ({1: LEARNING, 3: DONE}, 1, None),
        ({1: SKIPPED, 2: SKIPPED, 3: SKIPPED}, 1, None),
    ],
)
def test_which_of_several_is_planned(states: dict[int, str], choice: int | None, expected: int | None) -> None:
    made = outline([[("any", "core", [("core", 30), ("core", 10), ("core", 10)])]])
    choices = {made.places[0].group.id: choice} if choice else {}
    schedule = planner.of(journey.of(made, states), Terms((8,) * 7, TODAY, choices=choices), TODAY)
    assert skills(schedule) == ([expected] if expected else [])


def test_optional_skills_are_planned_when_asked_for() -> None:
    made = outline([[("all", "core", [("optional", 4), ("core", 4)]), ("any", "optional", [("core", 8), ("core", 4)])]])
    trip = journey.of(made, {1: LEARNING})
    terms = Terms((8,) * 7, TODAY)
    assert skills(planner.of(trip, terms, TODAY)) == [2]
    assert skills(planner.of(trip, replace(terms, optional=True), TODAY)) == [1, 2, 5]


def test_a_skill_being_learned_counts_its_whole_hours() -> None:
    made = outline([[("all", "core", [("core", 4)])]])
    assert planner.of(journey.of(made, {1: LEARNING}), Terms((8,) * 7, TODAY), TODAY).quarters == 4 * QUARTERS


# In which order


@given(plans())
def test_no_skill_before_its_prerequisites(plan: tuple[Journey, Terms]) -> None:
    trip, terms = plan
    tasks = {task.place.skill.id: task for task in planner.of(trip, terms, TODAY).tasks}
    order = list(tasks)
    for skill, task in tasks.items():
        for earlier in set(trip.outline.before[skill]) & set(tasks):
            assert order.index(earlier) < order.index(skill)
            assert tasks[earlier].last <= task.first


@given(plans())
def test_a_skill_goes_out_of_turn_only_for_one_whose_turn_it_is(plan: tuple[Journey, Terms]) -> None:
    trip, terms = plan
    order = skills(planner.of(trip, terms, TODAY))
    roadmap = [place.skill.id for place in trip.outline.places]
    turn = sorted(order, key=lambda skill: (trip.state(skill) != LEARNING, roadmap.index(skill)))
    for at, skill in enumerate(order):
        passed_over = [turn.index(other) for other in order[at + 1 :] if turn.index(other) < turn.index(skill)]
        if passed_over:
            ahead = turn[: min(passed_over) + 1]
            assert any(skill in needs_of(trip, other, set(order)) for other in ahead)


@given(plans())
def test_without_prerequisites_in_the_way_the_order_is_the_roadmaps(plan: tuple[Journey, Terms]) -> None:
    trip, terms = plan
    free = journey.of(
        replace(trip.outline, before={}), {s: state for s, state in trip.states.items() if state != LEARNING}
    )
    roadmap = [place.skill.id for place in trip.outline.places]
    order = skills(planner.of(free, terms, TODAY))
    assert order == sorted(order, key=roadmap.index)


def five(before: dict[int, tuple[int, ...]], states: dict[int, str], importance: str = "core") -> list[int]:
    """In which order five skills are planned, of which the third has this importance."""
    made = outline([[("all", "core", [("core", 4), ("core", 4), (importance, 4), ("core", 4), ("core", 4)])]])
    made = replace(made, before={skill: before.get(skill, ()) for skill in range(1, 6)})
    return skills(planner.of(journey.of(made, states), Terms((8,) * 7, TODAY), TODAY))


def test_what_a_skill_builds_on_goes_ahead_of_it() -> None:
    assert five({2: (5,), 5: (4,)}, {}) == [1, 4, 5, 2, 3]


def test_what_is_being_learned_comes_first_with_what_it_builds_on() -> None:
    assert five({}, {3: LEARNING, 5: LEARNING}) == [3, 5, 1, 2, 4]
    assert five({3: (5,)}, {3: LEARNING}) == [5, 3, 1, 2, 4]


@pytest.mark.parametrize(
    ("states", "importance"),
    [({3: DONE}, "core"), ({3: SKIPPED}, "core"), ({}, "optional"), ({3: LEARNING}, "optional")],
)
def test_what_is_not_in_the_plan_holds_nothing_up(states: dict[int, str], importance: str) -> None:
    assert five({1: (3,), 3: (5,)}, states, importance) == [1, 2, 4, 5]


def test_a_member_that_was_not_picked_holds_nothing_up() -> None:
    made = outline([[("all", "core", [("core", 4)]), ("any", "core", [("core", 4), ("core", 8)])]])
    (one,), (short, long) = ([p.skill.id for p in group.placements] for group in made.phases[0].sections[0].groups)
    made = replace(made, before={one: (long,), short: (), long: ()})
    assert skills(planner.of(journey.of(made, {}), Terms((8,) * 7, TODAY), TODAY)) == [one, short]


# On which days


@given(plans())
def test_hours_are_kept_to_the_quarter(plan: tuple[Journey, Terms]) -> None:
    schedule = planner.of(*plan, TODAY)
    for task in schedule.tasks:
        assert sum(share.quarters for share in task.shares) == task.place.skill.hours * QUARTERS
        assert all(share.quarters > 0 for share in task.shares)
        shared = [share.day for share in task.shares]
        assert shared == sorted(set(shared))
    assert schedule.quarters == used(schedule).total()


@given(plans())
def test_every_day_is_filled_and_none_beyond_its_hours(plan: tuple[Journey, Terms]) -> None:
    """So nobody works in a pause, before the start or before today, and nobody waits."""
    trip, terms = plan
    schedule = planner.of(trip, terms, TODAY)
    assert schedule.begin == max(TODAY, terms.start)
    worked = used(schedule)
    if schedule.finish is None:
        assert worked == Counter()
        return
    assert min(worked) >= schedule.begin
    assert max(worked) == schedule.finish
    assert 0 < worked[schedule.finish] <= room(terms, schedule.finish)
    for n in range((schedule.finish - schedule.begin).days):
        day = schedule.begin + n * DAY
        assert worked[day] == room(terms, day)


@given(plans())
def test_phases_and_weeks_add_up_to_the_plan(plan: tuple[Journey, Terms]) -> None:
    schedule = planner.of(*plan, TODAY)
    by_phase: dict[int, list[planner.Task]] = {}
    for task in schedule.tasks:
        by_phase.setdefault(task.place.phase.number, []).append(task)
    assert [stage.phase.number for stage in schedule.stages] == sorted(by_phase)
    for stage in schedule.stages:
        tasks = by_phase[stage.phase.number]
        assert (stage.first, stage.last) == (min(t.first for t in tasks), max(t.last for t in tasks))
        assert stage.quarters == sum(t.place.skill.hours for t in tasks) * QUARTERS
    by_week: Counter[tuple[dt.date, int]] = Counter()
    for task in schedule.tasks:
        for day, quarters in task.shares:
            by_week[day - day.weekday() * DAY, task.place.skill.id] += quarters
    found = {(week.monday, task.place.skill.id): quarters for week in schedule.weeks for task, quarters in week.tasks}
    assert found == by_week
    assert [week.monday for week in schedule.weeks] == sorted({monday for monday, _ in by_week})
    assert sum(week.quarters for week in schedule.weeks) == schedule.quarters


@given(plans(), st.randoms(use_true_random=False))
def test_the_same_record_and_terms_give_the_same_plan(plan: tuple[Journey, Terms], random: Random) -> None:
    trip, terms = plan
    states, breaks, choices = list(trip.states.items()), list(terms.pauses), list(terms.choices.items())
    for values in (states, breaks, choices):
        random.shuffle(values)
    again = replace(terms, pauses=breaks, choices=dict(choices))
    schedule = planner.of(trip, terms, TODAY)
    assert planner.of(journey.of(trip.outline, dict(states)), again, TODAY).tasks == schedule.tasks


def test_a_skill_is_spread_over_days_and_days_are_shared() -> None:
    made = outline([[("all", "core", [("core", 4), ("core", 3)])], [], [("all", "core", [("core", 1)])]])
    terms = Terms((6, 0, 10, 0, 0, 0, 0), MONDAY, [(MONDAY + 2 * WEEK, MONDAY + 2 * WEEK + 6 * DAY)])
    schedule = planner.of(journey.of(made, {}), terms, MONDAY)
    assert [task.shares for task in schedule.tasks] == [
        ((MONDAY, 6), (MONDAY + 2 * DAY, 10)),
        ((MONDAY + WEEK, 6), (MONDAY + WEEK + 2 * DAY, 6)),
        ((MONDAY + WEEK + 2 * DAY, 4),),
    ]
    assert [(stage.phase.number, stage.first, stage.last, stage.quarters) for stage in schedule.stages] == [
        (1, MONDAY, MONDAY + WEEK + 2 * DAY, 28),
        (2, MONDAY + WEEK + 2 * DAY, MONDAY + WEEK + 2 * DAY, 4),
    ]
    assert [(week.monday, week.quarters) for week in schedule.weeks] == [(MONDAY, 16), (MONDAY + WEEK, 16)]
    assert schedule.finish == MONDAY + WEEK + 2 * DAY


def test_nothing_left_is_a_plan_too() -> None:
    made = outline([[("all", "core", [("core", 4)])]])
    schedule = planner.of(journey.of(made, {1: DONE}), Terms((4,) * 7, TODAY, [(TODAY, dt.date.max)]), TODAY)
    assert (schedule.finish, schedule.quarters, schedule.stages, schedule.weeks) == (None, 0, (), ())


# What moves it


@given(plans(), st.integers(0, 6), st.integers(1, FULL_DAY))
def test_more_hours_on_a_day_of_the_week_never_finish_anything_later(
    plan: tuple[Journey, Terms], weekday: int, more: int
) -> None:
    trip, terms = plan
    week = list(terms.weekdays)
    week[weekday] = min(week[weekday] + more, FULL_DAY)
    assert never_later(planner.of(trip, replace(terms, weekdays=tuple(week)), TODAY), planner.of(trip, terms, TODAY))


@given(plans(), pauses)
def test_a_pause_never_finishes_anything_earlier(plan: tuple[Journey, Terms], pause: tuple[dt.date, dt.date]) -> None:
    trip, terms = plan
    paused = replace(terms, pauses=[*terms.pauses, pause])
    assert never_later(planner.of(trip, terms, TODAY), planner.of(trip, paused, TODAY))


@given(plans(), st.integers(0, 60))
def test_absence_moves_the_finish_by_the_hours_lost(plan: tuple[Journey, Terms], away: int) -> None:
    trip, terms = plan
    first = planner.of(trip, terms, TODAY)
    assume(first.finish)
    back = first.begin + away * DAY
    later = planner.of(trip, terms, back)
    assert skills(later) == skills(first)
    assert later.tasks[0].first >= back
    lost = room_between(terms, first.begin, back - DAY)
    before_the_last_day = room_between(terms, first.begin, later.finish - DAY)
    assert before_the_last_day < first.quarters + lost <= before_the_last_day + room(terms, later.finish)


@given(trips(), weeks)
def test_three_empty_weeks_move_everything_by_three_weeks(trip: Journey, week: planner.Weekdays) -> None:
    terms = Terms(week, TODAY)
    first, later = planner.of(trip, terms, TODAY), planner.of(trip, terms, TODAY + 3 * WEEK)
    assert last_days(later) == {skill: day + 3 * WEEK for skill, day in last_days(first).items()}
    assert all(task.first >= TODAY + 3 * WEEK for task in later.tasks)


@given(plans(), st.integers(0, 60))
def test_until_the_start_today_moves_nothing(plan: tuple[Journey, Terms], earlier: int) -> None:
    trip, terms = plan
    assert planner.of(trip, terms, terms.start - earlier * DAY) == planner.of(trip, terms, terms.start)


@given(plans(), st.data())
def test_what_is_done_leaves_and_moves_nothing_later(plan: tuple[Journey, Terms], data: st.DataObject) -> None:
    """Except what went out of turn for its sake: what is done without its prerequisites leaves them to their turn."""
    trip, terms = plan
    first = planner.of(trip, terms, TODAY)
    assume(first.tasks)
    skill = data.draw(st.sampled_from(skills(first)))
    after = planner.of(journey.of(trip.outline, {**trip.states, skill: DONE}), terms, TODAY)
    assert set(skills(after)) == set(skills(first)) - {skill}
    assert after.finish is None or after.finish <= first.finish
    was, now = last_days(first), last_days(after)
    moved_later = {other for other in now if now[other] > was[other]}
    assert moved_later <= needs_of(trip, skill, set(was))


@given(plans())
def test_what_comes_next_once_done_moves_nothing_later(plan: tuple[Journey, Terms]) -> None:
    trip, terms = plan
    first = planner.of(trip, terms, TODAY)
    for task in first.tasks:
        skill = task.place.skill.id
        if not needs_of(trip, skill, set(skills(first))):
            after = planner.of(journey.of(trip.outline, {**trip.states, skill: DONE}), terms, TODAY)
            assert skills(after) == [other for other in skills(first) if other != skill]
            assert never_later(after, first)


# What a target takes


@given(plans(), st.integers(0, 700).map(lambda n: TODAY + n * DAY))
def test_what_a_target_takes_reaches_it_and_a_quarter_less_does_not(
    plan: tuple[Journey, Terms], target: dt.date
) -> None:
    trip, terms = plan
    week = planner.needed(trip, terms, TODAY, target)
    all_day = replace(terms, weekdays=tuple(FULL_DAY if quarters else 0 for quarters in terms.weekdays))
    fastest = planner.of(trip, all_day, TODAY)
    if week is None:
        assert fastest.finish > target
    elif not any(week):
        assert fastest.finish is None
    else:
        assert week == planner.spread(terms.weekdays, sum(week))
        assert planner.of(trip, replace(terms, weekdays=week), TODAY).finish <= target
        less = planner.spread(terms.weekdays, sum(week) - 1)
        if any(less):
            assert finishes_after(trip, replace(terms, weekdays=less), target)


def finishes_after(trip: Journey, terms: Terms, target: dt.date) -> bool:
    try:
        return planner.of(trip, terms, TODAY).finish > target
    except TooFar:
        return True


def test_a_target_in_examples() -> None:
    trip = journey.of(outline([[("all", "core", [("core", 30)])]]), {})
    terms = Terms((4, 0, 8, 0, 0, 0, 0), MONDAY)
    assert planner.needed(trip, terms, MONDAY, MONDAY + 10 * WEEK - DAY) == (4, 0, 8, 0, 0, 0, 0)
    assert planner.needed(trip, terms, MONDAY, MONDAY + 5 * WEEK - DAY) == (8, 0, 16, 0, 0, 0, 0)
    assert planner.needed(trip, terms, MONDAY, MONDAY + 2 * DAY) == (40, 0, 80, 0, 0, 0, 0)
    assert planner.needed(trip, terms, MONDAY, MONDAY) is None
    assert planner.needed(trip, terms, MONDAY, MONDAY - DAY) is None
    assert planner.needed(trip, terms, MONDAY, dt.date.max) == planner.needed(
        trip, terms, MONDAY, MONDAY + HORIZON * DAY
    )
    done = journey.of(trip.outline, {1: DONE})
    assert planner.needed(done, terms, MONDAY, MONDAY - DAY) == (0,) * 7


# A week in proportion


@given(weeks, st.integers(0, 8 * FULL_DAY))
def test_a_week_in_proportion_grows_with_its_hours(week: planner.Weekdays, quarters: int) -> None:
    less, more = planner.spread(week, quarters), planner.spread(week, quarters + 1)
    assert sum(less) == min(quarters, sum(map(bool, week)) * FULL_DAY)
    assert all(one <= other <= FULL_DAY for one, other in zip(less, more, strict=True))
    assert all(bool(share) or not other for share, other in zip(week, more, strict=True))


@given(weeks, st.integers(1, 5))
def test_a_week_in_proportion_keeps_the_proportions(week: planner.Weekdays, times: int) -> None:
    assert planner.spread(week, sum(week)) == week
    assume(max(week) * times <= FULL_DAY)
    assert planner.spread(week, sum(week) * times) == tuple(quarters * times for quarters in week)


def test_a_small_share_is_rounded_like_a_large_one() -> None:
    assert planner.spread((20, 8, 0, 0, 0, 0, 0), 2) == (1, 1, 0, 0, 0, 0, 0)
    assert planner.spread((20, 8, 0, 0, 0, 0, 0), 3) == (2, 1, 0, 0, 0, 0, 0)


# One's own pace


def done(*weeks_and_hours: tuple[int, int]) -> list[tuple[dt.date, int]]:
    """(days since the first, hours)."""
    return [(TODAY + days * DAY, hours) for days, hours in weeks_and_hours]


def test_there_is_no_pace_before_the_third_week() -> None:
    skills_done = done((0, 10), (7, 10), (13, 10))
    assert planner.pace([], TODAY) is None
    assert planner.pace(skills_done, TODAY - DAY) is None
    assert planner.pace(skills_done, TODAY + 13 * DAY) is None
    assert planner.pace(skills_done, TODAY + 14 * DAY) == 15 * QUARTERS


def test_a_week_counts_once_it_is_over() -> None:
    skills_done = done((0, 10), (14, 10), (20, 6))
    assert planner.pace(skills_done, TODAY + 20 * DAY) == 5 * QUARTERS
    assert planner.pace(skills_done, TODAY + 21 * DAY) == 26 * QUARTERS // 3


def test_old_weeks_are_forgotten() -> None:
    skills_done = done((0, 500), (7, 8), (62, 8))
    assert planner.pace(skills_done, TODAY + 63 * DAY) == 2 * QUARTERS
    assert planner.pace(skills_done, TODAY + 70 * DAY) == 1 * QUARTERS


def test_more_than_a_week_has_hours_is_no_pace() -> None:
    """What was known already, marked skill by skill."""
    assert planner.pace(done((0, 336)), TODAY + 2 * WEEK) == 7 * FULL_DAY
    assert planner.pace(done((0, 337)), TODAY + 2 * WEEK) is None


def test_nothing_done_for_long_is_no_pace() -> None:
    assert planner.pace(done((0, 40)), TODAY + 10 * WEEK) is None


@given(st.integers(1, 60), st.integers(2, 30), st.integers(0, 6), st.randoms(use_true_random=False))
def test_the_same_hours_each_week_are_the_pace(hours: int, weeks_gone: int, days_more: int, random: Random) -> None:
    skills_done = done(*((week * 7, hours) for week in range(weeks_gone + 1)))
    random.shuffle(skills_done)
    assert planner.pace(skills_done, TODAY + weeks_gone * WEEK + days_more * DAY) == hours * QUARTERS


# Terms on which there is no plan


@pytest.mark.parametrize("weekdays", [(8,) * 6, (8,) * 8, (), (FULL_DAY + 1, *(0,) * 6), (-1, *(8,) * 6), (172,) * 7])
def test_a_week_is_seven_days_of_24_hours(weekdays: tuple[int, ...]) -> None:
    with pytest.raises(Unplannable, match="seven days of at most 24 hours"):
        Terms(weekdays, TODAY)


def test_a_plan_wants_some_hours() -> None:
    with pytest.raises(NoHours, match="any hours"):
        Terms((0,) * 7, TODAY)


def test_a_pause_ends_after_it_begins() -> None:
    with pytest.raises(Unplannable, match="ends before it begins"):
        Terms((8,) * 7, TODAY, [(TODAY, TODAY), (TODAY, TODAY - DAY)])


@pytest.mark.parametrize(
    "terms",
    [
        Terms((8,) * 7, TODAY, [(TODAY, dt.date.max)]),
        Terms((1, *(0,) * 6), TODAY),
        Terms((8,) * 7, dt.date.max),
    ],
)
def test_no_plan_reaches_beyond_the_horizon(terms: Terms) -> None:
    trip = journey.of(outline([[("all", "core", [("core", 700)])]]), {})
    with pytest.raises(TooFar, match="more than 50 years"):
        planner.of(trip, terms, TODAY)


def test_the_last_day_of_the_horizon_counts() -> None:
    trip = journey.of(outline([[("all", "core", [("core", 1)])]]), {})
    end = TODAY + HORIZON * DAY
    for last_paused, finish in ((end - DAY, end), (end, None)):
        terms = Terms((8,) * 7, TODAY, [(TODAY, last_paused)])
        if finish:
            assert planner.of(trip, terms, TODAY).finish == finish
        else:
            with pytest.raises(TooFar):
                planner.of(trip, terms, TODAY)
            assert planner.needed(trip, terms, TODAY, end) is None


# How much


def test_a_large_plan_has_no_more_parts_than_skills_and_days() -> None:
    """Each part ends a skill or a day, so work grows with their sum; a chain that long needs no deep stack."""
    made = outline([[("all", "core", [("core", 1 + n % 40) for n in range(5_000)])]])
    ids = [place.skill.id for place in made.places]
    before = {skill: (ids[at + 1],) if at + 1 < len(ids) else () for at, skill in enumerate(ids)}
    schedule = planner.of(journey.of(replace(made, before=before), {}), Terms((44,) * 7, TODAY), TODAY)
    assert skills(schedule) == ids[::-1]
    parts = sum(len(task.shares) for task in schedule.tasks)
    assert parts < len(schedule.tasks) + (schedule.finish - TODAY).days + 1
