"""Counting what a page asks the database: SELECT, INSERT, UPDATE and DELETE."""

from collections.abc import Iterator
from contextlib import contextmanager

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
