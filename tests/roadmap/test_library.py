"""Content as files: out and in again without a change, three-way, whole or not at all."""

import datetime as dt
import json
import uuid
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from progress.models import Mark
from roadmap import entries, history, library, outline
from roadmap.library import Verdict, Wrong
from roadmap.models import Group, LibraryEntry, OldSlug, Phase, Placement, Question, Resource, Revision, Roadmap, Skill
from tests.factories import NOW, make_follower, make_group, make_roadmap, make_section, make_skill, make_trail, place

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(days=1)
FIXTURE = Path(__file__).parents[2] / "fixtures" / "ai-engineer-2026.json"
Files = dict[str, bytes]


def dumped() -> Files:
    return {name: text.encode() for name, text in library.dump(Roadmap.objects.order_by("id")).items()}


def load(files: Files, *, theirs: bool = False) -> library.Difference:
    return library.load(library.parse(files), theirs=theirs, by=None, at=LATER)


def changed(files: Files, change: Callable[[list[dict[str, Any]]], object]) -> Files:
    rows = json.loads(files["trail.json"])
    change(rows)
    return {"trail.json": json.dumps(rows).encode()}


def entry(rows: list[dict[str, Any]], kind: str, number: int = 0) -> dict[str, Any]:
    fields: dict[str, Any] = [row for row in rows if row["model"] == f"roadmap.{kind}"][number]["fields"]
    return fields


def titled(title: str) -> Callable[[list[dict[str, Any]]], None]:
    return lambda rows: entry(rows, "skill").update(title=title)


def everything() -> dict[str, Any]:
    return {kind: entries.all_of(kind) for kind in entries.KINDS}


@pytest.fixture
def files(db: None) -> Files:
    """Of a trail whose files have been loaded once."""
    make_trail(3)
    one, two, _ = Skill.objects.order_by("id")
    two.prerequisites.add(one)
    Question.objects.create(skill=one, question="Why?", answer="So.")
    found = dumped()
    load(found)
    return found


def curator_renames(title: str) -> None:
    Skill.objects.filter(slug="skill-1").update(title=title)


class TestRoundTrip:
    def test_the_shipped_file_is_what_is_dumped(self) -> None:
        call_command("loaddata", FIXTURE.stem, verbosity=0)
        assert library.dump(Roadmap.objects.all()) == {FIXTURE.name: FIXTURE.read_text(encoding="utf-8")}
        assert not library.compare(library.parse({FIXTURE.name: FIXTURE.read_bytes()}))

    def test_what_is_dumped_changes_nothing(self, files: Files) -> None:
        Skill.objects.filter(slug="skill-3").update(retired_at=NOW, is_draft=True)
        Resource.objects.update(checked_on=NOW.date(), credit="Noor")
        before, revisions = everything(), Revision.objects.count()
        difference = load(dumped())
        assert not difference
        assert (everything(), Revision.objects.count()) == (before, revisions)

    def test_goes_into_an_empty_cairn(self, files: Files) -> None:
        before = everything()
        for model in (Placement, Group, *reversed(entries.KINDS.values())):
            model._default_manager.all().delete()
        LibraryEntry.objects.all().delete()
        assert len(load(files).added) == sum(map(len, before.values()))
        assert everything() == before
        assert dumped() == files

    def test_with_a_phase_that_is_retired_around_a_choice(self, files: Files) -> None:
        choice = make_group(make_section(Roadmap.objects.get(), "second"), "choice", title="Choice", rule="any")
        place(choice, "p", "q")
        Phase.objects.filter(sections__groups=choice).update(retired_at=NOW)
        make_skill("nowhere")
        written = dumped()
        assert list(written) == ["trail.json", "skills.unplaced.json"]
        assert not load(written)

    def test_what_a_file_leaves_out_it_says_as_before(self, files: Files) -> None:
        load(changed(files, lambda rows: entry(rows, "skill").pop("summary")))
        load(changed(files, lambda rows: entry(rows, "skill").update(summary="Another.")))
        assert Skill.objects.get(slug="skill-1").summary == "Another."

    def test_a_skill_of_two_roadmaps_is_written_once(self, files: Files) -> None:
        make_trail(0, "other")
        group = Group.objects.get(section__phase__roadmap__slug="other")
        Placement.objects.create(group=group, roadmap=group.section.phase.roadmap, skill=Skill.objects.all()[0])
        written = dumped()
        assert [name for name, text in written.items() if b'"roadmap.skill"' in text] == ["trail.json"]
        assert not library.compare(library.parse(written))


class TestThreeWay:
    def test_a_change_of_the_file_is_taken(self, files: Files) -> None:
        load(changed(files, titled("Renamed")))
        assert Skill.objects.get(slug="skill-1").title == "Renamed"
        assert Revision.objects.filter(why="Library").get().changes == {"title": ["Skill 1", "Renamed"]}
        found = outline.get("trail")
        assert found
        assert found.places[0].skill.title == "Renamed"

    def test_a_curator_s_edit_is_kept(self, files: Files) -> None:
        curator_renames("Better")
        (field,) = load(files).changed
        assert field.verdict == Verdict.KEPT
        assert Skill.objects.get(slug="skill-1").title == "Better"
        load(files, theirs=True)
        assert Skill.objects.get(slug="skill-1").title == "Skill 1"

    def test_where_both_changed_the_curator_s_stays_also_the_next_time(self, files: Files) -> None:
        curator_renames("Better")
        other = changed(files, titled("Renamed"))
        assert [each.verdict for each in load(other).changed] == [Verdict.CONFLICT]
        assert [each.verdict for each in load(other).changed] == [Verdict.KEPT]
        assert Skill.objects.get(slug="skill-1").title == "Better"

    def test_nothing_goes_by_omission(self, files: Files) -> None:
        before = everything()
        difference = load(changed(files, lambda rows: rows.__delitem__(slice(1, None))))
        assert difference.only_here > 5
        assert everything() == before

    def test_a_row_is_retired_and_brought_back_by_saying_so(self, files: Files) -> None:
        load(changed(files, lambda rows: entry(rows, "skill", 2).update(retired_at="2026-11-25T12:00:00Z")))
        assert Skill.objects.get(slug="skill-3").retired_at == NOW
        load(files)
        assert Skill.objects.get(slug="skill-3").retired_at == NOW
        load(changed(files, lambda rows: entry(rows, "skill", 2).update(retired_at=None)))
        assert Skill.objects.get(slug="skill-3").retired_at is None

    def test_a_slug_that_changes_leads_on(self, files: Files) -> None:
        load(changed(files, lambda rows: entry(rows, "skill").update(slug="first")))
        assert OldSlug.objects.get().slug == "skill-1"

    @pytest.mark.parametrize("kind", ["skill", "phase"])
    def test_slugs_that_rows_swap_or_pass_on(self, files: Files, kind: str) -> None:
        make_section(Roadmap.objects.get(), "second")
        make_section(Roadmap.objects.get(), "third")
        files = dumped()
        load(files)
        rows = entries.KINDS[kind]._default_manager.order_by("id")
        before: list[str] = list(rows.values_list("slug", flat=True))
        for order in ([1, 0, 2], [1, 2, 0]):
            slugs = [before[n] for n in order]
            load(changed(files, lambda raw, to=slugs: [entry(raw, kind, n).update(slug=to[n]) for n in range(3)]))
            assert list(rows.values_list("slug", flat=True)) == slugs
        assert not OldSlug.objects.exists()  # each leads to where it is now

    def test_is_not_heard_on_what_is_published(self, files: Files) -> None:
        load(changed(files, lambda rows: entry(rows, "roadmap").update(is_published=False, published_at=None)))
        assert Roadmap.objects.get().is_published

    def test_learners_lose_nothing(self, files: Files) -> None:
        make_follower(Roadmap.objects.get(), skill_1="done", skill_3="learning")
        before = set(Mark.objects.values_list("learner", "skill", "state", "since"))
        load(changed(files, titled("Renamed")), theirs=True)
        assert set(Mark.objects.values_list("learner", "skill", "state", "since")) == before


NOWHERE = str(uuid.UUID(int=7))


class TestWrong:
    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda rows: rows.append(7), "entry 16: an entry is an object with model and fields."),
            (lambda rows: rows[0].update(model="accounts.user"), "entry 1: there is no content of the kind"),
            (lambda rows: rows[0]["fields"].pop("uid"), "entry 1: its uid is missing"),
            (lambda rows: rows.append(rows[0]), "stands in these files twice"),
            (lambda rows: rows[0]["fields"].update(colour="red"), "a roadmap has no field “colour”"),
            (lambda rows: entry(rows, "skill").update(hours="many"), "hours:"),
            (lambda rows: entry(rows, "skill").update(hours=True), "hours: a value of another kind goes here."),
            (lambda rows: entry(rows, "skill").update(title=5), "title: a value of another kind goes here."),
            (lambda rows: entry(rows, "skill").update(title=" "), "title: this must not be empty."),
            (lambda rows: entry(rows, "skill").update(title="a\0b"), "title: a null character is not allowed."),
            (
                lambda rows: entry(rows, "skill").update(title="\ud800"),
                "title: half of a surrogate pair is no character.",
            ),
            (lambda rows: entry(rows, "skill").update(summary="x" * 401), "summary: this has 401 characters; 400 is"),
            (lambda rows: entry(rows, "faq").update(answer="[" * 20_001), "answer: this has 20,001 characters; 20,000"),
            (lambda rows: entry(rows, "skill").update(retired_at="2026-11-25"), "retired_at: this must be a moment"),
            (lambda rows: entry(rows, "skill").update(legacy="yes"), "legacy:"),
            (lambda rows: entry(rows, "skill").update(hours=0), "“Renamed”: A skill takes at least an hour."),
            (lambda rows: entry(rows, "resource").update(kind="song"), "kind: Value 'song' is not a valid choice."),
            (lambda rows: entry(rows, "resource").pop("skill"), "it does not say its skill."),
            (lambda rows: entry(rows, "placement").update(skill=[NOWHERE]), f"there is no skill {NOWHERE}"),
            (lambda rows: entry(rows, "skill").update(prerequisites=[[NOWHERE]]), f"there is no skill {NOWHERE}"),
            (lambda rows: entry(rows, "skill").update(prerequisites=7), "“7” is no uid."),
            (
                lambda rows: entry(rows, "skill").update(prerequisites=[[entry(rows, "skill", 1)["uid"]]]),
                "go round in a circle: “Skill",
            ),
            (
                lambda rows: entry(rows, "placement").update(skill=entry(rows, "placement", 1)["skill"]),
                "a placement stays that of its skill.",
            ),
            (
                lambda rows: rows.append(
                    {
                        "model": "roadmap.placement",
                        "fields": entry(rows, "placement") | {"uid": NOWHERE},
                    }
                ),
                "Placement with this Roadmap and Skill already exists.",
            ),
            (
                lambda rows: (
                    entry(rows, "group").update(rule="any", title="Choice"),
                    [entry(rows, "placement", n).update(retired_at="2026-11-25T12:00:00Z") for n in (0, 1)],
                ),
                "“Choice” would have only “Skill 3” to pick from",
            ),
            (lambda rows: entry(rows, "faq").update(uid=entry(rows, "phase")["uid"]), "stands in these files twice"),
        ],
    )
    def test_is_refused_whole(
        self, files: Files, change: Callable[[list[dict[str, Any]]], object], sentence: str
    ) -> None:
        before = everything()
        wrong = changed(files, lambda rows: (titled("Renamed")(rows), change(rows)))
        with pytest.raises(Wrong) as refused:
            load(wrong, theirs=True)
        assert sentence in str(refused.value)
        assert everything() == before

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (b"", "this is no JSON"),
            (b"{}", "this must be a list"),
            (b"[NaN]", "NaN is no number"),
            (b'[{"model": 1, "model": 2}]', 'The name "model" stands twice in one object'),
            (b"\xff\xfe", "this is no JSON"),
            (b"[" * 100_000, "this is no JSON"),
            (b" " * (library.MOST_BYTES + 1), "the file is too large"),
        ],
    )
    def test_of_a_file(self, data: bytes, sentence: str) -> None:
        with pytest.raises(Wrong, match=sentence):
            library.parse({"x.json": data})

    def test_what_is_another_kind_or_roadmap_here(self, files: Files) -> None:
        make_roadmap("other")
        skill, other = Skill.objects.all()[0], Roadmap.objects.get(slug="other")
        for change, sentence in (
            (lambda rows: entry(rows, "faq").update(uid=str(skill.uid)), "twice"),
            (lambda rows: entry(rows, "phase").update(roadmap=[str(other.uid)]), "a phase stays on its roadmap"),
        ):
            with pytest.raises(Wrong, match=sentence):
                load(changed(files, change))


class TestCommand:
    def run(self, *arguments: object) -> str:
        said = StringIO()
        call_command("library", *map(str, arguments), stdout=said)
        return said.getvalue()

    def test_diff_load_dump(self, files: Files, tmp_path: Path) -> None:
        path = tmp_path / "trail.json"
        self.run("dump", tmp_path)
        assert path.read_bytes() == files["trail.json"]
        assert self.run("diff", path).startswith("15 rows are the same; 0 are only here")
        path.write_bytes(changed(files, titled("Renamed"))["trail.json"])
        with pytest.raises(SystemExit, match="1"):
            self.run("diff", path)
        assert "taken skill “Renamed”, title: 'Skill 1' here, 'Renamed' in the file" in self.run("load", path)
        assert Skill.objects.filter(title="Renamed").exists()

    def test_diff_refuses_what_load_would_refuse(self, files: Files, tmp_path: Path) -> None:
        path = tmp_path / "trail.json"
        before = everything()
        for change, sentence in (
            (lambda rows: entry(rows, "skill").update(slug="skill-2"), "already exists"),
            (lambda rows: entry(rows, "skill").update(prerequisites=[[entry(rows, "skill", 1)["uid"]]]), "circle"),
        ):
            path.write_bytes(changed(files, change)["trail.json"])
            with pytest.raises(CommandError, match=sentence):
                self.run("diff", path)
        assert everything() == before

    def test_says_what_is_wrong(self, files: Files, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="No such file"):
            self.run("diff", tmp_path / "none.json")
        (tmp_path / "x.json").write_text("[7]")
        with pytest.raises(CommandError, match=r"Nothing was written.\n.*x.json, entry 1: an entry is an object"):
            self.run("load", tmp_path / "x.json")
        with pytest.raises(CommandError, match="There is no roadmap “nowhere”"):
            self.run("dump", tmp_path, "--roadmap", "nowhere")


words = st.sampled_from(["One", "Two", "Three", "Four"])
edits = st.lists(
    st.tuples(st.sampled_from(["curator", "file", "load", "theirs"]), st.integers(0, 2), words), max_size=8
)


class TestAnySequence(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        make_trail(3)
        cls.start = dumped()
        load(cls.start)

    @given(edits)
    @settings(max_examples=40)
    def test_keeps_every_edit_of_a_curator(self, sequence: list[tuple[str, int, str]]) -> None:
        files, base = self.start, {n: f"Skill {n + 1}" for n in range(3)}
        here, there = dict(base), dict(base)
        for what, number, title in sequence:
            skill = Skill.objects.get(slug=f"skill-{number + 1}")
            if what == "curator":
                watch = history.Watch(skill)
                skill.title = here[number] = title
                skill.save()
                watch.record(why="Edited", at=LATER, by=None)
            elif what == "file":
                there[number] = title
                files = changed(files, lambda rows, n=number, t=title: entry(rows, "skill", n).update(title=t))
            else:
                load(files, theirs=what == "theirs")
                for n in range(3):
                    if what == "theirs" or here[n] == base[n]:
                        here[n] = there[n]
                    base[n] = there[n]
            titles = Skill.objects.order_by("slug").values_list("title", flat=True)
            assert list(titles) == [here[n] for n in range(3)]
        assert Skill.objects.count() == 3
        assert not library.compare(library.parse(dumped()))


def test_a_draft_is_made_by_a_file(files: Files) -> None:
    new = {"uid": str(uuid.uuid4()), "slug": "new", "title": "New", "summary": "New.", "hours": 2, "is_draft": True}
    load(changed(files, lambda rows: rows.append({"model": "roadmap.skill", "fields": new})))
    assert Skill.objects.get(slug="new").is_draft
    assert not make_skill("other").is_draft
