"""What operators see of people and of their progress; it is here because it is one admin."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import User
from progress.models import Change, Follow, Learner, Mark
from roadmap.models import Skill
from tests.factories import NOW, make_learner, make_trail
from tests.queries import queries

pytestmark = pytest.mark.django_db
PROGRESS = [Learner, Mark, Change, Follow]


def make_record(user: User | None = None) -> None:
    learner = make_learner(user)
    skill = Skill.objects.all()[0]
    Mark.objects.create(learner=learner, skill=skill, state="done", since=NOW)
    Change.objects.create(
        batch=learner.uid, learner=learner, skill=skill, after="done", after_since=NOW, at=NOW, day=NOW, cause="mark"
    )
    Follow.objects.create(learner=learner, roadmap=skill.placements.all()[0].roadmap, since=NOW, used_at=NOW)


def test_finds_a_user(boss: Client, user: User) -> None:
    User.objects.create_user("other@example.org", handle="peak")
    for asked, found in {"noor@": user.email, "Noor": user.email, "peak": "other@example.org"}.items():
        result = boss.get(reverse("admin:accounts_user_changelist"), {"q": asked}).context["cl"].result_list
        assert [each.email for each in result] == [found]


def test_makes_a_user_a_curator_and_nothing_else(boss: Client, user: User) -> None:
    url = reverse("admin:accounts_user_change", args=[user.pk])
    page = boss.get(url)
    assert set(page.context["adminform"].form.fields) == {"is_staff", "groups"}
    assert user.password not in page.content.decode()
    curators = Group.objects.get(name="Curators")
    boss.post(url, {"is_staff": "on", "groups": [curators.pk], "email": "x@example.org"})
    after = User.objects.get(pk=user.pk)
    assert (after.email, after.is_staff, list(after.groups.all())) == ("noor@example.org", True, [curators])
    assert after.password == user.password


def test_the_form_takes_nobody_out_of_use(boss: Client, user: User) -> None:
    boss.post(reverse("admin:accounts_user_change", args=[user.pk]), {})
    assert User.objects.get(pk=user.pk).is_active


def test_nobody_locks_themselves_out(boss: Client) -> None:
    own = User.objects.get(email="boss@example.org")
    boss.post(reverse("admin:accounts_user_change", args=[own.pk]), {})
    own.refresh_from_db()
    assert (own.is_active, own.is_staff) == (True, True)


def test_users_are_neither_added_nor_deleted(boss: Client, user: User) -> None:
    assert boss.get(reverse("admin:accounts_user_add")).status_code == 403
    assert boss.post(reverse("admin:accounts_user_delete", args=[user.pk]), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=user.pk).exists()


def test_progress_is_looked_at_and_names_nobody(boss: Client, user: User) -> None:
    make_trail(1)
    make_record(user)
    for model in PROGRESS:
        name, row = f"admin:progress_{model._meta.model_name}", model._default_manager.latest("pk")
        for page in (reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[row.pk])):
            response = boss.get(page)
            assert response.status_code == 200
            assert "noor" not in response.content.decode().lower()
        assert boss.get(reverse(f"{name}_add")).status_code == 403
        assert boss.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code == 403
        assert boss.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_lists_ask_as_much_for_many_as_for_few(boss: Client) -> None:
    def asked() -> list[int]:
        counts = []
        for model in [*PROGRESS, User]:
            with queries() as made:
                boss.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
            counts.append(len(made))
        return counts

    make_trail(1)
    make_record()
    few = asked()
    for number in range(10):
        make_record(User.objects.create_user(f"learner-{number}@example.org"))
    assert asked() == few
