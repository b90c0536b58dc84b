"""Queries that Django writes once and that are asked many times.

To write a small one anew takes several times as long as to ask it. The models still say what it is: only the text that
comes of it is kept, for each database, with slots where the arguments go.
"""

from collections.abc import Callable, Sequence
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


class Prepared(Generic[Row]):
    """A query set whose SQL is kept. Asked within whatever transaction there is, and counted like any other query."""

    def __init__(self, write: "Callable[..., QuerySet[Any, Row]]", slots: "dict[str, Field[Any, Any]]") -> None:
        self._slots = {name: Slot(name, field) for name, field in slots.items()}
        self._write = write
        self._written: dict[tuple[object, ...], QuerySet[Any, Row]] = {}
        self._compiled: dict[tuple[object, ...], tuple[Any, str, Sequence[Any]]] = {}

    def __call__(self, **given: Any) -> list[Row]:
        """The rows. Arguments that have no slot settle how the query is written, and are of few values."""
        how = tuple(value for name, value in given.items() if name not in self._slots)
        if how not in self._written:
            self._written[how] = self._write(**(given | self._slots))
        rows = self._written[how]
        key = (rows.db, *how)
        if key not in self._compiled:
            writer = rows.query.get_compiler(rows.db)
            self._compiled[key] = (writer, *writer.as_sql())
        compiler, text, parameters = self._compiled[key]
        connection = connections[rows.db]
        values = [
            each.output_field.get_db_prep_value(given[each.name], connection) if isinstance(each, Slot) else each
            for each in parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(text, values)
            found = cursor.fetchall()
        made = compiler.results_iter([found], tuple_expected=True)
        if rows.query.default_cols:  # whole rows
            names = [field.attname for field in rows.model._meta.concrete_fields]
            return [rows.model.from_db(rows.db, names, each) for each in made]
        return list(made)


def prepared(
    **slots: "Field[Any, Any]",
) -> "Callable[[Callable[..., QuerySet[Any, Row]]], Prepared[Row]]":
    """Of a function that gives a query set: whole rows of one table, or tuples of values_list."""
    return lambda write: Prepared(write, slots)
