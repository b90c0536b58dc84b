"""Accounts are made by signing up or by createsuperuser, and erased by their owner or by housekeep: not here."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts import support
from accounts.forms import sends_mail
from accounts.models import Event, User
from accounts.support import Mailed
from web.admin import ModelAdmin, ReadOnlyAdmin

MOST = 100
"""Accounts that one act is for."""
ACTS = {
    "send_verification": "Send verification again",
    "end_sessions": "End all sessions",
    "deactivate": "Deactivate",
    "activate": "Activate",
}


@admin.register(User)
class UserAdmin(ModelAdmin):
    readonly_fields = ["email", "is_confirmed", "wanted", "name", "handle", "date_joined", "last_login", "is_active"]
    fields = [*readonly_fields, "is_staff", "groups"]
    filter_horizontal = ["groups"]
    list_display = ["email", "is_confirmed", "name", "handle", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff", "groups"]
    search_fields = ["email", "name", "handle", "emailaddress__email"]
    ordering = ["-date_joined"]
    actions = list(ACTS)
    view_on_site = False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """No address of the list tells how a password's hash begins."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    # ---- acts -------------------------------------------------------------------------------------------------------
    @admin.action(permissions=["change"], description=ACTS["send_verification"])
    def send_verification(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        came_of: dict[Mailed, list[str]] = {}
        for user in self.few(request, queryset):
            mailed = support.send_verification(request=request, user=user)
            came_of.setdefault(mailed, []).append(user.email)
            if mailed is Mailed.SENT:
                self.log_change(request, user, "Sent the verification again.")
            if mailed is Mailed.UNSENT:
                break
        for mailed, addresses in came_of.items():
            level = messages.SUCCESS if mailed in {Mailed.SENT, Mailed.CONFIRMED} else messages.WARNING
            self.message_user(request, f"{mailed.value}: {', '.join(addresses)}.", level)

    @admin.action(permissions=["change"], description=ACTS["end_sessions"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        users = self.few(request, queryset)
        if not users:
            return None
        if "confirmed" not in request.POST:
            sentence = "They are signed out of every browser and can sign in again. Your own session here stays."
            return self.ask(request, "end_sessions", "End all sessions?", sentence, users)
        with transaction.atomic():
            ended = support.end_sessions(users=users, but=request.session.session_key)
            self.tell(request, ended, "Ended all sessions", "signed out")
        return None

    @admin.action(permissions=["change"], description=ACTS["deactivate"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        users = self.few(request, queryset)
        if not users:
            return None
        if "confirmed" not in request.POST:
            sentence = "They are signed out, cannot sign in, and nobody sees their profile, until they are activated."
            return self.ask(request, "deactivate", "Deactivate?", sentence, users)
        with transaction.atomic():
            result = support.deactivate(users=users, by=request.user)  # type: ignore[arg-type]  # has_permission saw to it
            self.tell(request, result.done, "Deactivated", "deactivated")
        if result.oneself:
            self.message_user(request, "Nobody deactivates their own account.", messages.WARNING)
        if result.last:
            sentence = f"{result.last} stays active: nobody else would be left to run the site."
            self.message_user(request, sentence, messages.WARNING)
        return None

    @admin.action(permissions=["change"], description=ACTS["activate"])
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        users = self.few(request, queryset)
        if users:
            with transaction.atomic():
                self.tell(request, support.activate(users=users), "Activated", "activated")

    def few(self, request: HttpRequest, queryset: QuerySet[User]) -> list[User]:
        users = list(queryset.order_by("email")[: MOST + 1])
        if len(users) > MOST:
            self.message_user(request, f"Choose at most {MOST} accounts at once. Nothing was done.", messages.ERROR)
            return []
        return users

    def ask(self, request: HttpRequest, act: str, title: str, sentence: str, users: list[User]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "sentence": sentence,
            "users": users,
            "act": act,
            "label": ACTS[act],
            "box": ACTION_CHECKBOX_NAME,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/accounts/user/ask.html", context)

    def tell(self, request: HttpRequest, users: list[User], logged: str, said: str) -> None:
        for user in users:
            self.log_change(request, user, f"{logged}.")
        level = messages.SUCCESS if users else messages.WARNING
        self.message_user(request, f"{len(users)} account{'' if len(users) == 1 else 's'} {said}.", level)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if not sends_mail():
            actions.pop("send_verification", None)
        return actions

    # ---- pages ------------------------------------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), email__iexact=OuterRef("email"), verified=True)
        users: QuerySet[User] = super().get_queryset(request)
        return users.annotate(confirmed=Exists(confirmed))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return _told(self.fields)

    def get_list_display(self, request: HttpRequest) -> Any:
        return _told(self.list_display)

    @admin.display(description="confirmed", boolean=True)
    def is_confirmed(self, user: Any) -> bool:
        return bool(user.confirmed)

    @admin.display(description="new address, not confirmed")
    def wanted(self, user: User) -> str:
        """Confirmed by whoever reads its mail, not here."""
        others = EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email)
        return ", ".join(others.values_list("email", flat=True)) or "None"

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> Any:
        unfit = {
            "send_verification": obj.confirmed,
            "deactivate": not obj.is_active or obj == request.user,
            "activate": obj.is_active,
        }
        context["acts"] = {act: ACTS[act] for act in self.get_actions(request) if not unfit.get(act)}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Nobody locks themselves out."""
        return [*self.readonly_fields, "is_staff"] if obj == request.user else self.readonly_fields

    # ---- who may ----------------------------------------------------------------------------------------------------
    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """The security log of all accounts, kept for 90 days."""

    fields = ["at", "user", "kind", "how", "agent"]
    list_display = ["at", "user", "kind", "how", "agent"]
    list_filter = ["kind", "at"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    search_help_text = "E-mail address of the account"
    date_hierarchy = "at"
    ordering = ["-at", "-id"]


def _told(names: Any) -> list[str]:
    """Without mail no address is confirmed, which would look like a fault."""
    return [name for name in names if name not in {"is_confirmed", "wanted"} or sends_mail()]
