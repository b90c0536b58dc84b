"""Migrations run while the version before them still serves. G3 of docs/trust.md.

A column goes in two releases: first no code names it and it may be empty, then it is dropped. A new one may be empty
or has a db_default, as the old code does not know it. An index on a table that is there is made concurrently.
"""

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter

OURS = ["accounts", "curation", "progress", "roadmap"]
# Of before the first release: nothing served meanwhile.
FIRST = {"accounts": "0006", "progress": "0004", "roadmap": "0003"}
# Migration -> why it is safe all the same.
EXEMPT: dict[str, str] = {}
# SQLite makes a table anew to change it, under a lock for which the other version waits; that looks like these.
REMADE = ["NOT_NULL", "ADD_UNIQUE"] if connection.vendor == "sqlite" else []


def is_safe(*names: str) -> bool:
    linter = MigrationLinter(
        no_cache=True, no_output=True, include_apps=OURS, include_name=list(names), exclude_migration_tests=REMADE
    )
    linter.lint_all_migrations()
    assert linter.nb_total - linter.nb_ignored == len(names)
    return not linter.has_errors


@pytest.mark.django_db(transaction=True)  # SQLite changes tables outside of transactions only
def test_the_version_before_can_go_on_serving() -> None:
    later = [
        name
        for app, name in MigrationLoader(None).graph.nodes
        if app in OURS and name[:4] > FIRST.get(app, "") and f"{app} {name}" not in EXEMPT
    ]
    assert [name for name in later if not is_safe(name)] == []


@pytest.mark.django_db(transaction=True)  # SQLite changes tables outside of transactions only
def test_what_is_not_safe_is_seen() -> None:
    """This one drops a column."""
    assert not is_safe("0004_held_handle_owner")
