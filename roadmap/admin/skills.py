"""Skills, and what hangs on them."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminErrorList, AdminForm
from django.contrib.admin.utils import flatten, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import modelform_factory
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from roadmap import replacing
from roadmap.admin import words
from roadmap.admin.base import DRAFT, DraftableAdmin, RetirableAdmin, RetiredFilter, Stack, Table
from roadmap.admin.forms import ReplacementForm, RetirableForm, SkillForm
from roadmap.models import Checkpoint, LinkCheck, Placement, Question, Resource, Skill


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
    "credit",
    "retired",
]


REPLACEMENT_FIELDS: list[Any] = ["title", "url", ("kind", "level", "free"), ("publisher", "minutes"), "why"]


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
        groups = reverse("admin:roadmap_group_changelist")
        nowhere = format_html('Nowhere. It is placed on the page of a <a href="{}">group</a>.', groups)
        return format_html_join(SafeString("<br>"), '<a href="{}">{}</a>{}', links) or nowhere


class OnSkillAdmin(RetirableAdmin):
    parent = "skill"
    form = RetirableForm
    autocomplete_fields = ["skill"]
    list_select_related = ["skill"]
    ordering = ["skill__title", "skill", "position", "id"]


@admin.register(Resource)
class ResourceAdmin(OnSkillAdmin):
    fields = ["skill", *RESOURCE_FIELDS, "link_state"]
    readonly_fields = ["link_state"]
    list_display = ["title", "skill", "kind", "level", "free", "link", "link_checked", "retired"]
    list_filter = ["free", "kind", "level", "checked_on", RetiredFilter]
    list_select_related = ["skill", "check_state"]
    search_fields = ["title", "url", "publisher", "why", "skill__title"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.replace)
        own = path("<path:object_id>/replace/", view, name="roadmap_resource_replace")
        return [own, *super().get_urls()]

    @admin.display(ordering="check_state__outcome", empty_value="")
    def link(self, resource: Resource) -> str | None:
        check = getattr(resource, "check_state", None)
        return check.get_outcome_display() if check else None

    @admin.display(description="link checked", ordering="check_state__at", empty_value="")
    def link_checked(self, resource: Resource) -> str | None:
        check = getattr(resource, "check_state", None)
        return date_format(timezone.localtime(check.at), "j F Y") if check else None

    @admin.display(description="link")
    def link_state(self, resource: Resource) -> str:
        check: LinkCheck | None = getattr(resource, "check_state", None)
        return words.link(check) if check else "Not checked yet."

    def replace(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Another resource in its place."""
        old: Resource | None = self.get_object(request, unquote(object_id))
        if old is None:
            raise Http404
        if not self.has_change_permission(request, old) or not self.has_add_permission(request):
            raise PermissionDenied
        back = redirect("admin:roadmap_resource_change", old.pk)
        if old.is_retired:
            self.message_user(request, f"“{old}” is retired: nothing of it can be replaced.", messages.WARNING)
            return back
        form = self._replacement_form(request, old)
        if form.is_valid():
            try:
                new = replacing.replace(old, form.save(commit=False), at=timezone.now(), by=request.user.pk)
            except replacing.Gone:
                self.message_user(request, f"“{old}” was retired meanwhile. Nothing is replaced.", messages.WARNING)
                return back
            self.log_addition(request, new, f"Replaces “{old}”.")
            self.log_change(request, old, f"Replaced by “{new}”.")
            self.message_user(request, words.replaced(old, new), messages.SUCCESS)
            return redirect("admin:roadmap_resource_change", new.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Replace “{old}”",
            "opts": self.opts,
            "original": old,
            "link_state": self.link_state(old),
            "adminform": AdminForm(form, [(None, {"fields": REPLACEMENT_FIELDS})], {}, model_admin=self),
            "errors": AdminErrorList(form, []),
            "media": self.media + form.media,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/roadmap/resource/replace.html", context, status=status)

    def _replacement_form(self, request: HttpRequest, old: Resource) -> ReplacementForm:
        form: Any = modelform_factory(
            Resource,
            form=ReplacementForm,
            fields=flatten(REPLACEMENT_FIELDS),
            formfield_callback=partial(self.formfield_for_dbfield, request=request),
        )
        made: ReplacementForm = form(request.POST if request.method == "POST" else None, old=old)
        return made


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
