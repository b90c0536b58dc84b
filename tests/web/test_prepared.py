"""A prepared query is the one that its models say, asked with what it is given."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import BigIntegerField, CharField, DateTimeField, Exists, OuterRef, QuerySet, UUIDField, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Event, User
from progress.models import Change, Learner, Mark
from roadmap.models import Roadmap, Skill
from tests.factories import make_roadmap, make_skill
from tests.queries import queries
from web.prepared import Prepared, insert, prepared

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@prepared(user=BigIntegerField(), since=DateTimeField())
def _events(user: int, since: dt.datetime) -> "QuerySet[Event, tuple[str, dt.datetime]]":
    return Event.objects.filter(user=user, at__gt=since).order_by("at").values_list("kind", "at")


@pytest.fixture
def events(user: User) -> list[tuple[str, dt.datetime]]:
    """Of three days, oldest first."""
    Event.objects.all().delete()
    made = [("signed_in", NOW - dt.timedelta(days=days, microseconds=days)) for days in (3, 2, 1)]
    for kind, at in made:
        Event.objects.create(user=user, kind=kind, at=at)
    return made


def test_gives_what_its_query_set_gives(user: User, events: list[tuple[str, dt.datetime]]) -> None:
    other = User.objects.create_user("ada@example.org")
    assert _events(user=user.pk, since=events[0][1]) == events[1:]
    assert _events(user=user.pk, since=events[1][1]) == events[2:]
    assert _events(user=other.pk, since=events[0][1]) == []
    assert _events(user=None, since=events[0][1]) == []


def test_is_written_once_and_asked_each_time(user: User) -> None:
    times = []

    @prepared(email=CharField())
    def people(email: str) -> "QuerySet[User, tuple[int]]":
        times.append(1)
        return User.objects.filter(email=email).values_list("id")

    with queries() as asked:
        assert people(email=user.email) == [(user.pk,)]
        assert people(email="nobody@example.org") == []
        User.objects.filter(pk=user.pk).update(email="other@example.org")
        assert people(email=user.email) == []
    assert len(times) == 1
    assert len(asked) == 4


def test_whole_rows_are_rows(user: User) -> None:
    @prepared(email=CharField())
    def people(email: str) -> "QuerySet[User]":
        return User.objects.filter(email=email)

    (found,) = people(email=user.email)
    assert found == user
    assert {f.attname: getattr(found, f.attname) for f in User._meta.concrete_fields} == {
        f.attname: getattr(user, f.attname) for f in User._meta.concrete_fields
    }
    found.name = "Noor again"
    found.save()
    assert User.objects.get().name == "Noor again"


def test_what_is_given_is_never_part_of_the_text(user: User) -> None:
    hostile = "' OR 1=1 -- %s %(email)s"

    @prepared(email=CharField())
    def people(email: str) -> "QuerySet[User, tuple[int]]":
        return User.objects.filter(email=email).values_list("id")

    with CaptureQueriesContext(connection):
        assert people(email=hostile) == []
    User.objects.filter(pk=user.pk).update(email=hostile)
    assert people(email=hostile) == [(user.pk,)]


def test_slots_stand_anywhere_and_percent_signs_stay(user: User, events: list[tuple[str, dt.datetime]]) -> None:
    @prepared(since=DateTimeField(), email=CharField())
    def people(since: dt.datetime, email: str) -> "QuerySet[User, tuple[int, bool, str]]":
        lately = Event.objects.filter(user=OuterRef("pk"), at__gt=since)
        return User.objects.filter(email=email).values_list("id", Exists(lately), Value("100 %s"))

    assert people(since=events[0][1], email=user.email) == [(user.pk, True, "100 %s")]
    assert people(email=user.email, since=NOW) == [(user.pk, False, "100 %s")]


def test_both_parts_of_a_union_have_their_slots(user: User) -> None:
    @prepared(one=CharField(), two=CharField())
    def people(one: str, two: str) -> "QuerySet[User, tuple[str]]":
        found = [User.objects.filter(email=email).values_list("email") for email in (one, two)]
        return found[0].union(found[1], all=True)

    User.objects.create_user("ada@example.org")
    assert sorted(people(one=user.email, two="ada@example.org")) == [("ada@example.org",), (user.email,)]
    assert people(one="nobody@example.org", two="ada@example.org") == [("ada@example.org",)]


def test_values_come_back_as_the_models_have_them() -> None:
    @prepared(version=UUIDField())
    def of(version: uuid.UUID) -> "QuerySet[Roadmap, tuple[uuid.UUID, list[str], bool]]":
        return Roadmap.objects.filter(version=version).values_list("version", "tags", "is_published")

    made = make_roadmap("trail")
    made.tags = ["one", "two"]
    made.save()
    assert of(version=made.version) == [(made.version, ["one", "two"], True)]


def test_what_has_no_slot_settles_how_it_is_written(user: User) -> None:
    @prepared(email=CharField())
    def people(email: str, backwards: bool) -> "QuerySet[User, tuple[str]]":
        found = User.objects.filter(email__gte=email).order_by("-email" if backwards else "email")
        return found.values_list("email")

    User.objects.create_user("zoe@example.org")
    there = [(user.email,), ("zoe@example.org",)]
    assert people(email="a", backwards=False) == there
    assert people(email="a", backwards=True) == there[::-1]
    assert people(email="z", backwards=False) == there[1:]


def test_an_argument_that_is_missing_is_told() -> None:
    assert isinstance(_events, Prepared)
    _events(user=1, since=NOW)
    with pytest.raises(KeyError, match="since"):
        _events(user=1)


def change(learner: Learner, skill: Skill, **more: object) -> Change:
    values = {"batch": uuid.uuid4(), "after": "done", "after_since": NOW, "credited_from": "", "at": NOW}
    return Change(learner=learner, skill=skill, day=NOW.date(), cause=Change.Cause.MARK, **(values | more))


def test_a_row_is_inserted_as_bulk_create_does() -> None:
    learner, skill = Learner.objects.create(seen_at=NOW), make_skill("one")
    rows = [change(learner, skill), change(learner, skill, credited_from="100 % 'of' %s")]
    for row in rows:
        insert([row])
    found = list(Change.objects.order_by("id"))
    fields = [field.attname for field in Change._meta.concrete_fields if not field.primary_key]
    assert [[getattr(row, name) for name in fields] for row in found] == [
        [getattr(row, name) for name in fields] for row in rows
    ]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_rows_that_are_there_are_changed_where_that_is_said(count: int) -> None:
    learner, skills = Learner.objects.create(seen_at=NOW), [make_skill("one"), make_skill("two")]
    for state in ("learning", "done"):
        with queries() as asked:
            marks = [Mark(learner=learner, skill=skill, state=state, since=NOW, credited_from="") for skill in skills]
            insert(marks[:count], unique_fields=["learner", "skill"], update_fields=["state"])
        assert len(asked) == min(count, 1)
        assert list(Mark.objects.values_list("state", flat=True)) == [state] * count


def test_one_row_more_of_what_must_be_one_is_refused() -> None:
    learner, skill = Learner.objects.create(seen_at=NOW), make_skill("one")
    row = change(learner, skill)
    insert([row])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([row])
    assert Change.objects.count() == 1
