"""The page on privacy says all that is stored: whoever adds a table with somebody in it says so there, and here."""

import re

import pytest
from django.apps import apps
from django.test import Client

from accounts.models import User
from progress.models import Learner

# Table -> words of the page that are about it.
SAID = {
    "account.EmailAddress": "Your e-mail address",
    "accounts.Event": "What happened to your account",
    "accounts.HeldHandle": "a digest of your handle for 90 days",
    "accounts.User": "Name, handle, time zone and colours",
    "admin.LogEntry": "what operators do to an account",
    "mfa.Authenticator": "authenticator apps, encrypted, the public half of passkeys",
    "progress.Change": "every change and its date",
    "progress.CheckpointTick": "What you write and tick on a skill",
    "progress.Evidence": "the links that you collect there",
    "progress.Follow": "Which roadmaps you follow",
    "progress.Learner": "Ninety days after your last visit",
    "progress.Letter": "in which weeks one was sent",
    "progress.Mark": "what you marked",
    "progress.Note": "What you write and tick on a skill",
    "progress.PendingImport": "A file that you import is looked at first",
    "progress.Plan": "The hours, days and pauses that you set",
    "progress.Recall": "how well you are likely to remember it",
    "progress.Report": "When you report a link",
    "progress.Review": "Each answer to a question",
    "progress.Suggestion": "What you suggest is read by the curators",
    "roadmap.Revision": "what curators change in the content",
    "roadmap.Succession": "what curators change in the content",
    "socialaccount.SocialAccount": "which accounts elsewhere you linked",
    "usersessions.UserSession": "from which network address",
}


@pytest.mark.django_db
def test_the_page_says_all_that_is_stored(client: Client) -> None:
    page = " ".join(re.sub(r"<[^>]+>", " ", client.get("/privacy/").content.decode()).split())
    people = {User, Learner}
    tables = {
        model._meta.label
        for model in apps.get_models()
        if model in people or any(field.related_model in people for field in model._meta.fields)
    }
    assert sorted(tables) == sorted(SAID)
    assert [words for words in SAID.values() if words not in page] == []
