"""What every content admin does: touch the outline with every write, and retire instead of deleting."""

from typing import Any

from adminsortable2.admin import SortableAdminBase, SortableAdminMixin, SortableStackedInline, SortableTabularInline
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget, RelatedFieldWidgetWrapper
from django.db import models, transaction
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from roadmap import history, outline, preview, publishing
from roadmap.admin import words
from roadmap.admin.forms import ContentFormSet, PathField
from roadmap.models import Content, Draftable, Group, OldSlug, Phase, Placement, Retirable, Roadmap, Section, Skill
from web.admin import ModelAdmin
from web.generic import ModelForm

DRAFT = "Draft"
"""Name of the fieldset."""
PREVIEW = '<a href="{}">{} with its drafts</a>. The link works for a week, for whoever has it.'

PLACES: dict[type[models.Model], QuerySet[Any]] = {
    Phase: Phase.objects.select_related("roadmap"),
    Section: Section.objects.select_related("phase__roadmap"),
    Group: Group.objects.select_related("section__phase__roadmap"),
}


class RetiredFilter(admin.SimpleListFilter):
    title = "retired"
    parameter_name = "retired"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "No"), ("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in {"no", "yes"}:
            return queryset.filter(retired_at__isnull=self.value() == "no")
        return queryset


class Editing:
    """Shared by pages and inlines."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model in PLACES:
            kwargs |= {"queryset": PLACES[db_field.related_model].all(), "form_class": PathField}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]  # of the admin it is mixed into

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]  # the same
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_delete_related = False  # a place to choose from is no place to delete from
        return field

    @admin.display(description="retired", ordering="retired_at", empty_value="")
    def retired(self, row: Retirable) -> str | None:
        return date_format(row.retired_at) if row.retired_at else None


class Inline(Editing):
    """Nothing is deleted here that a page of its own could explain; `retired` stands in its place."""

    model: type[models.Model]
    formset = ContentFormSet
    extra = 0
    can_delete = False
    show_change_link = True
    view_on_site = False
    formfield_overrides = {models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 3})}}


class Table(Inline, SortableTabularInline):
    pass


class Stack(Inline, SortableStackedInline):
    pass


class ContentAdmin(Editing, SortableAdminBase, ModelAdmin):
    parent = ""
    """The field within which the rows have their order."""
    list_per_page = 100
    formfield_overrides = {models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 6})}}

    # ---- writing ----------------------------------------------------------------------------------------------------
    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        request.watch = history.Watch(*([obj] if obj.pk else []))  # type: ignore[attr-defined]  # until save_related
        if change and not form.has_changed():
            return
        if change:
            outline.touch(obj, at=timezone.now())  # where it was: it may move
        if self.parent and (not change or self.parent in form.changed_data):
            siblings = type(obj)._default_manager.filter(**{self.parent: getattr(obj, self.parent)})
            obj.position = (siblings.aggregate(last=Max("position"))["last"] or 0) + 1
        obj.save()
        if isinstance(obj, Roadmap | Skill):
            OldSlug.settle(obj, before=form.initial["slug"] if change else "")

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list[Any], change: bool) -> None:
        watch: history.Watch = request.watch  # type: ignore[attr-defined]  # from save_model
        watch.see(*(f.instance for formset in formsets for f in formset.forms if f.instance.pk))
        super().save_related(request, form, formsets, change)
        written = [f for formset in formsets for f in formset.forms if f.has_changed()]
        if change and not form.has_changed() and not written:
            return
        made = [form.instance, *(f.instance for f in written)]
        watch.record(*made, why="Edited", at=timezone.now(), by=request.user.pk)
        outline.touch(form.instance, *_shown_elsewhere(written), at=timezone.now())
        self.tell(request, [f.instance for f in (form, *written) if _turned(f)])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, type(obj)._default_manager.filter(pk=obj.pk))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        now = timezone.now()
        watch = history.Watch(*queryset, *_going_along(queryset))
        outline.touch(*queryset, at=now)
        super().delete_queryset(request, queryset)
        watch.record(why="Deleted", at=now, by=request.user.pk)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What must not be deleted is told in words, and what depends on it is counted, not listed."""
        obstacles = [sentence for sentence in map(words.obstacle, objs) if sentence]
        return ([], {}, set(), obstacles) if obstacles else super().get_deleted_objects(objs, request)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Field by field, with the way back, in place of Django's own lines."""
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_view_or_change_permission(request, row):
            raise Http404
        return redirect(f"{reverse('admin:roadmap_revision_changelist')}?{urlencode({'q': str(row.uid)})}")

    # ---- reading ----------------------------------------------------------------------------------------------------
    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        if obj is None or not getattr(obj, "is_live", True):
            return None
        shown = obj.is_published if isinstance(obj, Roadmap) else Roadmap.objects.published().touched_by(obj).exists()
        return super().get_view_on_site_url(obj) if shown else None

    def tell(self, request: HttpRequest, rows: list[Any]) -> None:
        """What has been retired or brought back."""
        gone, back = [row for row in rows if row.is_retired], [row for row in rows if not row.is_retired]
        if gone:
            self.message_user(request, words.retired(gone), messages.SUCCESS)
        if back:
            self.message_user(request, words.brought_back(back), messages.SUCCESS)


class RetirableAdmin(ContentAdmin):
    actions = ["retire", "bring_back"]

    @admin.action(permissions=["change"], description="Retire selected %(verbose_name_plural)s")
    def retire(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.tell(request, self.turn(request, queryset, retire=True))

    @admin.action(permissions=["change"], description="Bring selected %(verbose_name_plural)s back")
    def bring_back(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.tell(request, self.turn(request, queryset, retire=False))

    @transaction.atomic
    def turn(self, request: HttpRequest, queryset: QuerySet[Any], *, retire: bool) -> list[Any]:
        """The rows that were not so already."""
        rows = list(queryset.filter(retired_at__isnull=retire))
        now, watch = timezone.now(), history.Watch(*rows)
        for row in rows:
            row.retired_at = now if retire else None
            row.save(update_fields=["retired_at"])
            self.log_change(request, row, "Retired." if retire else "Brought back.")
        outline.touch(*rows, at=now)
        watch.record(why="Retired" if retire else "Brought back", at=now, by=request.user.pk)
        return rows


class DraftableAdmin(RetirableAdmin):
    actions = [*RetirableAdmin.actions, "publish"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What was published once is no draft again."""
        sets = super().get_fieldsets(request, obj)
        return [each for each in sets if obj is None or obj.is_draft or each[0] != DRAFT]

    @admin.action(permissions=["change"], description="Publish selected %(verbose_name_plural)s")
    def publish(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = list(queryset.filter(is_draft=True))
        publishing.publish(rows, at=timezone.now(), by=request.user.pk)
        for row in rows:
            self.log_change(request, row, "Published.")
        if rows:
            self.message_user(request, words.published(rows), messages.SUCCESS)

    @admin.display(description="draft", ordering="is_draft", empty_value="")
    def draft(self, row: Draftable) -> str | None:
        if not row.is_draft:
            return None
        return f"until {date_format(timezone.localtime(row.publish_at), 'j F Y, H:i')}" if row.publish_at else "draft"

    @admin.display(description="preview")
    def preview(self, row: Draftable) -> str:
        """A link for each roadmap on which it will show."""
        roadmaps = Roadmap.objects.touched_by(row) if row.pk else Roadmap.objects.none()
        links = [(preview.link(roadmap), roadmap.short_title) for roadmap in roadmaps]
        return format_html_join(SafeString("<br>"), PREVIEW, links) or "Once it is saved, and placed on a roadmap."


class OrderedList(SortableAdminMixin):
    """A list whose rows are dragged into order while it shows those of one parent."""

    parent: str
    model: type[models.Model]
    enable_sorting: bool
    order_by: str

    def get_actions(self, request: HttpRequest) -> Any:
        """Without moving to other pages, which counts on positions that are unique in the whole table."""
        return super(SortableAdminMixin, self).get_actions(request)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        parents = {getattr(row, f"{self.parent}_id") for row in changelist.result_list}
        self.enable_sorting = self.enable_sorting and self.order_by == "position" and len(parents) == 1
        return changelist

    def get_extra_model_filters(self, request: HttpRequest) -> dict[str, Any]:
        """Also all that _update_order learns of who asks."""
        return {**super().get_extra_model_filters(request), "by": request.user.pk}

    @transaction.atomic
    def _update_order(self, updated_items: list[tuple[str, int]], extra_model_filters: dict[str, Any]) -> int:
        """The rows take, in the order in which they are sent, the places that they have among their siblings."""
        wanted = [int(pk) for pk, _ in updated_items]
        rows = self.model._default_manager.filter(pk__in=wanted)
        (parent,) = set(rows.values_list(self.parent, flat=True))
        siblings: list[Any] = list(self.model._default_manager.filter(**{self.parent: parent}))
        by_pk = {row.pk: row for row in siblings}
        watch, moved = history.Watch(*siblings), iter(wanted)
        ordered = [by_pk[next(moved)] if row.pk in wanted else row for row in siblings]
        for position, row in enumerate(ordered, start=1):
            row.position = position
        self.model._default_manager.bulk_update(ordered, ["position"])
        now = timezone.now()
        outline.touch(ordered[0], at=now)
        watch.record(why="Put into order", at=now, by=extra_model_filters["by"])
        return len(wanted)


def _going_along(rows: QuerySet[Any]) -> list[Any]:
    """What is deleted together with them."""
    return [
        row
        for relation in rows.model._meta.related_objects
        if relation.on_delete is models.CASCADE and issubclass(relation.related_model, Content)
        for row in relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": rows})
    ]


def _turned(form: Any) -> bool:
    return "retired" in form.changed_data or getattr(form, "revived", False)


def _shown_elsewhere(forms_written: list[Any]) -> list[models.Model]:
    """A placement decides where its skill is at home, also in other roadmaps; other rows show on their parent's."""
    return [form.instance for form in forms_written if isinstance(form.instance, Placement) and form.instance.pk]
