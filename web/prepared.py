"""Statements whose SQL Django writes once, and that are sent many times.

To write a small one anew takes several times as long as to send it. The models still say what it is: only the text that
comes of it is kept, for each database, with slots where the arguments go.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import connections, router
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery

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
        alias = rows.db
        key = (alias, *how)
        if key not in self._compiled:
            self._compiled[key] = _Compiled(rows)
        compiled = self._compiled[key]
        connection = connections[alias]
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
            return [rows.model.from_db(alias, compiled.names, each) for each in found]
        return found


def prepared(
    **slots: "Field[Any, Any]",
) -> "Callable[[Callable[..., QuerySet[Any, Row]]], Prepared[Row]]":
    """Of a function that gives a query set: whole rows of one table, or tuples of values_list."""
    return lambda write: Prepared(write, slots)


_inserts: dict[tuple[object, ...], tuple[str, "list[Field[Any, Any]]"]] = {}
"""What writes one row, and the fields in its order."""


def insert(rows: Sequence[Model], *, update_fields: Sequence[str] = (), unique_fields: Sequence[str] = ()) -> None:
    """Like bulk_create of rows of one table: where update_fields are named, a row that is there already is changed. The
    statement for one row is kept, as acts of a single row are the most frequent by far. No row learns its id."""
    if not rows:
        return
    row = rows[0]
    if len(rows) > 1:
        type(row)._base_manager.bulk_create(
            rows, update_conflicts=bool(update_fields), update_fields=update_fields, unique_fields=unique_fields
        )
        return
    alias = router.db_for_write(type(row))
    connection = connections[alias]
    key = (alias, type(row), *update_fields, None, *unique_fields)
    if key not in _inserts:
        _inserts[key] = _insert_one(row, alias, update_fields, unique_fields)
    text, fields = _inserts[key]
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def _insert_one(
    row: Model, alias: str, update_fields: Sequence[str], unique_fields: Sequence[str]
) -> tuple[str, "list[Field[Any, Any]]"]:
    meta = row._meta
    query = InsertQuery(
        type(row),
        on_conflict=OnConflict.UPDATE if update_fields else None,
        update_fields=[meta.get_field(name) for name in update_fields],
        unique_fields=[meta.get_field(name) for name in unique_fields],
    )
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    query.insert_values(fields, [row])
    [(text, _)] = query.get_compiler(alias).as_sql()
    return text, fields
