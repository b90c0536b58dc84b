"""Who changed what, field by field, and the way back."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from roadmap import entries, history, listings, outline, publishing
from roadmap.models import Faq, Group, Placement, Question, Resource, Revision, Roadmap, Section, Skill
from tests.factories import NOW, make_group, make_section, make_skill, make_trail, place

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(days=1)


def retitle(skill: Skill, title: str, at: dt.datetime = NOW) -> Revision:
    watch = history.Watch(skill)
    skill.title = title
    skill.save()
    outline.touch(skill, at=at)
    act = watch.record(why="Edited", at=at, by=None)
    return Revision.objects.get(act=act)


class TestEntries:
    def test_a_row_says_all_but_ids_and_the_state_of_things(self) -> None:
        make_trail(2)
        first, second = Skill.objects.order_by("id")
        second.prerequisites.add(first)
        entry = entries.read([second])["skill", second.uid]
        assert entry["prerequisites"] == [str(first.uid)]
        assert entry["title"] == "Skill 2"
        assert {"id", "uid"} & entry.keys() == set()
        placement = Placement.objects.get(skill=second)
        entry = entries.read([placement])["placement", placement.uid]
        assert entry["skill"] == str(second.uid)
        assert entry["group"] == str(Group.objects.get().uid)
        assert {"version", "updated_at"} & entries.all_of("roadmap").popitem()[1].keys() == set()

    def test_what_was_read_can_be_written(self) -> None:
        make_trail(2)
        before = {kind: entries.all_of(kind) for kind in entries.KINDS}
        for kind, rows in before.items():
            for uid, entry in rows.items():
                entries.write(kind, uid, entry, entries.KINDS[kind]._default_manager.get(uid=uid))
        assert {kind: entries.all_of(kind) for kind in entries.KINDS} == before


class TestRecord:
    def test_only_what_differs_is_kept(self) -> None:
        make_trail(1)
        skill = Skill.objects.get()
        revision = retitle(skill, "Renamed")
        assert (revision.kind, revision.uid, revision.action) == ("skill", skill.uid, "changed")
        assert revision.changes == {"title": ["Skill 1", "Renamed"]}
        assert revision.name == "Renamed"
        watch = history.Watch(skill)
        assert watch.record(why="Edited", at=NOW, by=None) is None
        assert Revision.objects.count() == 1

    def test_an_outline_is_not_asked_more_for_more_rows(self, django_assert_num_queries: Any) -> None:
        make_trail(30)
        for count in (2, 30):
            skills = Skill.objects.order_by("id")[:count]
            with django_assert_num_queries(3):
                history.Watch(*skills)


class TestRevert:
    def test_puts_the_fields_back(self) -> None:
        make_trail(1)
        skill = Skill.objects.get()
        revision = retitle(skill, "Renamed")
        history.revert(revision, by=None, at=LATER)
        skill.refresh_from_db()
        assert skill.title == "Skill 1"
        assert Revision.objects.latest("id").changes == {"title": ["Renamed", "Skill 1"]}
        found = outline.get("trail")
        assert found
        assert found.places[0].skill.title == "Skill 1"

    def test_is_refused_once_the_field_was_written_again(self) -> None:
        make_trail(1)
        skill = Skill.objects.get()
        revision = retitle(skill, "Renamed")
        retitle(skill, "Renamed again", LATER)
        with pytest.raises(history.Refused, match=r"“Renamed again” was changed again since \(title\)"):
            history.revert(revision, by=None, at=LATER)
        skill.refresh_from_db()
        assert skill.title == "Renamed again"

    def test_refuses_what_is_no_longer_right(self) -> None:
        make_trail(1)
        skill = Skill.objects.get()
        watch = history.Watch(skill)
        skill.slug = "renamed"
        skill.save()
        revision = Revision.objects.get(act=watch.record(why="Edited", at=NOW, by=None))
        make_skill("skill-1")
        with pytest.raises(history.Refused, match="already exists"):
            history.revert(revision, by=None, at=LATER)

    def test_what_was_published_is_no_draft_again(self) -> None:
        make_trail(1)
        skill = Skill.objects.get()
        Skill.objects.update(is_draft=True)
        skill.refresh_from_db()
        publishing.publish([skill], at=NOW, by=None)
        with pytest.raises(history.Refused, match="“Skill 1” is published, and learners may have marked it"):
            history.revert(Revision.objects.get(), by=None, at=LATER)
        assert not Skill.objects.get().is_draft

    def test_what_was_made_is_retired_and_what_was_deleted_comes_back(self) -> None:
        roadmap = make_trail(1)
        skill = Skill.objects.get()
        watch = history.Watch()
        question = Question.objects.create(skill=skill, question="Why?", answer="So.")
        made = Revision.objects.get(act=watch.record(question, why="Edited", at=NOW, by=None))
        history.revert(made, by=None, at=LATER)
        question.refresh_from_db()
        assert question.retired_at == LATER
        faq = Faq.objects.get()
        watch = history.Watch(faq)
        faq.delete()
        deleted = Revision.objects.get(act=watch.record(why="Deleted", at=NOW, by=None))
        back = history.revert(deleted, by=None, at=LATER)
        assert (back.uid, back.question, back.roadmap) == (deleted.uid, "Why?", roadmap)
        with pytest.raises(history.Refused, match="is there already"):
            history.revert(deleted, by=None, at=LATER)
        Faq.objects.all().delete()
        Revision.objects.filter(pk=deleted.pk).update(changes=deleted.changes | {"roadmap": [str(uuid.uuid4()), None]})
        deleted.refresh_from_db()
        with pytest.raises(history.Refused, match="belongs to is there no more"):
            history.revert(deleted, by=None, at=LATER)


class TestInTheAdmin:
    def test_every_way_of_writing_leaves_its_line(self, client: Client) -> None:
        make_trail(2)
        root = User.objects.create_superuser("root@example.org", "correct horse battery")
        client.force_login(root)
        group, skill, section = Group.objects.get(), Skill.objects.get(slug="skill-1"), Section.objects.get()
        actions = "/admin/roadmap/skill/"
        client.post(actions, {"action": "retire", "_selected_action": [skill.pk]})
        client.post(
            "/admin/roadmap/section/add/", {"phase": section.phase_id, "title": "New", "slug": "new"} | forms("groups")
        )
        new = Section.objects.get(slug="new")
        client.post(f"/admin/roadmap/section/{new.pk}/delete/", {"post": "yes"})
        client.post("/admin/roadmap/roadmap/", {"action": "unpublish", "_selected_action": [Roadmap.objects.get().pk]})
        lines = list(Revision.objects.order_by("id").values_list("kind", "name", "action", "why", "by"))
        assert lines == [
            ("skill", "Skill 1", "changed", "Retired", root.pk),
            ("section", "New", "created", "Edited", root.pk),
            ("section", "New", "deleted", "Deleted", root.pk),
            ("roadmap", "Trail", "changed", "Unpublished", root.pk),
        ]
        assert group.retired_at is None

    def test_rows_under_the_row_have_theirs(self, client: Client) -> None:
        make_trail(1)
        client.force_login(User.objects.create_superuser("root@example.org", "correct horse battery"))
        resource = Resource.objects.get()
        data = {"skill": resource.skill_id, "title": "Better", "url": resource.url, "kind": "book", "level": "beginner"}
        data |= {"free": "on", "publisher": "Example", "minutes": 90, "why": "It is good."}
        client.post(f"/admin/roadmap/resource/{resource.pk}/change/", data)
        assert Revision.objects.get().changes == {"title": ["A book on Skill 1", "Better"]}

    def test_dragging(self, client: Client) -> None:
        roadmap = make_trail(1)
        section = make_section(roadmap, "second")
        for name in ("a", "b"):
            make_group(section, name)
        client.force_login(User.objects.create_superuser("root@example.org", "correct horse battery"))
        b, a = (Group.objects.get(slug=name).pk for name in "ba")
        url = "/admin/roadmap/group/adminsortable2_update/"
        response = client.post(url, {"updatedItems": [[b, 1], [a, 2]]}, content_type="application/json")
        assert response.status_code == 200
        assert set(Revision.objects.values_list("why", flat=True)) == {"Put into order"}


class TestNews:
    def news(self, since: dt.datetime = NOW) -> listings.News:
        return listings.news(Roadmap.objects.get().pk, since)

    def test_says_what_is_otherwise_and_nothing_that_came_and_went(self) -> None:
        roadmap = make_trail(3)
        outline.touch(roadmap, at=NOW)
        assert not self.news()
        one, two, _ = Skill.objects.order_by("id")
        (new,) = place(Group.objects.get(), "new")
        outline.touch(new, at=LATER)
        retitle(one, "First", LATER)
        two.retired_at = LATER
        two.save()
        outline.touch(two, at=LATER)
        assert self.news() == listings.News(("New",), ("Skill 2",), (("Skill 1", "First"),), LATER)
        assert not self.news(LATER)
        for row, at in ((new, timezone.now()), (two, None)):
            row.retired_at = at
            row.save()
            outline.touch(row, at=LATER + dt.timedelta(days=1))
        retitle(one, "Skill 1", LATER + dt.timedelta(days=1))
        assert not self.news()

    def test_a_roadmap_that_is_not_published_has_none(self) -> None:
        roadmap = make_trail(1)
        Roadmap.objects.update(is_published=False)
        outline.touch(roadmap, at=LATER)
        assert not self.news()


def forms(prefix: str) -> dict[str, Any]:
    return {f"{prefix}-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")}
