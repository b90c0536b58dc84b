import datetime as dt

import pytest

from progress import drawing

TODAY = dt.date(2026, 11, 27)
DAY = dt.timedelta(days=1)


def labels(today: dt.date, end: dt.date, target: dt.date | None = None) -> list[str]:
    return [f"{day:%Y-%m-%d}" for _, day in drawing.timeline([(1, today, end)], today, target).ticks]


@pytest.mark.parametrize(
    ("end", "months"),
    [
        (dt.date(2026, 11, 29), ["2026-12-01"]),
        (dt.date(2027, 3, 31), ["2026-12-01", "2027-01-01", "2027-02-01", "2027-03-01"]),
        (dt.date(2028, 12, 31), ["2027-01-01", "2027-07-01", "2028-01-01", "2028-07-01"]),
        (dt.date(2050, 12, 31), ["2030-01-01", "2035-01-01", "2040-01-01", "2045-01-01"]),
    ],
)
def test_a_timeline_names_a_few_months(end: dt.date, months: list[str]) -> None:
    assert labels(TODAY, end) == months


def test_a_first_day_of_a_month_is_one() -> None:
    assert labels(dt.date(2027, 1, 1), dt.date(2027, 1, 31)) == ["2027-01-01"]


def test_nothing_is_written_where_a_phone_has_no_room() -> None:
    assert labels(TODAY, dt.date(2027, 4, 5)) == ["2026-12-01", "2027-01-01", "2027-02-01", "2027-03-01"]


def test_the_end_of_the_calendar_can_be_drawn() -> None:
    """A plan that was imported may have any target."""
    assert 0 < len(labels(TODAY, TODAY + 9 * DAY, dt.date.max)) <= drawing.TICKS
