"""What the desk's counts lead to: lists of just these rows."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from curation import desk
from progress import reports
from roadmap import links
from roadmap.models import LinkCheck


class LinkFilter(admin.SimpleListFilter):
    title = "link"
    parameter_name = "link"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*LinkCheck.Outcome.choices, ("none", "Not checked yet")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen in LinkCheck.Outcome.values:
            return queryset.filter(pk__in=links.attention(chosen or "").values("pk"))
        return queryset.filter(check_state=None, retired_at=None) if chosen == "none" else queryset


class ReportedFilter(admin.SimpleListFilter):
    title = "reports"
    parameter_name = "reports"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=reports.attention().values("pk")) if self.value() == "open" else queryset


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
