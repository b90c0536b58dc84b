import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from progress import activity
from progress.activity import Streaks

MONDAY = dt.date(2026, 11, 2)


def days(text: str) -> list[dt.date]:
    """x for an active day, . for another, from a Monday on; spaces do not count."""
    return [MONDAY + dt.timedelta(days=n) for n, mark in enumerate(text.replace(" ", "")) if mark == "x"]


def streaks(text: str) -> Streaks:
    """As seen on the last day of the text."""
    return activity.streaks(days(text), MONDAY + dt.timedelta(days=len(text.replace(" ", "")) - 1))


def test_nothing_yet() -> None:
    assert activity.streaks([], MONDAY) == Streaks(0, 0)


def test_days_in_a_row() -> None:
    assert streaks("xxx") == Streaks(3, 3)


def test_today_is_not_missed_before_it_is_over() -> None:
    assert streaks("xxx.") == Streaks(3, 3)


def test_one_day_a_week_is_forgiven() -> None:
    assert streaks("xx.xxxx") == Streaks(6, 6)


def test_two_days_in_one_week_are_not() -> None:
    assert streaks("xx.x.xx") == Streaks(3, 3)
    assert streaks("x..xxxx") == Streaks(4, 4)


def test_a_week_begins_on_monday() -> None:
    assert streaks("xxxxxx. .xxxxxx") == Streaks(12, 12)
    assert streaks("xxxxx.. xxxxxxx") == Streaks(7, 7)


def test_the_best_streak_stays() -> None:
    assert streaks("xxxxx.. ......x") == Streaks(1, 5)


def test_a_streak_ends_when_the_days_since_are_too_many() -> None:
    assert streaks("xxx...") == Streaks(0, 3)
    assert streaks("xxxxxx. ..") == Streaks(6, 6)
    assert streaks("xxxxxx. ...") == Streaks(0, 6)


def test_a_day_counts_once() -> None:
    assert activity.streaks([MONDAY, MONDAY], MONDAY) == Streaks(1, 1)


def test_days_after_today_count() -> None:
    """Somebody marked in Kiritimati and then set the zone to Pago Pago: today is yesterday there."""
    assert activity.streaks(days("xxx"), MONDAY + dt.timedelta(days=1)) == Streaks(3, 3)


DAYS = st.lists(st.integers(0, 60), max_size=40).map(lambda ns: {MONDAY + dt.timedelta(days=n) for n in ns})


def span_holds(active: set[dt.date], first: dt.date, last: dt.date) -> bool:
    missed: dict[dt.date, int] = {}
    for n in range((last - first).days + 1):
        day = first + dt.timedelta(days=n)
        if day not in active:
            monday = day - dt.timedelta(days=day.weekday())
            missed[monday] = missed.get(monday, 0) + 1
    return all(count <= 1 for count in missed.values())


@given(DAYS)
def test_the_best_is_the_longest_stretch_by_trying_all(active: set[dt.date]) -> None:
    longest = max(
        (sum(a <= d <= b for d in active) for a in active for b in active if a <= b and span_holds(active, a, b)),
        default=0,
    )
    assert activity.streaks(active, MONDAY + dt.timedelta(days=60)).best == longest


@given(DAYS, st.integers(0, 75))
def test_the_current_one_reaches_to_yesterday_by_trying_all(active: set[dt.date], today: int) -> None:
    now = MONDAY + dt.timedelta(days=today)
    active = {day for day in active if day <= now}
    end = max(active, default=now)
    until = max(end, now - dt.timedelta(days=1))
    longest = max((sum(a <= d for d in active) for a in active if span_holds(active, a, until)), default=0)
    assert activity.streaks(active, now).current == longest


@given(DAYS, st.integers(0, 60))
def test_another_active_day_never_shortens_the_best(active: set[dt.date], more: int) -> None:
    today = MONDAY + dt.timedelta(days=60)
    before = activity.streaks(active, today)
    after = activity.streaks(active | {MONDAY + dt.timedelta(days=more)}, today)
    assert after.best >= before.best


def test_the_heatmap_ends_today_and_begins_on_a_monday() -> None:
    today = dt.date(2026, 11, 25)
    drawn = activity.heatmap({today: 2, dt.date(2026, 11, 23): 9, dt.date(2020, 1, 1): 5}, today)
    assert drawn.cells[-1].day == today
    assert (drawn.cells[0].day.weekday(), drawn.cells[0].week, drawn.cells[-1].week) == (0, 0, 25)
    assert len(drawn.cells) == 25 * 7 + 3
    assert [cell.level for cell in drawn.cells[-3:]] == [4, 0, 2]
    assert drawn.weeks[-1] == (dt.date(2026, 11, 23), 2, 11)
    assert drawn.active_days == 2


def test_the_heatmap_names_each_month_once() -> None:
    drawn = activity.heatmap({}, dt.date(2026, 11, 25))
    assert [monday.month for _, monday in drawn.months] == [6, 7, 8, 9, 10, 11]
