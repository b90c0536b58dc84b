"""What an effect says to whoever decides."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.text import get_text_list

from curation.effects import Effect, Findings, Move, Percentage, Turned
from roadmap.choices import Short
from roadmap.entries import ABOVE
from roadmap.models import Revision

NAMED = 4
LISTED = 8
VERBS: dict[str, str] = {
    Revision.Action.CREATED: "added",
    Revision.Action.CHANGED: "changed",
    Revision.Action.DELETED: "deleted",
}


@dataclass(frozen=True)
class Said:
    """Of one roadmap: the sentence, and the rest line by line."""

    roadmap: str
    sentence: str
    lines: list[str]


def findings(found: Findings) -> list[Said]:
    return [Said(each.roadmap, effect(each), lines(each)) for each in found.effects if each.is_felt]


def effect(found: Effect) -> str:
    """“31 learners; median 62 % → 60 %, at worst 40 % → 33 %; nobody’s marks are lost.”"""
    marks = "nobody’s marks are lost"
    if found.losers:
        marks = f"{_lose(found, found.losers)} what was done"
    elif found.uncredited:
        marks = f"{_lose(found, found.uncredited)} a credit, nobody’s own marks are lost"
    if not found.touched:
        return f"None of {found.seen:,} learners who were looked at; {marks}."
    moves = "they see this roadmap no more" if found.is_gone else move(found.overall)
    return f"{_learners(found, found.touched)}; {moves}; {marks}."


def written(revisions: Iterable[Revision]) -> list[str]:
    """What is to be saved: “Docker in AI engineer 2026”: moved. Rows that only make room are left out."""
    said = [f"“{each.name}”: {_act(each)}" for each in revisions if each.changes.keys() != {"position"}]
    return said if len(said) <= LISTED else [*said[: LISTED - 1], f"{len(said) - LISTED + 1} rows more"]


def lines(found: Effect) -> list[str]:
    said = []
    for turned, one, several in ((found.leaving, "leaves", "leave"), (found.coming, "comes onto", "come onto")):
        if turned.titles:
            verb = one if len(turned.titles) == 1 else several
            said.append(f"{_named(turned)} {verb} this roadmap. {_marked(found, turned)}")
    before, after = found.units
    if before != after and not found.is_gone:
        said.append(f"What counts: {after} instead of {before}.")
    said += [f"In “{each.title}”: {_learners(found, each.learners)}; {move(each)}." for each in found.phases]
    if found.is_sample:
        said.append(f"Estimated from {found.seen:,} of {found.followers:,} learners; the worst is that of these.")
    return said


def move(found: Move) -> str:
    """“median 62 % → 60 %, at worst 40 % → 33 %”"""
    median, worst = found.median, found.worst
    middle = (
        f"median {_percent(median.after)} as before" if median.before == median.after else f"median {_arrow(median)}"
    )
    return f"{middle}, at worst {_arrow(worst)}" if worst else f"{middle}, nobody’s falls"


def short(group: Short) -> str:
    left = f"only “{group.skills[0]}”" if group.skills else "no skill"
    return f"“{group.title}” then has {left} to pick from. Place another there, or set its rule to “all”."


def _act(revision: Revision) -> str:
    if revision.action != Revision.Action.CHANGED:
        return VERBS[revision.action]
    said, fields = [], []
    for name, (_, after) in revision.changes.items():
        if name == "retired_at":
            said.append("retired" if after else "brought back")
        elif name == "is_draft" and not after:
            said.append("published")
        elif name == ABOVE.get(revision.kind):
            said.append("moved")
        elif name != "position":
            fields.append(name.removesuffix("_at").replace("_", " "))
    return ", ".join([*said, *([f"{get_text_list(fields, 'and')} changed"] if fields else [])])


def _lose(found: Effect, count: int) -> str:
    return f"{_learners(found, count)} {'loses' if found.of_all(count) == 1 else 'lose'}"


def _arrow(moved: Percentage) -> str:
    return f"{_percent(moved.before)} → {_percent(moved.after)}"


def _percent(value: int | None) -> str:
    return "nothing to count" if value is None else f"{value} %"


def _learners(found: Effect, count: int) -> str:
    number = found.of_all(count)
    about = "about " if found.is_sample else ""
    return f"{about}{number:,} {'learner' if number == 1 else 'learners'}"


def _marked(found: Effect, turned: Turned) -> str:
    which = "it" if len(turned.titles) == 1 else "one of them"
    if not turned.learners:
        return f"Nobody has marked {which}."
    has = "has" if found.of_all(turned.learners) == 1 else "have"
    said = f"{_learners(found, turned.learners)} {has} marked {which}; that stays in their record."
    return said[0].upper() + said[1:]


def _named(turned: Turned) -> str:
    names = [f"“{title}”" for title in turned.titles]
    if len(names) > NAMED:
        names = [*names[: NAMED - 1], f"{len(names) - NAMED + 1} more"]
    return get_text_list(names, "and")
