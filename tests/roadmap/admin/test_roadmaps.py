import pytest
from django.test import Client
from django.urls import reverse

from roadmap import outline
from roadmap.models import Faq, Group, OldSlug, Phase, Placement, Roadmap, Section
from tests.factories import NOW, make_group, make_roadmap, make_section, make_trail, place
from tests.queries import queries
from tests.roadmap.admin.desk import act, address, errors, new_row, said, save, shown, titles, version

pytestmark = pytest.mark.django_db


def test_publishing_dates_the_first_time_only(desk: Client) -> None:
    roadmap = make_roadmap(published=False)
    assert outline.get("trail") is None
    save(desk, roadmap, is_published="on")
    roadmap.refresh_from_db()
    first = roadmap.published_at
    assert first is not None
    assert shown().slug == "trail"
    save(desk, roadmap, is_published=None)
    assert outline.get("trail") is None
    save(desk, roadmap, is_published="on")
    roadmap.refresh_from_db()
    assert roadmap.published_at == first


def test_publishing_several(desk: Client) -> None:
    new, old = make_roadmap("new", published=False), make_roadmap("old")
    assert said(act(desk, "publish", new, old)) == ["“New” is on the site."]
    assert {roadmap.slug for roadmap in outline.published()} == {"new", "old"}
    old.refresh_from_db()
    assert old.published_at == NOW
    response = act(desk, "unpublish", new, old)
    assert sorted(said(response)) == [
        f"“{name}” is off the site. Every record of it is kept." for name in ("New", "Old")
    ]
    assert outline.published() == []


def test_tags_are_written_one_a_line(desk: Client) -> None:
    roadmap = make_roadmap(tags=["one", "two"])
    assert desk.get(address(roadmap)).context["adminform"].form["tags"].value() == "one\ntwo"
    save(desk, roadmap, tags="three\n\n  four  ")
    assert shown().tags == ("three", "four")


def test_old_slug_leads_on(desk: Client) -> None:
    roadmap = make_trail(1)
    save(desk, roadmap, slug="path")
    assert [(old.kind, old.slug, old.uid) for old in OldSlug.objects.all()] == [("roadmap", "trail", roadmap.uid)]
    assert Client().get("/roadmaps/trail/faq/").headers["Location"] == "/roadmaps/path/faq/"


def test_a_refused_form_writes_no_old_slug(desk: Client) -> None:
    make_roadmap("taken")
    roadmap = make_trail(1)
    response = save(desk, roadmap, slug="taken")
    assert errors(response) == ["Roadmap with this Slug already exists."]
    assert not OldSlug.objects.exists()


def test_phases_and_questions_of_a_roadmap_show_at_once(desk: Client) -> None:
    roadmap = make_trail(1)
    assert [phase.title for phase in shown().phases] == ["Phase first"]
    phase = new_row("phases", 1, title="Second", slug="second")
    save(desk, roadmap, **phase, **new_row("faqs", 1, question="How?", answer="So."))
    assert [phase.title for phase in shown().phases] == ["Phase first", "Second"]
    assert [faq.question for faq in shown().faqs] == ["Why?", "How?"]
    save(desk, roadmap, **{"faqs-0-DELETE": "on"})
    assert [faq.question for faq in shown().faqs] == ["How?"]


def test_a_new_roadmap_with_its_phases(desk: Client) -> None:
    values = {"title": "A new one", "short_title": "New", "slug": "new", "summary": "It is new.", "is_published": "on"}
    save(desk, Roadmap, **values, **new_row("phases", 0, title="First", slug="first"))
    assert [phase.title for phase in shown("new").phases] == ["First"]


def test_a_phase_with_its_sections_and_they_with_their_groups(desk: Client) -> None:
    roadmap = make_roadmap()
    section = new_row("sections", 0, title="Basics", slug="basics")
    save(desk, Phase, roadmap=roadmap.pk, title="First", slug="first", **section)
    save(desk, Section.objects.get(), **new_row("groups", 0, slug="list", rule="all", importance="core"))
    (found,) = shown().phases
    assert [section.title for section in found.sections] == ["Basics"]
    assert [(group.slug, str(group)) for group in Group.objects.all()] == [("list", "Basics, list")]


def test_rows_added_on_their_own_pages_come_last(desk: Client) -> None:
    roadmap = make_roadmap()
    section = make_section(roadmap)
    save(desk, Phase, roadmap=roadmap.pk, title="Second", slug="second")
    save(desk, Section, phase=section.phase_id, title="Other", slug="other")
    assert list(Phase.objects.values_list("title", flat=True)) == ["Phase first", "Second"]
    assert [each.title for each in shown().phases[0].sections] == ["Section first", "Other"]


@pytest.mark.parametrize("model", [Phase, Section, Group, Placement, Faq])
def test_an_empty_form_is_answered_in_words(desk: Client, model: type[Phase]) -> None:
    response = desk.post(address(model, "add"), _nothing(desk, model))
    assert "This field is required." in errors(response)
    assert not model.objects.exists()


def test_a_group_and_its_first_skill_without_a_section(desk: Client) -> None:
    make_trail(1)
    skill = Placement.objects.get().skill
    values = new_row("placements", 0, skill=skill.pk, importance="core")
    response = save(desk, Group, slug="new", **values)
    assert errors(response) == ["This field is required."]


def test_a_slug_is_free_in_the_whole_roadmap(desk: Client) -> None:
    roadmap = make_roadmap()
    make_section(roadmap)
    other = Phase.objects.create(roadmap=roadmap, slug="other", title="Other")
    response = save(desk, other, **new_row("sections", 0, title="Twin", slug="first"))
    assert errors(response) == ["“Section first” in “Phase first” has this slug already."]
    response = save(desk, Section, phase=other.pk, title="Twin", slug="first")
    assert errors(response) == ["“Section first” in “Phase first” has this slug already."]


def test_a_group_to_pick_from_has_a_title(desk: Client) -> None:
    group = make_group(make_section(make_roadmap()))
    response = save(desk, group, rule="any")
    assert errors(response) == ["Say what there is to pick from: a group with the rule “any” has a title."]


def test_what_stands_in_a_roadmap_stays_in_it(desk: Client) -> None:
    group = make_group(make_section(make_roadmap()))
    there = make_section(make_roadmap("other"), "there")
    assert errors(save(desk, group, section=there.pk)) == [
        "A group stays in its roadmap: choose a section of the same one."
    ]
    refused = save(desk, group.section, phase=there.phase_id).context["adminform"].form.errors
    assert refused == {"phase": ["A section stays in its roadmap: choose a phase of the same one."]}
    assert "roadmap" not in desk.get(address(there.phase)).context["adminform"].form.fields


def test_a_section_that_moves_comes_last(desk: Client) -> None:
    roadmap = make_roadmap()
    here, there = make_section(roadmap, position=5), make_section(roadmap, "there", position=9)
    save(desk, here, phase=there.phase_id)
    assert [each.title for each in shown().phases[1].sections] == ["Section there", "Section first"]


def test_retiring_and_bringing_back(desk: Client) -> None:
    roadmap = make_roadmap()
    for slug in ("one", "two"):
        place(make_group(make_section(roadmap, slug)), f"skill-{slug}")
    for model in (Phase, Section, Group, Placement):
        row = model._default_manager.first()
        assert row
        before = version(roadmap)
        response = act(desk, "retire", row)
        assert said(response) == [
            f"“{row}” is retired and off the roadmap. What learners did with it is kept, and you can bring it back."
        ]
        assert titles() == ["Skill two"]
        assert version(roadmap) != before
        assert said(act(desk, "retire", row)) == []
        assert said(act(desk, "bring_back", row)) == [f"“{row}” is back."]
        assert titles() == ["Skill one", "Skill two"]
        save(desk, row, retired="on")
        assert titles() == ["Skill two"]
        save(desk, row, retired=None)
        assert titles() == ["Skill one", "Skill two"]


def test_retired_stays_retired_through_another_edit(desk: Client) -> None:
    make_trail(1)
    phase = Phase.objects.get()
    act(desk, "retire", phase)
    before = Phase.objects.get().retired_at
    save(desk, phase, title="Renamed")
    assert (Phase.objects.get().title, Phase.objects.get().retired_at) == ("Renamed", before)


def test_view_on_site(desk: Client) -> None:
    roadmap = make_trail(1)
    for row in (roadmap, Phase.objects.get(), Section.objects.get(), Placement.objects.get(), Faq.objects.get()):
        url = desk.get(address(row)).context["absolute_url"]
        assert desk.get(url).headers["Location"] == f"http://testserver{row.get_absolute_url()}"


def test_what_is_not_on_the_site_is_not_viewed_there(desk: Client) -> None:
    roadmap = make_trail(1)
    act(desk, "unpublish", roadmap)
    for row in (roadmap, Phase.objects.get(), Placement.objects.get().skill, Faq.objects.get()):
        response = desk.get(address(row))
        assert not response.context["has_absolute_url"]
        assert b"View on site" not in response.content
    skill = Placement.objects.get().skill
    assert skill.get_absolute_url() == reverse("roadmaps")


def test_lists_ask_as_much_for_many_as_for_few(desk: Client) -> None:
    def asked() -> list[int]:
        counts = []
        for model in (Roadmap, Phase, Section, Group, Placement, Faq):
            with queries() as made:
                desk.get(address(model, "changelist"))
            counts.append(len(made))
        return counts

    make_trail(2)
    make_trail_of(make_roadmap("second"), "s")
    few = asked()
    for number in range(5):
        make_trail_of(make_roadmap(f"more-{number}"), f"m{number}")
    assert asked() == few


def make_trail_of(roadmap: Roadmap, name: str) -> None:
    for number in range(3):
        place(make_group(make_section(roadmap, f"{name}-{number}")), f"{name}-{number}-a", f"{name}-{number}-b")
    Faq.objects.create(roadmap=roadmap, question="Why?", answer="Because.")


def _nothing(desk: Client, model: type[Phase]) -> dict[str, object]:
    inlines = desk.get(address(model, "add")).context["inline_admin_formsets"]
    return {f.html_name: f.value() for inline in inlines for f in inline.formset.management_form}
