"""A plan as a calendar (RFC 5545): all-day entries that keep their names when the dates move."""

import datetime as dt
import uuid
from collections.abc import Iterator

from icalendar import Calendar, Event

from progress.models import Plan
from progress.planner import QUARTERS, Schedule

NAMED = 3
"""Skills that the title of a week names."""

Entry = tuple[str, dt.date, dt.date, str, str]
"""A name that stays, first and last day, title and text."""


def ics(plan: Plan, schedule: Schedule, title: str, today: dt.date) -> bytes:
    """The same bytes for the same plan on the same day. Nothing in it but the plan."""
    calendar = Calendar.new(
        prodid="-//Cairn//Plan//EN",
        uid=plan.uid,
        name=f"{title}: my plan",
        refresh_interval=dt.timedelta(hours=12),
        method="PUBLISH",
    )
    stamp = dt.datetime.combine(today, dt.time(), dt.UTC)
    entries = _by_week(schedule) if plan.events == Plan.Events.WEEK else _by_skill(schedule)
    for name, first, last, summary, text in entries:
        event = Event.new(
            uid=uuid.uuid5(plan.uid, name),
            start=first,
            end=last + dt.timedelta(days=1),
            summary=summary,
            description=text,
            stamp=stamp,
        )
        event.add("TRANSP", "TRANSPARENT")
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _by_week(schedule: Schedule) -> Iterator[Entry]:
    for week in schedule.weeks:
        titles = [task.place.skill.title for task, _ in week.tasks]
        more = f" and {len(titles) - NAMED} more" if len(titles) > NAMED else ""
        text = "\n".join(f"{task.place.skill.title}: {_hours(quarters)}" for task, quarters in week.tasks)
        summary = f"{', '.join(titles[:NAMED])}{more} ({_hours(week.quarters)})"
        yield f"week {week.monday}", week.monday, week.monday + dt.timedelta(days=6), summary, text


def _by_skill(schedule: Schedule) -> Iterator[Entry]:
    for task in schedule.tasks:
        phase = task.place.phase
        text = f"{task.place.skill.hours} h, phase {phase.number}: {phase.title}"
        yield f"skill {task.place.skill.id}", task.first, task.last, task.place.skill.title, text


def _hours(quarters: int) -> str:
    return f"{quarters / QUARTERS:g} h"
