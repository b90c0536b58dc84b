"""A file beside a learner's record: what is new, what differs, what is unknown here. Writes nothing."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.text import Truncator

from progress import suggestions
from progress.models import (
    Change,
    CheckpointTick,
    Evidence,
    Follow,
    Learner,
    Mark,
    Note,
    Plan,
    Report,
    Review,
    Suggestion,
)
from progress.portability import schema
from progress.portability.entry import Wrong
from progress.querysets import Standing
from roadmap.models import Checkpoint, Group, Question, Resource, Roadmap, Skill

T = TypeVar("T")


@dataclass
class Merge:
    """What an import does, and why. The rows are made, not written."""

    marks: dict[int, Standing] = field(default_factory=dict)
    """By skill: those that are new here or become others."""
    new: list[tuple[str, Standing]] = field(default_factory=list)
    """A skill's title and its mark, where there is none here."""
    newer: list[tuple[str, Standing, Standing]] = field(default_factory=list)
    """Title, the mark here, and the file's, which is newer and will stand."""
    older: list[tuple[str, Standing, Standing]] = field(default_factory=list)
    """The same where the file's is older and the one here stays."""
    history: list[Change] = field(default_factory=list)
    """The file's changes that are not here."""
    act: list[Change] = field(default_factory=list)
    """For marks that no history yields; what undo takes back."""
    follows: list[Follow] = field(default_factory=list)
    """New ones, and those of which the file knows an earlier start or a later use."""
    ticks: list[CheckpointTick] = field(default_factory=list)
    notes_new: list[Note] = field(default_factory=list)
    notes_joined: list[Note] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    """New ones, and those of which the file's is newer; they keep their calendar here."""
    beyond: list[str] = field(default_factory=list)
    """Titles, or first words, of open suggestions that are more than may be open at once; left out."""
    settings: list[tuple[str, Any, Any]] = field(default_factory=list)
    """Name of a setting of the account or the learner, its value here and in the file."""
    unknown: dict[uuid.UUID, str] = field(default_factory=dict)
    """Skills, roadmaps, checkpoints and resources that are not here, with what the file calls them; left out."""

    @property
    def batch(self) -> uuid.UUID | None:
        return self.act[0].batch if self.act else None

    @property
    def public(self) -> int:
        return sum(link.is_public for link in self.evidence)

    @property
    def is_nothing(self) -> bool:
        """Apart from settings."""
        written = (self.marks, self.history, self.act, self.follows, self.ticks)
        sent = (self.reports, self.suggestions)
        ahead = (self.reviews, self.plans)
        return not any((*written, self.notes_new, self.notes_joined, self.evidence, *sent, *ahead))


def compare(learner: int, file: schema.File, *, at: dt.datetime, day: dt.date) -> Merge:
    """Some fifteen queries, however much there is. Refuses a note that would become too long, and a reserved name."""
    made = Merge()
    skills = _Here(Skill, made, file.titles, "A skill without a name")
    _history(made, learner, file, skills)
    _marks(made, learner, file, skills, at, day)
    _follows(made, learner, file)
    _ticks(made, learner, file)
    _notes(made, learner, file, skills, at, day)
    _evidence(made, learner, file, skills)
    _reports(made, learner, file)
    _suggestions(made, learner, file, skills)
    _reviews(made, learner, file)
    _plans(made, learner, file, skills)
    made.settings = [*_settings(learner, file.account), *_reviewing(learner, file.reviewing)]
    return made


def _settings(learner: int, account: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Those that differ, checked once more: which names there are to have depends on who it is."""
    user = get_user_model()._default_manager.filter(learner=learner).first()
    if user is None:
        return
    for name, value in account.items():
        here = getattr(user, name)
        if value == here:
            continue
        try:
            field: Any = user._meta.get_field(name)
            field.clean(value, user)
        except ValidationError as error:
            raise Wrong(f"account, {name}: {' '.join(error.messages)}") from None
        yield name, here, value


def _reviewing(learner: int, wanted: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    here = Learner.objects.values(*schema.REVIEWING).get(pk=learner)
    return ((name, here[name], value) for name, value in wanted.items() if value != here[name])


class _Here:
    """What this Cairn has of one kind of content, by uid."""

    def __init__(self, model: Any, made: Merge, titles: dict[uuid.UUID, str], nameless: str) -> None:
        self.ids: dict[uuid.UUID, int] = dict(model.objects.values_list("uid", "pk"))
        self.unknown, self.titles, self.nameless = made.unknown, titles, nameless

    def of(self, rows: Iterable[T], uid: Callable[[T], uuid.UUID]) -> Iterator[tuple[T, int]]:
        """The rows whose content is here, each with its id; the others are noted as unknown."""
        for row in rows:
            if (pk := self.ids.get(uid(row))) is not None:
                yield row, pk
            else:
                self.unknown[uid(row)] = self.titles.get(uid(row), self.nameless)


def _history(made: Merge, learner: int, file: schema.File, skills: _Here) -> None:
    here = Change.objects.filter(learner=learner).values_list("uid", "batch", "skill", "undone_at")
    uids, steps, acts = set(), set(), {}
    for uid, batch, skill, undone_at in here:
        uids.add(uid)
        steps.add((batch, skill))
        acts[batch] = undone_at
    made.history = [
        Change(**change.own, learner_id=learner, skill_id=skill)
        for change, skill in skills.of(file.changes, lambda change: change.skill)
        if change.uid not in uids and (change.batch, skill) not in steps
    ]
    for change in made.history:
        # An act that is known here in part stands, or not, as a whole.
        change.undone_at = acts.get(change.batch, change.undone_at)


def _marks(made: Merge, learner: int, file: schema.File, skills: _Here, at: dt.datetime, day: dt.date) -> None:
    """The newest mark wins. Replaying the changes that stand, old and new, must give the marks; where it does not, one
    more change says how the mark came about."""
    standing = [
        *Change.objects.standing().filter(learner=learner).order_by("at", "id"),
        *(change for change in made.history if change.undone_at is None),
    ]
    # Of one moment, what is here comes first, as its ids do: sorting is stable.
    standing.sort(key=lambda change: change.at)
    yields = {change.skill_id: change.standing for change in standing}
    own = Mark.objects.filter(learner=learner).standings()
    theirs = {pk: mark.standing for mark, pk in skills.of(file.marks, lambda mark: mark.skill)}
    titles = dict(Skill.objects.values_list("pk", "title"))
    moved = {change.skill_id for change in made.history}
    now = max(at, standing[-1].at) if standing else at
    why = {"batch": uuid.uuid4(), "learner_id": learner, "at": now, "day": day, "cause": Change.Cause.IMPORT}
    for skill in sorted(theirs.keys() | moved):
        mine, other = own.get(skill), theirs.get(skill)
        if mine is None:
            other = other or yields.get(skill)
        wins = other is not None and (mine is None or other.since > mine.since or _is_accepted(mine, other))
        result = other if wins else mine
        if result is None:
            continue  # all of it was undone
        if result != mine:
            made.marks[skill] = result
        if result != yields.get(skill) and (wins or skill in moved):
            made.act.append(Change.step(yields.get(skill), result, skill_id=skill, **why))
        if mine is None:
            made.new.append((titles[skill], result))
        elif other is not None and other[:2] != mine[:2]:
            (made.newer if wins else made.older).append((titles[skill], mine, other))


def _is_accepted(mine: Standing, other: Standing) -> bool:
    """The learner has said of a credit that it is right."""
    return mine[:2] == other[:2] and bool(mine.credited_from) and not other.credited_from


def _follows(made: Merge, learner: int, file: schema.File) -> None:
    roadmaps = _Here(Roadmap, made, file.titles, "A roadmap without a name")
    own = {follow.roadmap_id: follow for follow in Follow.objects.filter(learner=learner)}
    for follow, pk in roadmaps.of(file.follows, lambda follow: follow.roadmap):
        mine = own.get(pk)
        since = min(follow.since, mine.since) if mine else follow.since
        used_at = max(follow.used_at, mine.used_at) if mine else follow.used_at
        if mine is None or (since, used_at) != (mine.since, mine.used_at):
            made.follows.append(Follow(learner_id=learner, roadmap_id=pk, since=since, used_at=used_at))


def _ticks(made: Merge, learner: int, file: schema.File) -> None:
    checkpoints = _Here(Checkpoint, made, {}, "A checkpoint")
    ticked = set(CheckpointTick.objects.filter(learner=learner).values_list("checkpoint", flat=True))
    made.ticks = [
        CheckpointTick(**tick.own, learner_id=learner, checkpoint_id=pk)
        for tick, pk in checkpoints.of(file.checkpoints, lambda tick: tick.checkpoint)
        if pk not in ticked
    ]


def _notes(made: Merge, learner: int, file: schema.File, skills: _Here, at: dt.datetime, day: dt.date) -> None:
    own = {note.skill_id: note for note in Note.objects.filter(learner=learner)}
    for note, skill in skills.of(file.notes, lambda note: note.skill):
        other = Note(**note.own, learner_id=learner, skill_id=skill)
        mine = own.get(skill)
        if mine is None:
            made.notes_new.append(other)
        elif not mine.has(note.text):
            if other.has(mine.text):
                mine.text, mine.version, mine.updated_at = note.text, mine.version + 1, at
            else:
                mine.put_below(note.text, said="Imported", at=at, day=day)
            if len(mine.text) > schema.LONGEST_NOTE:
                title = file.titles.get(note.skill, str(note.skill))
                raise Wrong(
                    f"notes, “{title}”, text: together with the note that is here it would have {len(mine.text):,}"
                    f" characters; {schema.LONGEST_NOTE:,} is the most. Shorten yours first."
                )
            made.notes_joined.append(mine)


def _evidence(made: Merge, learner: int, file: schema.File, skills: _Here) -> None:
    here = list(Evidence.objects.filter(learner=learner).values_list("uid", "skill", "url"))
    uids, links = {uid for uid, _, _ in here}, {(skill, url) for _, skill, url in here}
    made.evidence = [
        Evidence(**link.own, learner_id=learner, skill_id=skill)
        for link, skill in skills.of(file.evidence, lambda link: link.skill)
        if link.uid not in uids and (skill, link.url) not in links
    ]


def _reports(made: Merge, learner: int, file: schema.File) -> None:
    resources = _Here(Resource, made, file.titles, "A resource without an address")
    here = list(Report.objects.filter(learner=learner).values_list("uid", "resource"))
    uids, reported = {uid for uid, _ in here}, {resource for _, resource in here}
    made.reports = [
        Report(**report.own, learner_id=learner, resource_id=resource)
        for report, resource in resources.of(file.reports, lambda report: report.resource)
        if report.uid not in uids and resource not in reported
    ]


def _suggestions(made: Merge, learner: int, file: schema.File, skills: _Here) -> None:
    """As they are. Of open ones, those that were made first, for as long as there is room."""
    here = dict(Suggestion.objects.filter(learner=learner).values_list("uid", "status"))
    room = suggestions.MOST_OPEN - sum(status == Suggestion.Status.OPEN for status in here.values())
    new = [
        (each, skill) for each, skill in skills.of(file.suggestions, lambda each: each.skill) if each.uid not in here
    ]
    for each, skill in sorted(new, key=lambda pair: pair[0].at):
        if each.status == Suggestion.Status.OPEN:
            room -= 1
            if room < 0:
                made.beyond.append(each.title or Truncator(each.text).chars(80))
                continue
        made.suggestions.append(Suggestion(**each.own, learner_id=learner, skill_id=skill))


def _reviews(made: Merge, learner: int, file: schema.File) -> None:
    questions = _Here(Question, made, file.titles, "A question")
    here = set(Review.objects.filter(learner=learner).values_list("uid", flat=True))
    made.reviews = [
        Review(**each.own, learner_id=learner, question_id=question)
        for each, question in questions.of(file.reviews, lambda each: each.question)
        if each.uid not in here
    ]


def _plans(made: Merge, learner: int, file: schema.File, skills: _Here) -> None:
    """The newer one of a roadmap counts. What is picked in it and is not here is left to be picked anew."""
    roadmaps = _Here(Roadmap, made, file.titles, "A roadmap without a name")
    groups = dict(Group.objects.values_list("uid", "pk"))
    own = {plan.roadmap_id: plan for plan in Plan.objects.filter(learner=learner)}
    for each, roadmap in roadmaps.of(file.plans, lambda each: each.roadmap):
        mine = own.get(roadmap)
        if mine and mine.updated_at >= each.updated_at:
            continue
        picks = {
            str(groups[group]): skills.ids[skill]
            for group, skill in each.picks.items()
            if group in groups and skill in skills.ids
        }
        kept = {"pk": mine.pk, "uid": mine.uid, "token": mine.token} if mine else {}
        made.plans.append(Plan(learner_id=learner, roadmap_id=roadmap, **each.own | {"picks": picks} | kept))
