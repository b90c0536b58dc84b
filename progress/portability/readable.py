"""An export for people and their programs: a checklist and notes in Markdown, a table for spreadsheets."""

import csv
import datetime as dt
import io
import re
from collections.abc import Collection, Iterator
from typing import Any

from django.utils import timezone

from progress import journey
from progress.models import State
from roadmap import outline
from roadmap.tree import Group, Outline, Skill

_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_MARKUP = re.compile(r"([\\`*_\[\]<>#])")
Rows = list[dict[str, Any]]


def checklist(document: dict[str, Any], followed: Collection[str]) -> str:
    """Each roadmap that is followed, else the first; then what was marked and is on none of them."""
    marks = {row["slug"]: row for row in document["marks"]}
    published = outline.published()
    shown = [each for each in published if each.slug in followed] or published[:1]
    lines = ["# Checklist", "", f"As of {_day(document['exported_at'])}.", ""]
    for each in shown:
        lines += _roadmap(each, marks)
    placed = {place.skill.slug for each in shown for place in each.places}
    if elsewhere := [row for slug, row in marks.items() if slug not in placed]:
        lines += ["## On none of these roadmaps", "", *(_line(row["title"], row) for row in elsewhere), ""]
    return "\n".join(lines)


def table(document: dict[str, Any]) -> str:
    """RFC 4180, with the mark by which spreadsheets know UTF-8. A row for each skill that has anything."""
    marks, notes, links = (_by_skill(document[name]) for name in ("marks", "notes", "evidence"))
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(["Skill", "Slug", "State", "Since", "Note", "Evidence"])
    titles = {row["skill"]: row["title"] for row in (*document["marks"], *document["notes"])}
    for skill in dict.fromkeys((*marks, *notes, *links)):
        first = (marks.get(skill) or notes.get(skill) or links[skill])[0]
        mark = marks.get(skill, [{}])[0]
        cells = [
            titles.get(skill, first["slug"]),
            first["slug"],
            mark.get("state", ""),
            mark.get("since", ""),
            notes.get(skill, [{}])[0].get("text", ""),
            "\n".join(f"{link['title']}: {link['url']}" for link in links.get(skill, [])),
        ]
        writer.writerow([harmless(cell) for cell in cells])
    return text.getvalue()


def harmless(cell: str) -> str:
    """A spreadsheet would run what begins like a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def notes(document: dict[str, Any]) -> str:
    lines = ["# Notes and evidence", ""]
    for row in document["notes"]:
        lines += [f"## {_escaped(row['title'])}", "", f"Written on {_day(row['updated_at'])}.", "", row["text"], ""]
    if document["evidence"]:
        lines += ["## Evidence", ""]
        for row in document["evidence"]:
            seen = "public" if row["is_public"] else "private"
            lines += [f"- {_escaped(row['title'])}: <{row['url']}> ({row['slug']}, {_day(row['added_at'])}, {seen})"]
        lines += [""]
    return "\n".join(lines)


def _roadmap(shown: Outline, marks: dict[str, dict[str, Any]]) -> Iterator[str]:
    states = {place.skill.id: marks[place.skill.slug]["state"] for place in shown.places if place.skill.slug in marks}
    tally = journey.of(shown, states).overall
    yield from (f"## {_escaped(shown.title)}", "")
    yield from (
        f"{tally.done} of {tally.units} done, {tally.skipped} skipped, {tally.extra} extra, {tally.left} left.",
        "",
    )
    for phase in shown.phases:
        yield from (f"### {phase.number} {_escaped(phase.title)}", "")
        for section in phase.sections:
            yield from (f"#### {_escaped(section.title)}", "")
            for group in section.groups:
                yield from _group(group, marks)
            yield ""


def _group(group: Group, marks: dict[str, dict[str, Any]]) -> Iterator[str]:
    if group.pick_one:
        yield f"- {_escaped(group.title)}: pick one"
    for placement in group.placements:
        skill: Skill = placement.skill
        optional = " (optional)" if placement.optional or group.optional else ""
        yield "  " * group.pick_one + _line(skill.title, marks.get(skill.slug), optional)


def _line(title: str, mark: dict[str, Any] | None, more: str = "") -> str:
    state = State(mark["state"]) if mark else State.TODO
    box = "x" if state == State.DONE else " "
    since = f", {state.label.lower()} since {_day(mark['since'])}" if mark and state != State.TODO else ""
    return f"- [{box}] {_escaped(title)}{more}{since}"


def _by_skill(rows: Rows) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for row in rows:
        found.setdefault(row["skill"], []).append(row)
    return found


def _day(moment: str) -> str:
    """In the learner's time zone."""
    day = timezone.localtime(dt.datetime.fromisoformat(moment)).date()
    return f"{day.day} {day:%B %Y}"


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
