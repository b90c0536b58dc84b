"""Prepared in peace, looked at through a link, published at once or at a time."""

import datetime as dt
import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from progress.models import Mark
from roadmap import history, outline, preview, publishing
from roadmap.models import Group, Listing, Phase, Placement, Revision, Roadmap, Skill
from tests.factories import make_follower, make_group, make_roadmap, make_section, make_skill, make_trail, place
from tests.roadmap.admin.desk import act, address, errors, form, said, save

pytestmark = pytest.mark.django_db
SKILL = "/roadmaps/trail/skills/coming/"


@pytest.fixture
def coming(db: None) -> Skill:
    """A draft, placed at the end of the trail."""
    make_trail(2)
    (skill,) = place(Group.objects.get(), "coming")
    Skill.objects.filter(pk=skill.pk).update(is_draft=True)
    skill.refresh_from_db()
    outline.touch(skill, at=timezone.now())
    return skill


def shown(client: Client) -> list[str]:
    return re.findall(r'id="skill-([\w-]+)"', client.get("/roadmaps/trail/").content.decode())


class TestDrafts:
    def test_are_nowhere_on_the_site(self, client: Client, coming: Skill) -> None:
        assert shown(client) == ["skill-1", "skill-2"]
        assert client.get(SKILL).status_code == 404
        assert client.post("/progress/trail/skills/coming/", {"state": "done"}).status_code == 404
        assert "Coming" not in client.get("/search/?q=coming").content.decode()
        assert "coming" not in client.get("/sitemap.xml").content.decode()
        assert not Mark.objects.exists()
        assert not Listing.objects.filter(skill=coming).exists()

    def test_a_phase_hides_all_that_is_in_it(self, client: Client, coming: Skill) -> None:
        section = make_section(Roadmap.objects.get(), "later")
        place(make_group(section), "hidden")
        Phase.objects.filter(pk=section.phase_id).update(is_draft=True)
        outline.touch(section, at=timezone.now())
        assert shown(client) == ["skill-1", "skill-2"]
        assert client.get("/roadmaps/trail/skills/hidden/").status_code == 404

    def test_are_made_as_such_and_never_again(self, desk: Client, coming: Skill) -> None:
        save(desk, Skill, title="New", slug="new", summary="About it.", hours=3, is_draft="on")
        assert Skill.objects.get(slug="new").is_draft
        live = Skill.objects.get(slug="skill-1")
        assert "is_draft" not in form(desk, address(live))
        save(desk, live, is_draft="on")
        live.refresh_from_db()
        assert not live.is_draft


class TestPublishing:
    def test_at_once(self, desk: Client, client: Client, coming: Skill) -> None:
        assert said(act(desk, "publish", coming)) == ["“Coming” is published."]
        assert shown(client) == ["skill-1", "skill-2", "coming"]
        assert Revision.objects.filter(why="Published").get().changes == {"is_draft": [True, False]}
        assert Listing.objects.get(skill=coming).is_shown

    def test_by_unticking(self, desk: Client, client: Client, coming: Skill) -> None:
        save(desk, coming, is_draft=None)
        assert shown(client) == ["skill-1", "skill-2", "coming"]

    def test_at_its_time(self, desk: Client, client: Client, coming: Skill) -> None:
        at = timezone.now() + dt.timedelta(hours=1)
        save(desk, coming, publish_at_0=f"{at:%Y-%m-%d}", publish_at_1=f"{at:%H:%M:%S}")
        call_command("housekeep", verbosity=0)
        assert shown(client) == ["skill-1", "skill-2"]
        assert publishing.publish_due(now=at) == 1
        assert shown(client) == ["skill-1", "skill-2", "coming"]
        assert publishing.publish_due(now=at) == 0
        coming.refresh_from_db()
        assert coming.publish_at is None

    def test_a_whole_roadmap_at_its_time(self, client: Client, coming: Skill) -> None:
        roadmap = make_roadmap("next", published=False)
        Roadmap.objects.filter(pk=roadmap.pk).update(publish_at=timezone.now() - dt.timedelta(minutes=1))
        call_command("housekeep", verbosity=0)
        assert client.get("/roadmaps/next/").status_code == 200
        roadmap.refresh_from_db()
        assert roadmap.published_at
        assert roadmap.publish_at is None

    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            ({"is_draft": "on", "publish_at_0": "2020-01-01"}, "This time has passed."),
            ({"is_draft": None, "publish_at_0": "2126-01-01"}, "Only what is not published yet can wait"),
            ({"is_draft": "on", "publish_at_0": "soon"}, "Enter a valid date."),
        ],
    )
    def test_a_wrong_time_is_told(
        self, desk: Client, coming: Skill, values: dict[str, str | None], sentence: str
    ) -> None:
        response = save(desk, coming, publish_at_1="10:00:00", **values)
        assert any(sentence in error for error in errors(response))
        coming.refresh_from_db()
        assert (coming.is_draft, coming.publish_at) == (True, None)

    def test_a_published_roadmap_waits_for_nothing(self, desk: Client, coming: Skill) -> None:
        response = save(desk, Roadmap.objects.get(), publish_at_0="2126-01-01", publish_at_1="10:00:00")
        assert any("Only what is not published yet can wait" in error for error in errors(response))


class TestPreview:
    @pytest.fixture
    def link(self, desk: Client, coming: Skill) -> str:
        page = desk.get(address(coming)).content.decode()
        return re.findall(r'href="(/preview/[^"]+)">Trail with its drafts', page)[0]

    def test_shows_the_drafts_to_whoever_has_the_link(self, client: Client, link: str) -> None:
        assert client.get(link)["Location"] == "/roadmaps/trail/"
        assert shown(client) == ["skill-1", "skill-2", "coming"]
        for path in (SKILL, "/roadmaps/trail/map/", "/roadmaps/trail/book/", "/roadmaps/trail/faq/"):
            page = client.get(path).content.decode()
            assert "A preview, drafts and all." in page
        assert "Coming" in client.get(SKILL).content.decode()
        assert shown(Client()) == ["skill-1", "skill-2"]
        client.post("/preview/leave/")
        assert shown(client) == ["skill-1", "skill-2"]

    def test_keeps_nothing(self, client: Client, link: str) -> None:
        client.get(link)
        for path in ("coming/", "skill-1/", "coming/note/"):
            response = client.post(f"/progress/trail/skills/{path}", {"state": "done", "text": "x", "version": 0})
            assert response.status_code == 409
            assert "nothing is kept that you do in it" in response.content.decode()
        assert not Mark.objects.exists()

    def test_of_a_roadmap_that_is_not_published(self, client: Client, coming: Skill) -> None:
        roadmap = make_roadmap("next", published=False)
        place(make_group(make_section(roadmap, "next-section")), "far")
        client.get(preview.link(roadmap))
        assert client.get("/roadmaps/next/skills/far/").status_code == 200
        # Of that roadmap alone.
        assert shown(client) == ["skill-1", "skill-2"]
        assert client.get(SKILL).status_code == 404

    def test_a_link_that_is_altered_or_a_week_old_shows_nothing(
        self, client: Client, link: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = link.split("/")[2]
        for wrong in (token[:-1] + ("a" if token[-1] != "a" else "b"), "x", token.replace(":", "", 1)):
            assert client.get(f"/preview/{wrong}/")["Location"] == "/roadmaps/"
            client.cookies["preview"] = wrong
            assert shown(client) == ["skill-1", "skill-2"]
        client.get(link)
        monkeypatch.setattr(preview, "AGE", dt.timedelta(seconds=-1))
        assert client.get(link)["Location"] == "/roadmaps/"
        assert shown(client) == ["skill-1", "skill-2"]

    def test_is_offered_once_there_is_something_to_see(self, desk: Client, coming: Skill) -> None:
        lonely = make_skill("lonely", is_draft=True)
        assert "Once it is saved, and placed on a roadmap." in desk.get(address(lonely)).content.decode()
        for row in (Roadmap.objects.get(), Phase.objects.get()):
            Phase.objects.update(is_draft=True)
            assert "Trail with its drafts" in desk.get(address(row)).content.decode()


class TestRevert:
    def test_history_leads_to_the_row_s_lines_and_back(self, desk: Client, coming: Skill) -> None:
        save(desk, coming, title="Soon")
        response = desk.get(f"/admin/roadmap/skill/{coming.pk}/history/", follow=True)
        page = response.content.decode()
        assert "title: Coming → Soon" in page
        assert "curator@example.org" not in page
        (line,) = Revision.objects.filter(uid=coming.uid)
        assert "<td>Coming</td><td>Soon</td>" in desk.get(address(line)).content.decode()
        assert said(act(desk, "revert", line)) == ["Reverted: “Coming”."]
        coming.refresh_from_db()
        assert coming.title == "Coming"

    def test_all_or_none(self, desk: Client, coming: Skill) -> None:
        for title in ("Soon", "Sooner"):
            save(desk, coming, title=title)
        first, second = Revision.objects.order_by("id")
        assert said(act(desk, "revert", first))[0].startswith("Nothing is reverted. “Sooner” was changed again since")
        act(desk, "revert", first, second)
        coming.refresh_from_db()
        assert coming.title == "Coming"

    def test_asks_first_where_learners_would_feel_it(self, desk: Client, coming: Skill) -> None:
        make_follower(Roadmap.objects.get(), skill_1="done")
        placement = Placement.objects.get(skill__slug="skill-2")
        watch = history.Watch(placement)
        placement.importance = "optional"
        placement.save()
        outline.touch(placement, at=timezone.now())
        watch.record(why="Edited", at=timezone.now(), by=None)
        asked = act(desk, "revert", Revision.objects.get(uid=placement.uid))
        assert "What this does to learners" in asked.content.decode()
        placement.refresh_from_db()
        assert placement.importance == "optional"

    def test_is_for_curators_alone(self, desk: Client, client: Client, coming: Skill) -> None:
        save(desk, coming, title="Soon")
        assert client.get("/admin/roadmap/revision/")["Location"].startswith("/accounts/login/")
        assert desk.get("/admin/roadmap/revision/add/").status_code == 403
        assert desk.get(f"/admin/roadmap/skill/{coming.pk + 99}/history/").status_code == 404
