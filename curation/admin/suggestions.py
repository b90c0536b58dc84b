"""What learners suggest: a list with the open ones first, and a page to accept or decline each."""

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminIntegerFieldWidget, AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator

from curation import suggestions
from progress.forms import Words
from progress.models import Suggestion
from roadmap.models import Resource
from web.admin import ModelAdmin
from web.generic import ModelForm

SEEN = "The learner sees it."


class AcceptForm(forms.Form):
    """Of a correction, which is made on the skill's own page."""

    answer = Words(most=Suggestion.LONGEST_ANSWER, required=False, label="Answer", help_text=f"If you like. {SEEN}")

    def decide(self, suggestion: int, by: int, at: dt.datetime) -> None:
        answer = self.cleaned_data["answer"]
        suggestions.accept(suggestion=suggestion, resource=None, answer=answer, by=by, at=at)


class ResourceForm(ModelForm):
    answer = Words(most=Suggestion.LONGEST_ANSWER, required=False, label="Answer", help_text=f"If you like. {SEEN}")

    class Meta:
        model = Resource
        fields = ("title", "url", "kind", "level", "free", "publisher", "minutes", "why", "credit")
        help_texts = {"credit": "The name that stands beside it for everybody; empty for nobody."}
        widgets = {
            "title": AdminTextInputWidget,
            "url": AdminTextInputWidget,
            "publisher": AdminTextInputWidget,
            "minutes": AdminIntegerFieldWidget,
            "why": AdminTextareaWidget(attrs={"rows": 3}),
            "credit": AdminTextInputWidget,
        }

    def decide(self, suggestion: int, by: int, at: dt.datetime) -> None:
        answer = self.cleaned_data["answer"]
        suggestions.accept(suggestion=suggestion, resource=self.instance, answer=answer, by=by, at=at)


class DeclineForm(forms.Form):
    reason = Words(
        most=Suggestion.LONGEST_ANSWER,
        label="Reason",
        help_text=SEEN,
        error_messages={"required": "Say why: the learner sees it."},
    )

    def decide(self, suggestion: int, by: int, at: dt.datetime) -> None:
        suggestions.decline(suggestion=suggestion, reason=self.cleaned_data["reason"], by=by, at=at)


Deciding = AcceptForm | ResourceForm | DeclineForm
LAYOUT: dict[type[forms.BaseForm], list[Any]] = {
    AcceptForm: ["answer"],
    ResourceForm: ["title", "url", ("kind", "level", "free"), ("publisher", "minutes"), "why", "credit", "answer"],
    DeclineForm: ["reason"],
}


@admin.register(Suggestion)
class SuggestionAdmin(ModelAdmin):
    """Who made them is shown to nobody, but for the name of those who want to be named."""

    list_display = ["what", "kind", "skill", "at", "status", "decided_at"]
    list_filter = ["status", "kind"]
    list_select_related = ["skill"]
    search_fields = ["title", "url", "text", "skill__title"]
    search_help_text = "Title, link and words of the suggestion, and the skill's title."
    # What is open has no date of decision: these come first, what waits longest at the top.
    ordering = [F("decided_at").desc(nulls_first=True), "at", "id"]
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """No address of the list tells which suggestions are of one learner."""
        return not lookup.startswith("learner") and super().lookup_allowed(lookup, value, request)

    @admin.display(description="suggestion", ordering="title")
    def what(self, suggestion: Suggestion) -> str:
        return suggestion.title or Truncator(suggestion.text).chars(80)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        found: Suggestion | None = self.get_object(request, unquote(object_id))
        if found is None:
            return self._gone(request)
        decision = request.POST.get("decision", "")
        accepting = _accepting(found, request.POST if decision == "accept" else None)
        declining = DeclineForm(request.POST if decision == "decline" else None)
        if request.method != "POST":
            return self._page(request, found, accepting, declining)
        if not self.has_change_permission(request, found):
            raise PermissionDenied
        return self._decide(request, found, accepting, declining)

    def _decide(
        self, request: HttpRequest, found: Suggestion, accepting: Deciding, declining: Deciding
    ) -> HttpResponse:
        form = accepting if accepting.is_bound else declining
        if found.status == Suggestion.Status.OPEN and not form.is_valid():
            return self._page(request, found, accepting, declining, 422)
        try:
            if found.status != Suggestion.Status.OPEN:
                raise suggestions.Decided
            form.decide(found.pk, request.user.pk, timezone.now())  # type: ignore[arg-type]  # whoever is here is signed in
        except suggestions.Taken as taken:
            form.add_error("url", str(taken))
            return self._page(request, found, accepting, declining, 422)
        except suggestions.Missing:
            return self._gone(request)
        except suggestions.Decided:
            return self._late(request, found)
        said = f"It is on “{found.skill}” now" if isinstance(form, ResourceForm) else "The learner sees it now"
        verb = "declined" if form is declining else "accepted"
        self.message_user(request, f"The suggestion is {verb}. {said}.", messages.SUCCESS)
        return self.response_post_save_change(request, found)

    def _late(self, request: HttpRequest, found: Suggestion) -> HttpResponse:
        found.refresh_from_db()
        when = date_format(timezone.localtime(found.decided_at), "j F, H:i")
        sentence = f"It was {found.get_status_display().lower()} already, on {when}; the history says by whom."
        self.message_user(request, f"{sentence} What you sent changed nothing.", messages.WARNING)
        return redirect("admin:progress_suggestion_change", found.pk)

    def _gone(self, request: HttpRequest) -> HttpResponse:
        self.message_user(request, "That suggestion is no longer there: it was withdrawn.", messages.WARNING)
        return redirect("admin:progress_suggestion_changelist")

    def _page(
        self, request: HttpRequest, found: Suggestion, accepting: Deciding, declining: Deciding, status: int = 200
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": found,
            "title": f"{found.get_kind_display()} for {found.skill}",
            "media": self.media,
            "has_view_permission": True,
            "may_decide": found.status == Suggestion.Status.OPEN and self.has_change_permission(request, found),
            "errors": accepting.errors or declining.errors,
            "accepting": self._laid_out(accepting),
            "declining": self._laid_out(declining),
            "credit": suggestions.credit(found),
            "resources": Resource.objects.filter(skill=found.skill).order_by("position", "id"),
            "skill_url": reverse("admin:roadmap_skill_change", args=[found.skill_id]),
        }
        return TemplateResponse(request, "admin/curation/suggestion.html", context, status=status)

    def _laid_out(self, form: Deciding) -> AdminForm:
        fieldsets = [(None, {"fields": LAYOUT[type(form)]})]
        return AdminForm(form, fieldsets, {}, model_admin=self)  # type: ignore[arg-type]  # it takes any form


def _accepting(suggestion: Suggestion, data: Any) -> AcceptForm | ResourceForm:
    if suggestion.kind == Suggestion.Kind.CORRECTION:
        return AcceptForm(data)
    initial = {
        "title": suggestion.title,
        "url": suggestion.url,
        "publisher": urlsplit(suggestion.url).netloc.removeprefix("www."),
        "why": suggestion.text,
        "credit": suggestions.credit(suggestion),
    }
    return ResourceForm(data, initial=initial)
