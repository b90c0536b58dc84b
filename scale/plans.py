"""How PostgreSQL goes about what a request really asks: each statement is explained right before it is run."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

STATEMENTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
BOUNDED = ("roadmap_", "auth_", "django_content_type", "django_migrations", "cache")
"""Tables that do not grow with the learners begin so. Of the cache Django keeps 300 rows."""


@dataclass
class Asked:
    """What one request asked the database."""

    statements: list[tuple[int, str]] = field(default_factory=list)
    """Each with the rows that it looked at in tables that grow with the learners."""
    milliseconds: float = 0
    scanned: set[tuple[str, str]] = field(default_factory=set)
    """Table that grows with the learners and was read from one end to the other for want of an index; the statement."""


def grows(table: str) -> bool:
    return not table.startswith(BOUNDED)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)


def touched(node: dict[str, Any]) -> int:
    """Rows of a table that grows, by a node that reads it."""
    if "Scan" not in node["Node Type"] or not grows(node.get("Relation Name", "cache")):
        return 0
    rows = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return round(sum(node.get(name, 0) for name in rows) * node.get("Actual Loops", 1))


def sequential(plan: dict[str, Any]) -> set[str]:
    return {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}


@contextmanager
def explained() -> Iterator[Asked]:
    found, busy = Asked(), False

    def wrapper(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal busy
        text = str(sql)
        if not busy and text.lstrip("( ").upper().startswith(STATEMENTS):
            busy = True
            try:
                _explain(found, text, params)
            finally:
                busy = False
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield found


def _explain(found: Asked, sql: str, params: Any) -> None:
    ran = _plan("EXPLAIN (ANALYZE, FORMAT JSON) ", sql, params)
    found.statements.append((sum(map(touched, nodes(ran["Plan"]))), sql))
    found.milliseconds += ran["Execution Time"]
    if any(map(grows, sequential(ran["Plan"]))):
        # A small table is read whole although it has an index. Where that is the only way, it is one even so.
        without = _plan("EXPLAIN (FORMAT JSON) ", sql, params, "SET LOCAL enable_seqscan = off")
        found.scanned |= {(table, sql) for table in filter(grows, sequential(without["Plan"]))}


def _plan(how: str, sql: str, params: Any, *before: str) -> dict[str, Any]:
    """Nothing of it stays."""
    with transaction.atomic(), connection.cursor() as cursor:
        for each in before:
            cursor.execute(each)
        cursor.execute(how + sql, params)
        plan = cursor.fetchone()[0][0]
        transaction.set_rollback(True)
    return dict(json.loads(plan) if isinstance(plan, str) else plan)
