"""Skills, and what hangs on them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from roadmap.admin import words
from roadmap.admin.base import DRAFT, DraftableAdmin, RetirableAdmin, RetiredFilter, Stack, Table
from roadmap.admin.forms import RetirableForm, SkillForm
from roadmap.models import Checkpoint, Placement, Question, Resource, Skill


class CheckpointInline(Table):
    model = Checkpoint
    form = RetirableForm
    fields = ["text", "acceptance", "retired"]


class QuestionInline(Table):
    model = Question
    form = RetirableForm
    fields = ["question", "answer", "retired"]


RESOURCE_FIELDS: list[Any] = [
    "title",
    "url",
    ("kind", "level", "free"),
    ("publisher", "minutes", "checked_on"),
    "why",
    "retired",
]


class ResourceInline(Stack):
    model = Resource
    form = RetirableForm
    fields = RESOURCE_FIELDS


def _choosing(request: HttpRequest) -> bool:
    """Whether a field asks that completes itself; a list has no such parameter."""
    return "field_name" in request.GET


@admin.register(Skill)
class SkillAdmin(DraftableAdmin):
    form = SkillForm
    inlines = [CheckpointInline, ResourceInline, QuestionInline]
    list_display = ["title", "kind", "hours", "history", "slug", "draft", "retired"]
    list_filter = ["kind", "legacy", "is_draft", RetiredFilter, "placements__roadmap"]
    search_fields = ["title", "slug", "summary", "resources__title", "resources__url"]
    search_help_text = "Title, slug, summary, and the titles and addresses of resources."
    autocomplete_fields = ["prerequisites"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["placed", "preview"]
    fieldsets = [
        (None, {"fields": ["title", "slug", "summary", ("kind", "hours", "legacy"), "retired", "placed"]}),
        ("Before it", {"fields": ["prerequisites"]}),
        (DRAFT, {"fields": ["is_draft", "publish_at", "preview"]}),
        ("More", {"fields": ["news", "outcomes"]}),
    ]

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return ["title", "slug"] if _choosing(request) else self.search_fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        return found.filter(retired_at=None) if _choosing(request) else found, may_have_duplicates

    @admin.display(description="legacy", ordering="legacy", empty_value="")
    def history(self, skill: Skill) -> str | None:
        return "legacy" if skill.legacy else None

    @admin.display(description="placed in")
    def placed(self, skill: Skill) -> str:
        placements = Placement.objects.filter(skill=skill.pk).select_related("group__section__phase__roadmap")
        links = [
            (
                reverse("admin:roadmap_group_change", args=[placement.group_id]),
                words.path(placement.group),
                " (retired)" if placement.is_retired else "",
            )
            for placement in placements.order_by("retired_at", "roadmap")
        ]
        return format_html_join(SafeString("<br>"), '<a href="{}">{}</a>{}', links) or "Nowhere."


class OnSkillAdmin(RetirableAdmin):
    parent = "skill"
    form = RetirableForm
    autocomplete_fields = ["skill"]
    list_select_related = ["skill"]
    ordering = ["skill__title", "skill", "position", "id"]


@admin.register(Resource)
class ResourceAdmin(OnSkillAdmin):
    fields = ["skill", *RESOURCE_FIELDS]
    list_display = ["title", "skill", "kind", "level", "free", "checked_on", "retired"]
    list_filter = ["free", "kind", "level", "checked_on", RetiredFilter]
    search_fields = ["title", "url", "publisher", "why", "skill__title"]


@admin.register(Checkpoint)
class CheckpointAdmin(OnSkillAdmin):
    fields = ["skill", "text", "acceptance", "retired"]
    list_display = ["text", "skill", "retired"]
    list_filter = ["skill__kind", RetiredFilter]
    search_fields = ["text", "acceptance", "skill__title"]


@admin.register(Question)
class QuestionAdmin(OnSkillAdmin):
    fields = ["skill", "question", "answer", "retired"]
    list_display = ["question", "skill", "retired"]
    list_filter = ["skill__kind", RetiredFilter]
    search_fields = ["question", "answer", "skill__title"]
