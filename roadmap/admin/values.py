"""Values as history and files keep them, in words: what a uid leads to by its name, moments in one's own time."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.formats import date_format
from django.utils.timezone import localtime

from roadmap.entries import KINDS
from roadmap.models import Group


@dataclass(frozen=True, slots=True)
class Value:
    kind: str
    field: str
    value: Any

    @property
    def label(self) -> str:
        field = self._field()
        return str(field.verbose_name) if field else self.field

    def leads_to(self) -> str:
        """The kind of the rows whose uids it holds."""
        if self.field == "prerequisites":
            return "skill"
        field = self._field()
        return field.related_model._meta.model_name if field and field.is_relation else ""

    def uids(self) -> list[str]:
        found = self.value if isinstance(self.value, list) else [self.value]
        return [str(each) for each in found if each] if self.leads_to() else []

    def said(self, names: Mapping[str, str]) -> str:
        """names: of what it leads to, by uid."""
        match self.value:
            case None | "" | []:
                return "nothing"
            case bool():
                return "yes" if self.value else "no"
            case list():
                return ", ".join(names.get(str(each), str(each)) for each in self.value)
            case str() if self.field.endswith("_at"):
                return date_format(localtime(dt.datetime.fromisoformat(self.value)), "j F Y, H:i")
        return names.get(str(self.value), str(self.value))

    def _field(self) -> Any:
        """None where there was one once."""
        try:
            return KINDS[self.kind]._meta.get_field(self.field)
        except FieldDoesNotExist:
            return None


def names(values: Iterable[Value]) -> dict[str, str]:
    """uid -> name, of all that these lead to and that is there. A query a kind."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for each in values:
        if uids := each.uids():
            wanted[each.leads_to()].update(uids)
    return {
        str(row.uid): str(row)
        for kind, uids in wanted.items()
        for row in KINDS[kind]._default_manager.filter(uid__in=uids).select_related(*_named_by(kind))
    }


def _named_by(kind: str) -> list[str]:
    return ["section"] if KINDS[kind] is Group else []
