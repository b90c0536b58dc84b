"""What the desk's counts lead to: lists of just these rows."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from curation import desk
from roadmap.models import LinkCheck


class LinkFilter(admin.SimpleListFilter):
    title = "link"
    parameter_name = "link"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(LinkCheck.Outcome.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return (
            queryset.filter(pk__in=desk.linked(chosen).values("pk")) if chosen in LinkCheck.Outcome.values else queryset
        )


class LacksFilter(admin.SimpleListFilter):
    title = "what is lacking"
    parameter_name = "lacks"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(what, what.capitalize()) for what in desk.LACKS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen not in desk.LACKS:
            return queryset
        return queryset.filter(pk__in=desk.lacking(chosen).values("pk"))
