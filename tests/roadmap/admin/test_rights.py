import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from progress.models import Suggestion
from roadmap.models import (
    Checkpoint,
    Faq,
    Group,
    Phase,
    Placement,
    Question,
    Resource,
    Revision,
    Roadmap,
    Section,
    Skill,
    Succession,
)
from tests.factories import make_learner, make_trail
from tests.roadmap.admin.desk import address, save

pytestmark = pytest.mark.django_db

CONTENT = [Roadmap, Phase, Section, Group, Placement, Skill, Checkpoint, Question, Resource, Faq]
OTHERS = [
    "accounts_user",
    "accounts_event",
    "progress_learner",
    "progress_mark",
    "progress_report",
    "progress_change",
    "progress_follow",
    "auth_group",
]


def test_curator_sees_content_and_what_is_sent_to_curators_and_nothing_else(desk: Client) -> None:
    apps = desk.get(reverse("admin:index")).context["app_list"]
    seen = {app["app_label"]: {model["model"] for model in app["models"]} for app in apps}
    assert seen == {"roadmap": {*CONTENT, Revision, Succession}, "progress": {Suggestion}}


def test_curator_opens_every_page_of_content(desk: Client) -> None:
    roadmap = make_trail()
    skill = Skill.objects.first()
    assert skill
    Checkpoint.objects.create(skill=skill, text="You can.")
    Question.objects.create(skill=skill, question="Which?", answer="That.")
    for model in CONTENT:
        row = model._default_manager.first()
        assert row
        assert desk.get(address(model, "changelist")).status_code == 200
        assert desk.get(address(model, "add")).status_code == 200
        assert desk.get(address(row)).status_code == 200
        assert desk.get(address(row, "history"), follow=True).status_code == 200
    assert desk.get(address(roadmap)).context["adminform"].form.instance == roadmap


def test_curator_is_kept_from_people_and_their_progress(desk: Client, user: User) -> None:
    for name in OTHERS:
        assert desk.get(reverse(f"admin:{name}_changelist")).status_code == 403
    assert desk.get(reverse("admin:accounts_user_change", args=[user.pk])).status_code == 403


def test_curator_is_not_told_who_is_there(desk: Client, user: User) -> None:
    """An id that somebody has and one that nobody has look alike."""
    there = {"accounts_user": user.pk, "progress_learner": make_learner(user).pk}
    for name, pk in there.items():
        for page in ("history", "change", "delete"):
            answers = [desk.get(reverse(f"admin:{name}_{page}", args=[each])).status_code for each in (pk, 9_999)]
            assert answers == [403, 403], (name, page)


@pytest.mark.parametrize(
    "path",
    [
        "roadmap/skill/?kind__exact=%00",
        "roadmap/skill/?title__startswith=a%00",
        "roadmap/skill/?q=%00",
        "autocomplete/?app_label=roadmap&model_name=placement&field_name=skill&term=%00",
    ],
)
def test_a_nul_in_an_address_is_refused_whichever_the_database(desk: Client, path: str) -> None:
    response = desk.get(f"/admin/{path}")
    assert response.status_code == 400
    assert "no text has" in response.content.decode()


def test_history_calls_colleagues_by_name_and_tells_no_address(desk: Client, boss: Client, curator: User) -> None:
    make_trail()
    phase = Phase.objects.get()
    User.objects.filter(pk=curator.pk).update(name="Ada")
    save(desk, phase, title="Once")
    save(boss, phase, title="Twice")
    page = desk.get(address(phase, "history"), follow=True).content.decode()
    assert re.findall(r"field-who[^>]*>([^<]*)<", page) == ["somebody without a name", "Ada"]
    assert "boss@" not in page


def test_passwords_are_changed_where_limits_hold(desk: Client, curator: User) -> None:
    for response in (desk.get("/admin/password_change/"), desk.post("/admin/password_change/", {"old_password": "x"})):
        assert response["Location"] == "/accounts/password/change/"


def test_somebody_who_may_only_look_changes_nothing(user: User) -> None:
    make_trail()
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="roadmap", codename__startswith="view"))
    client = Client()
    client.force_login(user)
    for model in (Roadmap, Phase, Section, Group, Placement, Skill, Resource, Faq):
        row = model._default_manager.first()
        assert row
        assert client.get(address(model, "changelist")).status_code == 200
        response = client.get(address(row))
        assert not response.context["has_change_permission"]
        assert client.post(address(row), {"retired": "on"}).status_code == 403
        actions = client.get(address(model, "changelist")).context["action_form"]
        assert actions is None


def test_pages_carry_no_script_and_no_style_of_their_own(desk: Client) -> None:
    make_trail()
    for model in (Roadmap, Group, Skill):
        row = model._default_manager.first()
        assert row
        for page in (address(model, "changelist"), address(row), address(row, "delete")):
            response = desk.get(page)
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*(src=|json))", response.content.decode())


def test_placements_are_not_deleted(desk: Client, boss: Client) -> None:
    make_trail()
    placement = Placement.objects.first()
    assert placement
    for client in (desk, boss):
        assert client.post(address(placement, "delete"), {"post": "yes"}).status_code == 403
        actions = client.get(address(Placement, "changelist")).context["action_form"].fields["action"].choices
        assert [name for name, _ in actions] == ["", "retire", "bring_back"]


def test_plain_user_is_led_away(user: User) -> None:
    make_trail()
    client = Client()
    client.force_login(user)
    response = client.get(address(Skill, "changelist"), follow=True)
    assert response.status_code == 403
    assert b"Skill 1" not in response.content


def test_anonymous_signs_in_like_everybody(db: None) -> None:
    response = Client().get(address(Skill, "changelist"), follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert "next=" in response.redirect_chain[-1][0]


def test_reordering_needs_the_right(user: User) -> None:
    make_trail()
    user.is_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    url = reverse("admin:roadmap_phase_sortable_update")
    assert client.post(url, {"updatedItems": []}, content_type="application/json").status_code == 403
