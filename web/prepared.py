"""Queries that Django writes once and that are asked many times.

To write a small one anew takes several times as long as to ask it. The models still say what it is: only the text that
comes of it is kept, for each database, with slots where the arguments go.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import Expression, Field, QuerySet

Row = TypeVar("Row")


class Slot(Expression):
    """Where an argument goes."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", (self,)


class _Compiled:
    """What of a query set is the same each time, in one database."""

    def __init__(self, rows: "QuerySet[Any, Any]") -> None:
        self.compiler: Any = rows.query.get_compiler(rows.db)
        self.text, self.parameters = self.compiler.as_sql()
        columns = [expression for expression, *_ in self.compiler.select[: self.compiler.col_count]]
        self.converters = self.compiler.get_converters(columns)
        fields = rows.model._meta.concrete_fields if rows.query.default_cols else ()
        self.names = [field.attname for field in fields]
        """Where whole rows are asked for; else empty."""


class Prepared(Generic[Row]):
    """A query set whose SQL is kept. Asked within whatever transaction there is, and counted like any other query."""

    def __init__(self, write: "Callable[..., QuerySet[Any, Row]]", slots: "dict[str, Field[Any, Any]]") -> None:
        self._slots = {name: Slot(name, field) for name, field in slots.items()}
        self._write = write
        self._written: dict[tuple[object, ...], QuerySet[Any, Row]] = {}
        self._compiled: dict[tuple[object, ...], _Compiled] = {}

    def __call__(self, **given: Any) -> list[Row]:
        """The rows. Arguments that have no slot settle how the query is written, and are of few values."""
        how = tuple(value for name, value in given.items() if name not in self._slots)
        if how not in self._written:
            self._written[how] = self._write(**(given | self._slots))
        rows = self._written[how]
        key = (rows.db, *how)
        if key not in self._compiled:
            self._compiled[key] = _Compiled(rows)
        compiled = self._compiled[key]
        connection = connections[rows.db]
        values = [
            each.output_field.get_db_prep_value(given[each.name], connection) if isinstance(each, Slot) else each
            for each in compiled.parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(compiled.text, values)
            found: list[Any] = cursor.fetchall()
        if compiled.converters:
            found = list(map(tuple, compiled.compiler.apply_converters(found, compiled.converters)))
        if compiled.names:
            return [rows.model.from_db(rows.db, compiled.names, each) for each in found]
        return found


def prepared(
    **slots: "Field[Any, Any]",
) -> "Callable[[Callable[..., QuerySet[Any, Row]]], Prepared[Row]]":
    """Of a function that gives a query set: whole rows of one table, or tuples of values_list."""
    return lambda write: Prepared(write, slots)
