"""Roadmaps, and what orders skills in them."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join

from roadmap import history, outline, preview
from roadmap.admin import words
from roadmap.admin.base import (
    DRAFT,
    PREVIEW,
    ContentAdmin,
    DraftableAdmin,
    OrderedList,
    RetirableAdmin,
    RetiredFilter,
    Table,
)
from roadmap.admin.forms import (
    DraftableForm,
    GroupRowForm,
    PlacementForm,
    PlacementFormSet,
    RetirableForm,
    RoadmapForm,
)
from roadmap.admin.library import Library
from roadmap.models import Faq, Group, Phase, Placement, Roadmap, Section

DRAG = "Show the rows of one {} alone, then drag them into order."


class PhaseInline(Table):
    model = Phase
    form = RetirableForm
    fields = ["title", "slug", "retired"]
    prepopulated_fields = {"slug": ["title"]}


class SectionInline(Table):
    model = Section
    form = RetirableForm
    fields = ["title", "slug", "retired"]
    prepopulated_fields = {"slug": ["title"]}


class GroupInline(Table):
    model = Group
    form = GroupRowForm
    fields = ["title", "slug", "rule", "importance", "retired"]
    prepopulated_fields = {"slug": ["title"]}


class PlacementInline(Table):
    model = Placement
    form = PlacementForm
    formset = PlacementFormSet
    fields = ["skill", "importance", "retired"]
    autocomplete_fields = ["skill"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Placement]:
        return super().get_queryset(request).select_related("skill", "roadmap")  # type: ignore[no-any-return]  # adminsortable2's has no types


class FaqInline(Table):
    model = Faq
    fields = ["question", "answer"]
    can_delete = True


@admin.register(Roadmap)
class RoadmapAdmin(Library, ContentAdmin):
    form = RoadmapForm
    inlines = [PhaseInline, FaqInline]
    actions = ["publish", "unpublish"]
    list_display = ["short_title", "title", "category", "is_published", "published_at", "updated_at"]
    list_filter = ["is_published", "category"]
    search_fields = ["title", "short_title", "slug", "summary"]
    prepopulated_fields = {"slug": ["short_title"]}
    readonly_fields = ["preview", "published_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["title", "short_title", "slug", "category", "summary", "tags"]}),
        ("Published", {"fields": ["is_published", "publish_at", "preview", "published_at", "updated_at"]}),
        ("Text", {"fields": ["introduction", "conclusion", "credit", "reading_minutes"]}),
    ]

    @admin.action(permissions=["change"], description="Publish selected %(verbose_name_plural)s")
    def publish(self, request: HttpRequest, queryset: QuerySet[Roadmap]) -> None:
        self._set_published(request, queryset, published=True)

    @admin.action(permissions=["change"], description="Unpublish selected %(verbose_name_plural)s")
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Roadmap]) -> None:
        self._set_published(request, queryset, published=False)

    @admin.display(description="preview")
    def preview(self, roadmap: Roadmap) -> str:
        links = [(preview.link(roadmap), roadmap.short_title)] if roadmap.pk else []
        return format_html_join("", PREVIEW, links) or "Once it is saved."

    @transaction.atomic
    def _set_published(self, request: HttpRequest, queryset: QuerySet[Roadmap], *, published: bool) -> None:
        now, rows = timezone.now(), list(queryset.exclude(is_published=published))
        watch = history.Watch(*rows)
        for roadmap in rows:
            roadmap.is_published, roadmap.publish_at = published, None
            roadmap.published_at = roadmap.published_at or now
            roadmap.save(update_fields=["is_published", "published_at", "publish_at"])
            self.log_change(request, roadmap, "Published." if published else "Unpublished.")
            outline.touch(roadmap, at=now)
            said = "is on the site" if published else "is off the site. Every record of it is kept"
            self.message_user(request, f"“{roadmap}” {said}.", messages.SUCCESS)
        watch.record(why="Published" if published else "Unpublished", at=now, by=request.user.pk)


@admin.register(Phase)
class PhaseAdmin(OrderedList, DraftableAdmin):
    parent = "roadmap"
    form = DraftableForm
    inlines = [SectionInline]
    fieldsets = [
        (None, {"fields": ["roadmap", "title", "slug", "introduction", "retired"]}),
        (DRAFT, {"fields": ["is_draft", "publish_at", "preview"]}),
    ]
    list_display = ["position", "title", "roadmap", "draft", "retired"]
    list_display_links = ["title"]
    list_filter = ["roadmap", "is_draft", RetiredFilter]
    list_select_related = ["roadmap"]
    search_fields = ["title", "slug"]
    search_help_text = DRAG.format("roadmap")
    prepopulated_fields = {"slug": ["title"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A phase stays in its roadmap: its placements are of that one."""
        return ["roadmap", "preview"] if obj else ["preview"]


@admin.register(Section)
class SectionAdmin(OrderedList, RetirableAdmin):
    parent = "phase"
    form = RetirableForm
    inlines = [GroupInline]
    fields = ["phase", "title", "slug", "introduction", "retired"]
    list_display = ["position", "title", "phase", "roadmap", "retired"]
    list_display_links = ["title"]
    list_filter = ["phase__roadmap", "phase", RetiredFilter]
    list_select_related = ["phase__roadmap"]
    search_fields = ["title", "slug"]
    search_help_text = DRAG.format("phase")
    prepopulated_fields = {"slug": ["title"]}

    @admin.display(ordering="phase__roadmap")
    def roadmap(self, section: Section) -> Roadmap:
        return section.phase.roadmap


@admin.register(Group)
class GroupAdmin(OrderedList, RetirableAdmin):
    parent = "section"
    form = RetirableForm
    inlines = [PlacementInline]
    fields = ["section", "title", "slug", "summary", ("rule", "importance"), "retired"]
    list_display = ["position", "name", "where", "rule", "importance", "retired"]
    list_display_links = ["name"]
    list_filter = ["section__phase__roadmap", "rule", "importance", RetiredFilter, "section"]
    list_select_related = ["section__phase__roadmap"]
    search_fields = ["title", "slug", "section__title"]
    search_help_text = DRAG.format("section")
    prepopulated_fields = {"slug": ["title"]}

    @admin.display(description="group", ordering="title")
    def name(self, group: Group) -> str:
        return str(group)

    @admin.display(description="section", ordering="section__title")
    def where(self, group: Group) -> str:
        return words.path(group.section)


@admin.register(Placement)
class PlacementAdmin(RetirableAdmin):
    """Moves a skill to another group of its roadmap. The row is never deleted: learners' progress hangs on its past."""

    parent = "group"
    form = PlacementForm
    fields = ["skill", "group", "importance", "retired"]
    autocomplete_fields = ["skill"]
    list_display = ["skill", "where", "importance", "retired"]
    list_filter = ["roadmap", "importance", RetiredFilter]
    list_select_related = ["skill", "roadmap", "group__section__phase__roadmap"]
    ordering = ["roadmap", "group__section__phase__position", "group__section__position", "group__position", "position"]
    search_fields = ["skill__title", "skill__slug", "group__title", "group__section__title"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="group", ordering="group")
    def where(self, placement: Placement) -> str:
        return words.path(placement.group)


@admin.register(Faq)
class FaqAdmin(OrderedList, ContentAdmin):
    parent = "roadmap"
    fields = ["roadmap", "question", "answer"]
    list_display = ["position", "question", "roadmap"]
    list_display_links = ["question"]
    list_filter = ["roadmap"]
    list_select_related = ["roadmap"]
    search_fields = ["question", "answer"]
    search_help_text = DRAG.format("roadmap")
