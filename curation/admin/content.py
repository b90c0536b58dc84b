"""The admin's pages of content, careful with learners. What can be edited, and how, is said in roadmap.admin."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from curation import asking
from curation.editing import Careful
from curation.filters import LacksFilter, LinkFilter, ReportedFilter
from progress import reports
from roadmap.admin import revisions, roadmaps, skills
from roadmap.models import (
    Checkpoint,
    Faq,
    Group,
    Phase,
    Placement,
    Question,
    Resource,
    Revision,
    Roadmap,
    Section,
    Skill,
)

admin.site.unregister([Roadmap, Phase, Section, Group, Placement, Faq, Skill, Checkpoint, Question, Resource, Revision])


@admin.register(Roadmap)
class RoadmapAdmin(Careful, roadmaps.RoadmapAdmin):
    def library_view(self, request: HttpRequest) -> HttpResponse:
        view = partial(super().library_view, request)
        return asking.first(request, view, back=request.get_full_path()) if "waiting" in request.POST else view()


@admin.register(Phase)
class PhaseAdmin(Careful, roadmaps.PhaseAdmin):
    pass


@admin.register(Section)
class SectionAdmin(Careful, roadmaps.SectionAdmin):
    pass


@admin.register(Group)
class GroupAdmin(Careful, roadmaps.GroupAdmin):
    pass


@admin.register(Placement)
class PlacementAdmin(Careful, roadmaps.PlacementAdmin):
    pass


@admin.register(Faq)
class FaqAdmin(Careful, roadmaps.FaqAdmin):
    pass


@admin.register(Skill)
class SkillAdmin(Careful, skills.SkillAdmin):
    list_filter = [*skills.SkillAdmin.list_filter, LacksFilter]
    actions = [*skills.SkillAdmin.actions, "succeed"]

    @admin.action(permissions=["change"], description="Replace, split or merge selected %(verbose_name_plural)s…")
    def succeed(self, request: HttpRequest, queryset: QuerySet[Skill]) -> HttpResponse:
        chosen = ",".join(map(str, queryset.values_list("pk", flat=True)))
        return redirect(f"{reverse('admin:roadmap_succession_add')}?{urlencode({'old': chosen})}")


@admin.register(Checkpoint)
class CheckpointAdmin(Careful, skills.CheckpointAdmin):
    pass


@admin.register(Question)
class QuestionAdmin(Careful, skills.QuestionAdmin):
    pass


@admin.register(Resource)
class ResourceAdmin(Careful, skills.ResourceAdmin):
    """With what learners say of it; who said it is nobody's business."""

    fields = [*skills.ResourceAdmin.fields, "reported"]
    readonly_fields = [*skills.ResourceAdmin.readonly_fields, "reported"]
    list_display = [*skills.ResourceAdmin.list_display[:-1], "open_reports", "retired"]
    list_filter = [ReportedFilter, LinkFilter, *skills.ResourceAdmin.list_filter]
    actions = [*skills.ResourceAdmin.actions, "settle_reports"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        waiting = Count("reports", filter=Q(reports__settled_at=None), distinct=True)
        return super().get_queryset(request).annotate(open_reports=waiting)  # type: ignore[no-any-return]  # adminsortable2's has no types

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


@admin.register(Revision)
class RevisionAdmin(Careful, revisions.RevisionAdmin):
    pass
