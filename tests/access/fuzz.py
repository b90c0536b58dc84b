"""Every form with whatever hypothesis makes up: pytest tests/access/fuzz.py, by make security. Not among the ordinary
tests, which send a written list: test_input.py. SECURITY_EXAMPLES says how many examples a form gets."""

import json
import os
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from progress.models import Evidence, Learner, Mark, Note, PendingImport, Plan, Suggestion
from progress.portability import exporting
from tests.access.people import asked, browser, learner_of
from tests.access.record import Record
from tests.access.test_input import FORMS, WRONG, Sent
from tests.hostile import PAYLOADS, TARGETS

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("SECURITY_EXAMPLES", "30"))
KEPT = object()
WRITTEN = (User, Learner, Mark, Note, Evidence, Suggestion, Plan)
LIST = sorted({value for values in WRONG.values() for value in values} | {*PAYLOADS, *TARGETS})
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
VALUE = st.one_of(
    st.just(KEPT),
    st.none(),
    st.sampled_from(LIST),
    TEXT,
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXT
    | st.sampled_from(PAYLOADS)
    | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
often = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def sound() -> None:
    """What is written keeps the database's constraints, also those that wait for the end, and its fields' rules."""
    connection.check_constraints()
    for model in WRITTEN:
        for row in model._base_manager.all():
            row.validate_constraints()
            for field in model._meta.fields:
                if (value := getattr(row, field.attname)) not in (None, ""):
                    field.run_validators(value)


@pytest.mark.parametrize("plain", FORMS)
def test_no_form_breaks(member: Record, plain: str) -> None:
    sent = Sent(plain, member, browser(FORMS[plain].by, member))
    fields = dict.fromkeys([*sent.data, "next", "version", "__proto__"], VALUE)

    @often
    @given(st.fixed_dictionaries(fields))
    def send(values: dict[str, Any]) -> None:
        changed = {name: value for name, value in values.items() if value is not KEPT}
        assert sent.send(sound, **changed).status_code < 500

    send()


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in entries for found in leaves(each, (*path, key)))]


def test_no_file_breaks_the_import(member: Record) -> None:
    """One's own export, with one to three of its values made up."""
    whole = json.loads(exporting.written(exporting.record(member.learner.pk, timezone.now())))
    learner, client = learner_of(member.client), member.client

    @settings(often, max_examples=10 * EXAMPLES)
    @given(st.lists(st.tuples(st.sampled_from(leaves(whole)[1:]), JSON), min_size=1, max_size=3))
    def bring(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
        document: Any = json.loads(json.dumps(whole))
        for path, value in changes:
            inner = document
            try:
                for key in path[:-1]:
                    inner = inner[key]
                inner[path[-1]] = value
            except (KeyError, IndexError, TypeError):  # an earlier change took it out
                continue
        file = SimpleUploadedFile("cairn.json", json.dumps(document).encode())
        with transaction.atomic():
            response = client.post("/settings/data/import/", {"learner": learner, "file": file})
            assert response.status_code in (302, 422)
            if response.status_code == 302:
                assert client.get(response["Location"]).status_code in (200, 422)
                digest = PendingImport.objects.get().digest
                data = {"learner": learner, "action": "import", "digest": digest}
                assert asked(client, "POST", "/settings/data/import/confirm/", data, sound).status_code < 500
            transaction.set_rollback(True)

    bring()
