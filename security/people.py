"""Makes the people who use a site that is to be attacked, and says as JSON who they are."""

import json
import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.test import Client

from accounts.models import User
from progress.models import Learner
from roadmap import outline

KNOWN = 60


def account(name: str, password: str) -> User:
    user = User.objects.create(email=f"{name}@example.org", password=password)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def learner() -> str:
    """The session's cookie of somebody with marks, a note, evidence and a public profile."""
    user = account("ada", make_password("a trail of ten stones"))
    User.objects.filter(pk=user.pk).update(name="Ada", handle="ada", is_public=True)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    own, shown = Learner.objects.get_or_create(user=user)[0].pk, outline.published()[0]
    for place in shown.places[:10]:
        skill = f"/progress/{shown.slug}/skills/{place.skill.slug}/"
        client.post(skill, {"state": "done", "learner": own}, secure=True)
        client.post(f"{skill}note/", {"text": "Words", "version": 0, "learner": own}, secure=True)
        link = {"title": "A notebook", "url": "https://example.org/", "learner": own}
        client.post(f"{skill}evidence/", link, secure=True)
    client.get("/dashboard/", secure=True)  # and the messages are shown
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def main() -> None:
    hashed = make_password("a trail of ten stones")
    known = [account(f"known-{number}", hashed).email for number in range(KNOWN)]
    shown = outline.published()[0]
    skill = shown.places[0].skill.slug
    print(json.dumps({"cookie": learner(), "known": known, "roadmap": shown.slug, "skill": skill}))


if __name__ == "__main__":
    main()
