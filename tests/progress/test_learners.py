import datetime as dt

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client

from accounts.models import User
from progress import learners, marks
from progress.models import Change, Follow, Learner, Mark
from roadmap.models import Placement, Roadmap
from tests.factories import NOW, make_learner, make_trail

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def two() -> tuple[int, int]:
    """A guest and an account's learner."""
    return make_learner().pk, make_learner(User.objects.create_user("ada@example.org")).pk


def mark(learner: int, slug: str, state: str, at: dt.datetime) -> None:
    placement = Placement.objects.get(skill__slug=slug)
    marks.set_state(
        learner=learner,
        roadmap=placement.roadmap_id,
        skill=placement.skill_id,
        state=state,
        at=at,
        day=at.date(),
    )


def standing(learner: int) -> dict[str, tuple[str, dt.datetime]]:
    rows = Mark.objects.filter(learner=learner).values_list("skill__slug", "state", "since")
    return {slug: (state, since) for slug, state, since in rows}


def merge(two: tuple[int, int], at: dt.datetime = NOW + 9 * HOUR) -> learners.Merged | None:
    return learners.merge(guest=two[0], into=two[1], at=at, day=at.date())


def test_the_newest_wins_item_by_item(two: tuple[int, int]) -> None:
    make_trail(4)
    guest, account = two
    mark(account, "skill-1", "done", NOW)
    mark(guest, "skill-1", "skipped", NOW + HOUR)
    mark(guest, "skill-2", "learning", NOW)
    mark(account, "skill-2", "done", NOW + HOUR)
    mark(guest, "skill-3", "done", NOW)
    mark(account, "skill-4", "learning", NOW)
    merged = merge(two)
    assert standing(account) == {
        "skill-1": ("skipped", NOW + HOUR),
        "skill-2": ("done", NOW + HOUR),
        "skill-3": ("done", NOW),
        "skill-4": ("learning", NOW),
    }
    assert merged is not None
    assert merged.count == 2
    assert not Learner.objects.filter(pk=guest).exists()


def test_a_merge_is_one_act_with_the_guests_dates_and_is_undone(two: tuple[int, int]) -> None:
    make_trail(2)
    guest, account = two
    mark(account, "skill-1", "done", NOW)
    before = standing(account)
    mark(guest, "skill-1", "skipped", NOW + HOUR)
    mark(guest, "skill-2", "done", NOW + HOUR)
    merged = merge(two)
    assert merged is not None
    changes = Change.objects.act(merged.batch)
    assert {(c.cause, c.after_since, c.at) for c in changes} == {("merge", NOW + HOUR, NOW + 9 * HOUR)}
    marks.undo(learner=account, batch=merged.batch, at=NOW + 10 * HOUR)
    assert standing(account) == before


def test_the_same_state_is_not_brought_along(two: tuple[int, int]) -> None:
    make_trail(1)
    mark(two[1], "skill-1", "done", NOW)
    mark(two[0], "skill-1", "done", NOW + HOUR)
    assert merge(two) is None
    assert standing(two[1]) == {"skill-1": ("done", NOW)}


def test_follows_are_united(two: tuple[int, int]) -> None:
    make_trail(1)
    mark(two[0], "skill-1", "done", NOW)
    merge(two)
    assert list(Follow.objects.values_list("learner", flat=True)) == [two[1]]


def test_a_roadmap_that_is_no_longer_published_is_followed_in_vain() -> None:
    learner, roadmap = make_learner().pk, make_trail(1)
    mark(learner, "skill-1", "done", NOW)
    assert [each.slug for each in learners.follows(learner)] == ["trail"]
    Roadmap.objects.filter(pk=roadmap.pk).update(is_published=False)
    assert learners.follows(learner) == ()


def test_merging_a_guest_who_is_gone_changes_nothing(two: tuple[int, int]) -> None:
    Learner.objects.filter(pk=two[0]).delete()
    assert merge(two) is None


def post(client: Client, slug: str, state: str, learner: object = "") -> object:
    return client.post(f"/progress/trail/skills/{slug}/", {"state": state, "learner": learner})


def test_on_signing_up_the_guests_record_becomes_the_accounts(client: Client) -> None:
    make_trail(2)
    post(client, "skill-1", "done")
    guest = Learner.objects.get()
    client.post("/accounts/signup/", {"email": "ada@example.org", "password1": "a long good sentence"})
    learner = Learner.objects.get()
    assert (learner.pk, learner.user) == (guest.pk, User.objects.get())
    assert standing(learner.pk)["skill-1"][0] == "done"
    assert 'value="1" max="2"' in client.get("/roadmaps/trail/").content.decode()


def test_on_signing_in_the_guest_is_merged_and_a_line_says_so(client: Client, user: User) -> None:
    make_trail(2)
    own = Learner.objects.create(user=user).pk
    mark(own, "skill-1", "learning", NOW - HOUR)
    post(client, "skill-2", "done")
    client.post("/accounts/login/", {"login": user.email, "password": "correct horse battery"})
    page = client.get("/roadmaps/trail/").content.decode()
    assert "<b>1 skill</b> that you marked before signing in is now in your record." in page
    assert f'formaction="/progress/undo/{Change.objects.get(cause="merge").batch}/"' in page
    assert {slug: state for slug, (state, _) in standing(own).items()} == {"skill-1": "learning", "skill-2": "done"}
    assert Learner.objects.count() == 1


def test_signing_in_without_a_guests_record_says_nothing(client: Client, user: User) -> None:
    make_trail(1)
    client.post("/accounts/login/", {"login": user.email, "password": "correct horse battery"})
    assert "before signing in" not in client.get("/roadmaps/trail/").content.decode()
    assert Learner.objects.get().user == user


def test_two_people_in_one_browser_do_not_share(client: Client, user: User) -> None:
    make_trail(1)
    client.force_login(user)
    post(client, "skill-1", "done", Learner.objects.get().pk)
    client.post("/accounts/logout/")
    assert 'value="0" max="1"' in client.get("/roadmaps/trail/").content.decode()
    other = User.objects.create_user("ada@example.org")
    client.force_login(other)
    assert 'value="0" max="1"' in client.get("/roadmaps/trail/").content.decode()
    assert standing(other.learner.pk) == {}


def test_a_visit_renews_the_record_once_a_day(client: Client, user: User) -> None:
    make_trail(1)
    client.force_login(user)
    session = client.session
    session["seen"] = "2026-01-01"
    session.save()
    Learner.objects.update(seen_at=NOW - dt.timedelta(days=30))
    client.get("/roadmaps/trail/")
    first = Learner.objects.get().seen_at
    assert first > NOW - dt.timedelta(days=30)
    client.get("/roadmaps/trail/")
    assert Learner.objects.get().seen_at == first


def test_a_guest_is_remembered_for_ninety_days(client: Client) -> None:
    make_trail(1)
    post(client, "skill-1", "done")
    assert client.cookies["session"]["max-age"] == 90 * 24 * 3600


def test_a_session_s_key_counts_for_its_owner_alone(user: User, two: tuple[int, int]) -> None:
    """Whatever leads to a session that has the key of somebody else: it shows, merges and adopts nothing."""
    _, account = two
    owner = Learner.objects.values_list("user", flat=True).get(pk=account)
    make_trail(1)
    mark(account, "skill-1", "done", NOW)

    def planted(client: Client, key: list[int | None]) -> Client:
        session = client.session
        session[learners.KEY] = key
        session.save()
        return client

    client = Client()
    client.force_login(user)
    assert b'data-state="done"' not in planted(client, [account, owner]).get("/roadmaps/trail/").content
    planted(Client(), [account, owner]).force_login(user)
    planted(Client(), [account, None]).force_login(User.objects.create_user("new@example.org"))
    assert Learner.objects.values_list("user", flat=True).get(pk=account) == owner
    assert standing(account) == {"skill-1": ("done", NOW)}


@pytest.mark.parametrize("model", [relation.related_model for relation in Learner._meta.related_objects])
def test_rows_of_a_learner_are_found_by_an_index_that_serves_for_more(model: type[Model]) -> None:
    """One for the key alone would be written with each mark, and never read."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table).values()
    indexes = [each for each in found if each["index"] or each["unique"]]
    begun = [each for each in indexes if each["columns"][:1] == ["learner_id"]]
    assert begun
    assert [each for each in begun if len(each["columns"]) == 1 and not each["unique"]] == []
