"""What the admin's start page tells curators."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from progress.models import Report, Suggestion
from roadmap.models import LinkCheck, Phase, Question, Resource, Revision, Roadmap, Skill
from tests.curation.conftest import placed
from tests.factories import NOW, make_learner, make_resource, make_roadmap, make_section, make_skill
from tests.queries import queries
from tests.roadmap.admin.desk import act, save

pytestmark = pytest.mark.django_db
INDEX = "/admin/"


def counts(client: Client) -> dict[str, int]:
    return {item.what: item.count for item in client.get(INDEX).context["desk"].attention}


def check(resource: Resource, outcome: str) -> None:
    failed = NOW.date() if outcome in ("dead", "failing") else None
    LinkCheck.objects.create(resource=resource, outcome=outcome, at=NOW, failed_on=failed)


@pytest.fixture
def calm(trail: Roadmap) -> Roadmap:
    """Every skill has a resource and a question."""
    for skill in Skill.objects.all():
        Question.objects.create(skill=skill, question="Why?", answer="So.")
        if not skill.resources.exists():
            make_resource(skill)
    return trail


def test_nothing_needs_attention(desk: Client, calm: Roadmap) -> None:
    response = desk.get(INDEX)
    assert response.context["desk"].attention == []
    assert "<p>Nothing.</p>" in response.content.decode()


def test_everything_that_does(desk: Client, calm: Roadmap) -> None:
    one, two, three, *_ = Resource.objects.order_by("pk")
    check(one, "dead")
    check(two, "failing")
    check(three, "moved")
    learner = make_learner()
    Report.objects.create(learner=learner, resource=one, kind="dead", at=NOW)
    Report.objects.create(learner=learner, resource=two, kind="dead", at=NOW, settled_at=NOW)
    skill = Skill.objects.get(slug="q")
    Suggestion.objects.create(learner=learner, skill=skill, kind="correction", text="No.", at=NOW)
    Suggestion.objects.create(
        learner=learner, skill=skill, kind="correction", text="No.", at=NOW, status="declined", decided_at=NOW
    )
    make_skill("new", is_draft=True)
    make_skill("old", is_draft=True, retired_at=NOW)
    make_section(calm, "soon")
    Phase.objects.filter(slug="soon-phase").update(is_draft=True)
    make_roadmap("later", published=False)
    Question.objects.filter(skill=skill).update(retired_at=NOW)
    Resource.objects.filter(skill=skill).update(retired_at=NOW)
    make_skill("placed-nowhere")
    assert counts(desk) == {
        "dead link": 1,
        "failing link": 1,
        "reported link": 1,
        "open suggestion": 1,
        "draft skill": 1,
        "draft phase": 1,
        "unpublished roadmap": 1,
        "skill without resources": 1,
        "skill without questions": 1,
    }
    for resource in (one, three):
        Report.objects.create(learner=make_learner(), resource=resource, kind="dead", at=NOW)
    assert counts(desk)["reported links"] == 2


def test_every_count_leads_to_just_these_rows(desk: Client, boss: Client, calm: Roadmap) -> None:
    check(Resource.objects.get(skill__slug="p"), "dead")
    check(Resource.objects.get(skill__slug="q"), "fine")
    for kind in ("dead", "paywall"):
        resource = Resource.objects.get(skill__slug="q")
        Report.objects.create(learner=make_learner(), resource=resource, kind=kind, at=NOW)
    make_skill("new", is_draft=True)
    make_roadmap("later", published=False)
    Question.objects.filter(skill__slug="skill-1").delete()
    Question.objects.filter(skill__slug="skill-2").delete()
    Resource.objects.filter(skill__slug="skill-3").delete()
    items = desk.get(INDEX).context["desk"].attention
    assert len(items) == 6
    for item in items:
        listed = desk.get(item.url).context["cl"].result_list
        assert len(listed) == item.count, item
    (found,) = desk.get("/admin/roadmap/resource/", {"link": "dead"}).context["cl"].result_list
    assert found.skill.slug == "p"
    assert len(desk.get("/admin/roadmap/resource/", {"link": "nonsense"}).context["cl"].result_list) == 5 - 1
    assert len(desk.get("/admin/roadmap/skill/", {"lacks": "nonsense"}).context["cl"].result_list) == 6


def test_what_is_retired_needs_nothing(desk: Client, calm: Roadmap) -> None:
    resource = Resource.objects.get(skill__slug="p")
    check(resource, "dead")
    assert counts(desk) == {"dead link": 1}
    act(desk, "retire", resource)
    assert counts(desk) == {"skill without resources": 1}
    act(desk, "retire", placed("p"))
    Skill.objects.filter(slug="p").update(retired_at=NOW)
    assert counts(desk) == {}


def test_what_has_no_list_here_is_counted_without_a_link(boss: Client, calm: Roadmap) -> None:
    skill = Skill.objects.get(slug="p")
    Suggestion.objects.create(learner=make_learner(), skill=skill, kind="correction", text="No.", at=NOW)
    (item,) = boss.get(INDEX).context["desk"].attention
    assert bool(item.url) == admin.site.is_registered(Suggestion)


def test_the_last_changes(desk: Client, calm: Roadmap, curator: User) -> None:
    User.objects.filter(pk=curator.pk).update(name="Ana")
    save(desk, Skill.objects.get(slug="p"), title="Peak")
    section = make_section(calm, "gone")
    desk.post(reverse("admin:roadmap_section_delete", args=[section.pk]), {"post": "yes"})
    for number in range(20):
        Revision.objects.create(
            act=calm.uid, uid=calm.uid, kind="roadmap", name=f"{number}", action="changed", changes={}, why="x", at=NOW
        )
    shown = desk.get(INDEX).context["desk"].changes
    assert [change.revision.name for change in shown] == [str(number) for number in range(19, 9, -1)]
    Revision.objects.filter(why="x").delete()
    changes = desk.get(INDEX).context["desk"].changes
    skill = Skill.objects.get(slug="p")
    assert [(change.revision.name, change.url, change.by) for change in changes] == [
        ("Section gone", "", "Ana"),
        ("Peak", reverse("admin:roadmap_skill_change", args=[skill.pk]), "Ana"),
    ]
    page = desk.get(INDEX).content.decode()
    assert "Skill, changed, Ana" in page
    assert "curator@" not in page.replace("Welcome", "")


def test_who_may_not_edit_sees_the_plain_page(user: User, trail: Roadmap) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client = Client()
    client.force_login(user)
    response = client.get(INDEX)
    assert response.context["desk"] is None
    assert "needs attention" not in response.content.decode()
    for name in ("usage", "outline"):
        assert client.get(reverse(f"admin:{name}", args=["trail"])).status_code == 403
    for name in ("outline_move", "outline_edit"):
        assert client.post(reverse(f"admin:{name}", args=["trail"])).status_code == 403


@pytest.mark.parametrize("name", ["usage", "outline"])
def test_nobody_else_comes_in(user: User, trail: Roadmap, name: str) -> None:
    path = reverse(f"admin:{name}", args=["trail"])
    assert Client().get(path).status_code == 302
    client = Client()
    client.force_login(user)
    assert client.get(path, follow=True).status_code == 403


def test_asks_as_much_for_many_as_for_few(desk: Client, calm: Roadmap) -> None:
    save(desk, Skill.objects.get(slug="p"), title="Peak")
    for resource in Resource.objects.all():
        check(resource, "dead")
    with queries() as few:
        desk.get(INDEX)
    for number in range(12):
        skill = make_skill(f"more-{number}", is_draft=True)
        check(make_resource(skill), "dead")
        save(desk, skill, title=f"Renamed {number}")
        make_roadmap(f"other-{number}")
    with queries() as many:
        desk.get(INDEX)
    assert len(many) == len(few)
