"""What is done to a site's database in a drill, each in a process of its own: python -m tests.config.drill WHAT."""

import itertools
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from accounts import erasure
from accounts.models import User
from progress import marks
from progress.models import Learner
from roadmap.models import Roadmap
from tests.factories import make_learner, make_trail


def mark(learner: Learner) -> None:
    roadmap = Roadmap.objects.get()
    skill = roadmap.placements.order_by("pk").values_list("skill", flat=True)[0]
    now = timezone.now()
    marks.set_state(learner=learner.pk, roadmap=roadmap.pk, skill=skill, state="done", at=now, day=now.date())


def fill() -> None:
    make_trail(3)
    for number in range(20):
        learner = make_learner(User.objects.create_user(f"learner-{number}@example.org", name="Ⅻ “Noor” 🪨"))
        mark(learner)


def write() -> None:
    """Goes on until it is told to stop, and says each mark once it is acknowledged."""
    for number in itertools.count():
        with transaction.atomic():
            mark(Learner.objects.create(seen_at=timezone.now()))
        print(number + 1, flush=True)


def grow_old(file: str) -> None:
    """A backup with the schema of the past, by the same migrations."""
    for app, then in (("progress", "0002"), ("roadmap", "0001"), ("accounts", "0004")):
        call_command("migrate", app, then, verbosity=0)
    call_command("backup", file)


def erase() -> None:
    """Somebody's account."""
    User.objects.filter(email="learner-7@example.org").update(erase_at=timezone.now())
    assert erasure.erase_due(now=timezone.now()) == 1


{"fill": fill, "write": write, "grow_old": grow_old, "erase": erase}[sys.argv[1]](*sys.argv[2:])
