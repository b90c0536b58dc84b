"""For operators to look at, never to touch; nobody is named."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from progress import reports
from progress.models import Change, Follow, Learner, Mark, Report
from roadmap.admin import skills
from roadmap.models import Resource
from web.admin import ReadOnlyAdmin

admin.site.unregister(Resource)


@admin.register(Learner)
class LearnerAdmin(ReadOnlyAdmin):
    fields = ["uid", "has_account", "seen_at"]
    list_display = ["__str__", "uid", "has_account", "seen_at"]
    list_filter = [("user", admin.EmptyFieldListFilter)]
    ordering = ["-seen_at"]

    @admin.display(description="has an account", boolean=True)
    def has_account(self, learner: Learner) -> bool:
        return learner.user_id is not None


@admin.register(Mark)
class MarkAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "learner", "skill", "state", "since"]
    list_filter = ["state"]
    list_select_related = ["learner", "skill"]
    ordering = ["-since"]


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "learner", "skill", "before", "after", "at", "cause", "undone_at"]
    list_filter = ["cause"]
    list_select_related = ["learner", "skill"]
    ordering = ["-at"]


@admin.register(Follow)
class FollowAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "learner", "roadmap", "since", "used_at"]
    list_filter = ["roadmap"]
    list_select_related = ["learner", "roadmap"]
    ordering = ["-used_at"]


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    fields = ["resource", "kind", "at", "settled_at"]
    list_display = ["__str__", "resource", "kind", "at", "settled_at"]
    list_filter = ["kind", ("settled_at", admin.EmptyFieldListFilter)]
    list_select_related = ["resource"]
    ordering = ["-at"]


class ReportedFilter(admin.SimpleListFilter):
    title = "reports"
    parameter_name = "reports"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        waiting = Report.objects.open().filter(resource=OuterRef("pk"))
        return queryset.filter(Exists(waiting)) if self.value() == "open" else queryset


@admin.register(Resource)
class ResourceAdmin(skills.ResourceAdmin):
    """With what learners say of it; who said it is nobody's business."""

    fields = [*skills.ResourceAdmin.fields, "reported"]
    readonly_fields = [*skills.ResourceAdmin.readonly_fields, "reported"]
    list_display = [*skills.ResourceAdmin.list_display[:-1], "open_reports", "retired"]
    list_filter = [ReportedFilter, *skills.ResourceAdmin.list_filter]
    actions = [*skills.ResourceAdmin.actions, "settle_reports"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        waiting = Count("reports", filter=Q(reports__settled_at=None), distinct=True)
        return super().get_queryset(request).annotate(open_reports=waiting)  # type: ignore[no-any-return]

    @admin.display(description="reports open", ordering="open_reports", empty_value="")
    def open_reports(self, resource: Any) -> int | None:
        return resource.open_reports or None

    @admin.display(description="reports")
    def reported(self, resource: Resource) -> str:
        said = resource.reports.order_by("-at", "-pk") if resource.pk else ()
        lines = [
            (
                report.get_kind_display(),
                date_format(timezone.localtime(report.at), "j F Y"),
                f"settled on {date_format(timezone.localtime(report.settled_at), 'j F Y')}"
                if report.settled_at
                else "open",
            )
            for report in said
        ]
        return format_html_join(SafeString("<br>"), "{}, {}: {}", lines) or "None."

    @admin.action(permissions=["change"], description="Mark reports on selected %(verbose_name_plural)s as settled")
    @transaction.atomic
    def settle_reports(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = list(queryset)
        settled = reports.settle(rows, at=timezone.now())
        for resource in rows:
            if count := settled.get(resource.pk):
                self.log_change(request, resource, f"Reports settled: {count}.")
        count = sum(settled.values())
        said = f"{count} report{' is' if count == 1 else 's are'} settled." if count else "No report was open."
        self.message_user(request, said, messages.SUCCESS if count else messages.WARNING)
