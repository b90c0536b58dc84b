"""Content as files, in the admin."""

import io
import json
import re
import zipfile
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from roadmap import library
from roadmap.models import Revision, Roadmap, Skill
from tests.factories import make_follower, make_trail
from tests.roadmap.admin.desk import said

pytestmark = pytest.mark.django_db
PAGE = "/admin/roadmap/roadmap/library/"


@pytest.fixture
def rows(db: None) -> list[dict[str, Any]]:
    """Of a trail whose file has been loaded once."""
    make_trail(2)
    text = library.dump(Roadmap.objects.all())["trail.json"]
    library.remember(library.parse({"trail.json": text.encode()}))
    found: list[dict[str, Any]] = json.loads(text)
    return found


def upload(client: Client, data: Any) -> Any:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return client.post(PAGE, {"files": SimpleUploadedFile("trail.json", content)})


def waiting(response: Any) -> str:
    return re.findall(r'name="waiting" value="([^"]+)"', response.content.decode())[0]


def retitled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows[1]["fields"]["title"] = "Renamed <b>"
    return rows


class TestLibrary:
    def test_is_shown_first_then_applied(self, desk: Client, rows: list[dict[str, Any]]) -> None:
        assert PAGE in desk.get("/admin/roadmap/roadmap/").content.decode()
        looked = upload(desk, retitled(rows))
        page = looked.content.decode()
        assert "Changed by the file" in page
        assert "<td>Skill 1</td><td>Renamed &lt;b&gt;</td>" in page
        assert not Skill.objects.filter(title__startswith="Renamed").exists()
        done = desk.post(PAGE, {"waiting": waiting(looked)}, follow=True)
        assert said(done) == ["Applied: 0 rows added, 1 field changed."]
        assert Skill.objects.filter(title="Renamed <b>").exists()
        assert Revision.objects.get().by is not None

    def test_a_curator_s_edit_stays_unless_asked(self, desk: Client, rows: list[dict[str, Any]]) -> None:
        Skill.objects.filter(slug="skill-1").update(title="Better")
        looked = upload(desk, retitled(rows))
        assert "the curator’s stays" in looked.content.decode()
        desk.post(PAGE, {"waiting": waiting(looked)})
        assert Skill.objects.get(slug="skill-1").title == "Better"
        desk.post(PAGE, {"waiting": waiting(upload(desk, rows)), "theirs": "on"})
        assert Skill.objects.get(slug="skill-1").title == "Renamed <b>"

    def test_what_changed_meanwhile_is_shown_anew(self, desk: Client, rows: list[dict[str, Any]]) -> None:
        looked = upload(desk, retitled(rows))
        Skill.objects.filter(slug="skill-1").update(title="Better")
        answer = desk.post(PAGE, {"waiting": waiting(looked)})
        assert "the content changed meanwhile" in answer.content.decode()
        assert Skill.objects.get(slug="skill-1").title == "Better"

    def test_says_what_is_wrong(self, desk: Client, rows: list[dict[str, Any]]) -> None:
        for response, sentence in (
            (desk.post(PAGE), "Choose a file first."),
            (upload(desk, b"\xff"), "not in UTF-8"),
            (
                desk.post(PAGE, {"files": SimpleUploadedFile("trail.svg", b"[]")}),
                "Choose files whose names end in .json.",
            ),
            (upload(desk, b"{}"), "trail.json: this must be a list of entries."),
            (upload(desk, [*rows, 7]), "an entry is an object with model and fields."),
            (desk.post(PAGE, {"waiting": "x"}), "An hour has passed."),
        ):
            assert response.status_code == 422
            assert sentence in response.content.decode()

    def test_what_is_too_large_is_told(self, desk: Client, rows: list[dict[str, Any]]) -> None:
        response = upload(desk, b" " * (5 * 2**20 + 1))
        assert response.status_code == 413
        assert "5 MB is the most" in response.content.decode()

    def test_what_learners_would_feel_is_asked_about(self, desk: Client, rows: list[dict[str, Any]]) -> None:
        make_follower(Roadmap.objects.get(), skill_1="done")
        placement = next(row for row in rows if row["model"] == "roadmap.placement")
        placement["fields"]["importance"] = "optional"
        looked = upload(desk, rows)
        asked = desk.post(PAGE, {"waiting": waiting(looked)})
        page = asked.content.decode()
        assert "What this does to learners" in page
        (token,) = re.findall(r'name="_confirmed" value="([^"]+)"', page)
        desk.post(PAGE, {"waiting": waiting(asked), "_confirmed": token})
        assert Skill.objects.get(slug="skill-1").placements.get().importance == "optional"

    def test_can_be_taken_along(self, desk: Client, rows: list[dict[str, Any]]) -> None:
        response = desk.get(f"{PAGE}files/")
        with zipfile.ZipFile(io.BytesIO(response.content)) as zipped:
            assert json.loads(zipped.read("trail.json")) == rows
        assert desk.post(f"{PAGE}files/").status_code == 405

    def test_is_for_whoever_may_change_all(self, rows: list[dict[str, Any]], user: User) -> None:
        user.is_staff = True
        user.save()
        user.user_permissions.set(Permission.objects.filter(codename__startswith="change_"))
        client = Client()
        client.force_login(user)
        assert client.get(PAGE).status_code == 403
        assert client.get(f"{PAGE}files/").status_code == 403
