"""Counting what a page asks the database: SELECT, INSERT, UPDATE and DELETE."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

COUNTED = ("SELECT", "INSERT", "UPDATE", "DELETE")


class Queries:
    def __init__(self, context: CaptureQueriesContext) -> None:
        self._context = context

    @property
    def counted(self) -> list[str]:
        return [q["sql"] for q in self._context.captured_queries if q["sql"].lstrip("( ").upper().startswith(COUNTED)]

    def __len__(self) -> int:
        return len(self.counted)


@contextmanager
def queries() -> Iterator[Queries]:
    with CaptureQueriesContext(connection) as context:
        yield Queries(context)


@contextmanager
def writes() -> Iterator[list[str]]:
    """What is written meanwhile, in SQL as it is sent: much cheaper than looking at every row, where it is nothing."""
    seen: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not sql.lstrip("( ").upper().startswith(("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen
