"""Export and import over HTTP."""

import datetime as dt
import io
import json
import re
import uuid
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import User
from progress.models import Change, Evidence, Learner, Mark, Note, PendingImport, Suggestion
from progress.portability import exporting, importing
from roadmap.models import Skill
from tests.accounts.acts import confirm_identity, sign_in
from tests.factories import NOW, make_learner, make_trail
from tests.queries import queries

pytestmark = pytest.mark.django_db
PAGE = "/settings/data/"
EXPORT = "/settings/data/export/"
IMPORT = "/settings/data/import/"
CONFIRM = "/settings/data/import/confirm/"


@pytest.fixture(autouse=True)
def _trail(db: None) -> None:
    make_trail(3)


@pytest.fixture
def learner(client: Client, user: User) -> Learner:
    sign_in(client)
    return Learner.objects.get(user=user)


@pytest.fixture
def stranger() -> Learner:
    """Somebody with words of their own."""
    other = make_learner(User.objects.create_user("ada@example.org", name="Countess Ada"))
    skill = Skill.objects.get(slug="skill-1")
    Mark.objects.create(learner=other, skill=skill, state="done", since=NOW)
    Note.objects.create(learner=other, skill=skill, text="A stranger's secret", updated_at=NOW)
    return other


def export(client: Client) -> Any:
    confirm_identity(client)
    return client.post(EXPORT)


def document(packed: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(packed)) as zipped:
        return json.loads(zipped.read("cairn.json"))


def a_file(slug: str = "skill-1", state: str = "done", **more: Any) -> bytes:
    skill = Skill.objects.get(slug=slug)
    mark = {"skill": str(skill.uid), "title": skill.title, "state": state, "since": "2026-05-03T17:20:00Z"}
    return json.dumps(
        {"format": "cairn", "version": 1, "exported_at": "2026-05-04T09:00:00Z", "marks": [mark]} | more
    ).encode()


def upload(client: Client, learner: object, content: bytes | None, name: str = "") -> HttpResponse:
    owner = learner.pk if isinstance(learner, Learner) else learner
    data: dict[str, Any] = {"learner": owner, "next": PAGE}
    if content is not None:
        data["file"] = SimpleUploadedFile(name or f"cairn.{'zip' if content.startswith(b'PK') else 'json'}", content)
    return client.post(IMPORT, data)


def confirm(client: Client, learner: Learner, action: str = "import", **data: str) -> HttpResponse:
    digest = PendingImport.objects.values_list("digest", flat=True).first() or ""
    return client.post(CONFIRM, {"learner": learner.pk, "next": PAGE, "digest": digest, "action": action} | data)


def text_of(response: Any) -> str:
    return str(response.content.decode())


class TestExport:
    def test_is_an_attachment_that_is_stored_nowhere(self, client: Client, learner: Learner) -> None:
        Mark.objects.create(learner=learner, skill=Skill.objects.get(slug="skill-2"), state="done", since=NOW)
        response = export(client)
        assert response.status_code == 200
        today = timezone.now().date()
        assert response["Content-Disposition"] == f'attachment; filename="cairn-{today}.zip"'
        assert response["Content-Type"] == "application/zip"
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert [mark["slug"] for mark in document(response.content)["marks"]] == ["skill-2"]
        assert learner.user is not None
        assert learner.user.events.filter(kind="exported").count() == 1

    def test_wants_a_fresh_sign_in_and_then_shows_the_button(self, client: Client, learner: Learner) -> None:
        for response in (client.get(EXPORT), client.post(EXPORT)):
            assert response["Location"] == f"/accounts/reauthenticate/?next={EXPORT.replace('/', '%2F')}"
        confirm_identity(client)
        page = text_of(client.get(EXPORT))
        assert f'<form method="post" action="{EXPORT}">' in page
        assert "Download the zip" in page

    def test_is_one_s_own_whatever_is_asked_for(self, client: Client, learner: Learner, stranger: Learner) -> None:
        assert stranger.user is not None
        confirm_identity(client)
        for claim in ("user", "id", "email", "learner", "pk", "uid"):
            for value in (str(stranger.pk), str(stranger.user.pk), stranger.user.email, str(stranger.uid)):
                response: Any = client.post(f"{EXPORT}?{claim}={value}", {claim: value})
                found = document(response.content)
                assert (found["marks"], found["notes"], found["account"]["name"]) == ([], [], "Noor")

    def test_a_visitor_is_led_to_sign_in(self, client: Client, stranger: Learner) -> None:
        for response in (client.get(PAGE), client.get(EXPORT), client.post(EXPORT), client.get(IMPORT)):
            assert response["Location"].startswith("/accounts/login/?next=/settings/data/")
        for response in (upload(client, "", a_file()), client.post(CONFIRM, {"action": "import"})):
            assert response["Location"].startswith("/accounts/login/?next=/settings/data/")
        assert not PendingImport.objects.exists()


class TestLooking:
    def test_whoever_deletes_is_offered_the_export_first(self, client: Client, learner: Learner) -> None:
        confirm_identity(client)
        assert f'href="{EXPORT}">Export it first</a>' in text_of(client.get("/settings/delete/"))

    def test_the_page_offers_both(self, client: Client, learner: Learner) -> None:
        page = text_of(client.get(PAGE))
        assert f'href="{EXPORT}"' in page
        assert f'action="{IMPORT}" enctype="multipart/form-data"' in page
        assert f'href="{PAGE}">My data</a>' in text_of(client.get("/settings/"))

    def test_nothing_is_imported_before_it_was_looked_at(self, client: Client, learner: Learner) -> None:
        assert upload(client, learner, a_file())["Location"] == IMPORT
        page = text_of(client.get(IMPORT))
        assert not Mark.objects.filter(learner=learner).exists()
        assert "Nothing is imported yet" in page
        assert "4 May 2026" in page
        assert re.search(r'<span>Marks</span><span class="num">1</span>', page)
        assert "Skill 1: done since" in page

    def test_says_what_differs_and_what_is_unknown(self, client: Client, learner: Learner) -> None:
        skills = {skill.slug: skill for skill in Skill.objects.all()}
        early, late = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2025, 2026))
        Mark.objects.create(learner=learner, skill=skills["skill-1"], state="learning", since=early)
        Mark.objects.create(learner=learner, skill=skills["skill-2"], state="done", since=late.replace(month=9))
        Note.objects.create(learner=learner, skill=skills["skill-1"], text="Mine", updated_at=NOW)
        marks = [
            *({"skill": str(skills[slug].uid), "state": "skipped", "since": late.isoformat()} for slug in skills),
            {"skill": "00000000-0000-4000-8000-000000000001", "title": "<b>Alchemy", "state": "done"}
            | {"since": late.isoformat()},
        ]
        note = {"skill": str(skills["skill-1"].uid), "text": "Theirs", "version": 3, "updated_at": late.isoformat()}
        upload(client, learner, a_file(marks=marks, notes=[note], account={"time_zone": "Asia/Tokyo"}))
        page = re.sub(r"<[^>]*>", "", text_of(client.get(IMPORT)))
        assert re.search(
            r"Skill 1Here: learning since 1 January 2025\s*In the file: skipped since .*\s*becomes the file’s", page
        )
        assert re.search(
            r"Skill 2Here: done since 1 September 2026\s*In the file: skipped since .*\s*stays as it is here", page
        )
        assert "One note: both texts stay." in page
        assert "&lt;b&gt;Alchemy" in page
        assert "1 left out" in page
        assert "Time zone: UTC → Asia/Tokyo" in page

    def test_says_when_there_is_nothing_new(self, client: Client, learner: Learner) -> None:
        Mark.objects.create(learner=learner, skill=Skill.objects.get(slug="skill-1"), state="done", since=NOW)
        upload(client, learner, export(client).content, "cairn-2026-11-25.zip")
        page = text_of(client.get(IMPORT))
        assert "All that is in the file is here already." in page
        assert 'value="import"' not in page

    def test_says_which_suggestions_there_is_no_room_for(self, client: Client, learner: Learner) -> None:
        about = {"skill": str(Skill.objects.get(slug="skill-1").uid), "kind": "correction", "title": "", "url": ""}
        rows = [
            about
            | {"uid": str(uuid.UUID(int=n)), "text": f"Words <{n}>", "wants_credit": False, "answer": ""}
            | {"at": f"2026-05-0{n % 9 + 1}T00:00:00Z", "status": "open", "decided_at": None}
            for n in range(18, 30)
        ]
        upload(client, learner, a_file(suggestions=rows))
        page = client.get(IMPORT).content.decode()
        assert '<li><span>Suggestions</span><span class="num">10</span></li>' in page
        left_out = page[page.index('id="beyond"') :]
        assert "No more than ten suggestions may wait for a curator at once" in left_out
        assert re.findall(r"<li>(.*?)</li>", left_out)[:2] == ["Words &lt;25&gt;", "Words &lt;26&gt;"]
        confirm(client, learner)
        assert Suggestion.objects.filter(learner=learner, status="open").count() == 10
        upload(client, learner, a_file(suggestions=rows))
        assert "All that there is room for is here already." in client.get(IMPORT).content.decode()

    def test_without_a_file_leads_back(self, client: Client, learner: Learner) -> None:
        assert client.get(IMPORT)["Location"] == PAGE

    def test_asks_as_much_for_much_as_for_little(self, client: Client, learner: Learner) -> None:
        counts = []
        for content in (a_file(marks=[]), a_file()):
            upload(client, learner, content)
            client.get(IMPORT)
            with queries() as asked:
                client.get(IMPORT)
            counts.append(len(asked))
        assert counts[0] == counts[1]

    def test_another_s_file_is_not_seen(self, client: Client, learner: Learner, stranger: Learner) -> None:
        importing.keep(learner=stranger.pk, content=a_file(), at=timezone.now())
        assert client.get(IMPORT)["Location"] == PAGE
        page = client.post(
            CONFIRM, {"learner": learner.pk, "digest": PendingImport.objects.get().digest, "action": "import"}
        )
        assert page["Location"] == PAGE
        assert not Mark.objects.filter(learner=learner).exists()
        assert PendingImport.objects.filter(learner=stranger).exists()


class TestRefusing:
    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (None, "Choose a file first."),
            (b"", "This file is empty."),
            (b"\x89PNG\r\n\x1a\n", "This is neither the zip of an export nor its cairn.json."),
            (b'{"format": "cairn", "version": 1}', "exported_at: a text is missing here."),
            (b'{"format": "cairn", "version": 9}', "This Cairn understands version 1."),
            (b'{"a":' * 100_000, "This file is nested more than 10 deep."),
            (b'{"a": 1e400}', "A number in this file is too large."),
            (b'{"a": NaN}', "NaN is no number."),
            (b'{"a": 12345678901234567890}', "A number with more than 18 digits stands in this file."),
            (b"PK\x03\x04", "This zip is damaged. Download the export once more."),
        ],
    )
    def test_the_sentence_stands_beside_the_field(
        self, client: Client, learner: Learner, content: bytes | None, sentence: str
    ) -> None:
        response = upload(client, learner, content)
        page = text_of(response)
        assert response.status_code == 422
        assert page.count(sentence) == 2
        assert re.search(rf'<p class="err" id="id_file_error">.*?{re.escape(sentence)}', page)
        assert re.search(r'<input type="file"[^>]*aria-invalid="true"', page)
        assert "<title>Error: My data" in page
        assert not PendingImport.objects.exists()

    @pytest.mark.parametrize(
        ("content", "name", "sentence"),
        [
            (b"PK\x03\x04", "cairn.json", "This is a zip by another name."),
            (b"PK\x03\x04", "cairn.zip.exe", "This is a zip by another name."),
            (b"{}", "cairn.zip", "This is no zip, and its name does not end in .json."),
            (b"{}", "cairn", "This is no zip, and its name does not end in .json."),
        ],
    )
    def test_a_name_that_says_something_else(
        self, client: Client, learner: Learner, content: bytes, name: str, sentence: str
    ) -> None:
        assert sentence in text_of(upload(client, learner, content, name))
        assert not PendingImport.objects.exists()

    def test_a_field_twice_keeps_nothing(self, client: Client, learner: Learner) -> None:
        data = {"learner": [learner.pk, learner.pk], "file": SimpleUploadedFile("cairn.json", a_file())}
        assert client.post(IMPORT, data).status_code == 400
        assert not PendingImport.objects.exists()

    def test_half_wrong_is_wrong(self, client: Client, learner: Learner) -> None:
        note = {"skill": "00000000-0000-4000-8000-000000000001", "text": "x", "version": 0, "updated_at": None}
        response = upload(client, learner, a_file(notes=[note]))
        assert "notes, entry 1, version: this must be a whole number from 1" in text_of(response)
        assert not Mark.objects.exists()

    def test_what_is_too_large_is_told_so(self, client: Client, learner: Learner) -> None:
        response = upload(client, learner, b"{" * 22 * 2**20)
        assert response.status_code == 413
        assert text_of(response).count("This file is too large: 20 MB is the most.") == 2
        visitors = upload(Client(), "", b"{" * 22 * 2**20)
        assert (visitors.status_code, "id_file" in text_of(visitors)) == (413, False)

    def test_without_a_token_nothing_is_kept(self, user: User) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        learner = Learner.objects.get(user=user)
        assert upload(client, learner, a_file()).status_code == 403
        assert confirm(client, learner).status_code == 403
        assert client.post(EXPORT).status_code == 403
        assert not PendingImport.objects.exists()

    def test_a_stale_form_writes_nothing(self, client: Client, learner: Learner, stranger: Learner) -> None:
        assert upload(client, stranger, a_file())["Location"].startswith("/accounts/login/")
        assert upload(client, "", a_file())["Location"].startswith("/accounts/login/")
        assert not PendingImport.objects.exists()
        upload(client, learner, a_file())
        assert confirm(client, stranger)["Location"].startswith("/accounts/login/")
        assert not Mark.objects.filter(learner=learner).exists()

    @pytest.mark.parametrize(
        ("method", "path"), [("put", EXPORT), ("post", PAGE), ("delete", IMPORT), ("get", CONFIRM)]
    )
    def test_other_methods(self, client: Client, learner: Learner, method: str, path: str) -> None:
        assert getattr(client, method)(path).status_code in (302 if path == EXPORT else 405, 405)


class TestImporting:
    def test_is_done_once_and_can_be_taken_back(self, client: Client, learner: Learner) -> None:
        upload(client, learner, a_file())
        assert confirm(client, learner)["Location"] == PAGE
        mark = Mark.objects.get()
        assert (mark.learner, mark.state, mark.since.isoformat()) == (learner, "done", "2026-05-03T17:20:00+00:00")
        page = text_of(client.get(PAGE))
        assert "<b>1 mark</b> is imported." in page
        assert f'formaction="/progress/undo/{Change.objects.get().batch}/"' in page
        assert client.get(IMPORT)["Location"] == PAGE
        confirm(client, learner)
        assert "That file was imported already, or an hour has passed." in text_of(client.get(PAGE))
        assert Change.objects.count() == 1
        assert learner.user is not None
        assert learner.user.events.filter(kind="imported").count() == 1
        client.post(f"/progress/undo/{Change.objects.get().batch}/", {"learner": learner.pk, "next": PAGE})
        assert not Mark.objects.exists()

    def test_can_be_left(self, client: Client, learner: Learner) -> None:
        upload(client, learner, a_file())
        assert confirm(client, learner, "discard")["Location"] == PAGE
        assert not PendingImport.objects.exists()
        assert not Mark.objects.exists()
        assert "Nothing was imported, and the file is forgotten." in text_of(client.get(PAGE))

    def test_settings_only_where_the_box_is_ticked(self, client: Client, learner: Learner, user: User) -> None:
        for data, name in (({}, "Noor"), ({"settings": "on"}, "Zoë")):
            upload(client, learner, a_file(account={"name": "Zoë", "shortcuts": False}))
            confirm(client, learner, **data)
            user.refresh_from_db()
            assert user.name == name
        assert user.shortcuts is False

    def test_neither_yes_nor_no(self, client: Client, learner: Learner) -> None:
        upload(client, learner, a_file())
        assert confirm(client, learner, "perhaps").status_code == 422
        assert PendingImport.objects.exists()

    def test_a_file_that_was_changed_meanwhile_is_looked_at_again(self, client: Client, learner: Learner) -> None:
        upload(client, learner, a_file())
        digest = PendingImport.objects.get().digest
        upload(client, learner, a_file("skill-2"))
        confirm(client, learner, digest=digest)
        assert not Mark.objects.exists()
        assert PendingImport.objects.exists()

    def test_out_delete_sign_up_in_and_out_again(self, client: Client, learner: Learner, user: User) -> None:
        client.post("/progress/trail/skills/skill-1/", {"state": "done", "learner": learner.pk})
        base = {"learner": learner.pk, "next": PAGE}
        client.post("/progress/trail/skills/skill-1/note/", base | {"text": "Words", "version": "0"})
        link = {"title": "Mine", "url": "https://example.org/mine", "is_public": "on"}
        client.post("/progress/trail/skills/skill-1/evidence/", base | link)
        assert Evidence.objects.exists()
        packed = export(client).content
        client.post("/settings/delete/", {"confirmation": user.email})
        User.objects.update(erase_at=timezone.now())
        call_command("housekeep", verbosity=0)
        assert not Learner.objects.filter(user__isnull=False).exists()
        other = Client()
        other.post("/accounts/signup/", {"email": "noor@example.org", "password1": "correct horse battery"})
        again = Learner.objects.get(user__isnull=False)
        upload(other, again, packed, "cairn.zip")
        confirm(other, again, settings="on")
        first, second = document(packed), document(export(other).content)
        assert first.pop("exported_at") < second.pop("exported_at")
        assert first == second

    def test_a_file_nobody_decided_on_is_swept_away(self, learner: Learner) -> None:
        importing.keep(learner=learner.pk, content=a_file(), at=timezone.now() - importing.PENDING)
        call_command("housekeep", verbosity=0)
        assert not PendingImport.objects.exists()


def test_an_export_holds_no_other_s_words(client: Client, learner: Learner, stranger: Learner) -> None:
    importing.keep(learner=stranger.pk, content=a_file(), at=timezone.now())
    text = exporting.written(exporting.record(learner.pk, NOW))
    assert "secret" not in text
    assert "Countess" not in text
    with zipfile.ZipFile(io.BytesIO(export(client).content)) as zipped:
        for name in zipped.namelist():
            assert b"secret" not in zipped.read(name)
