"""Handles: who may have which, and for how long one that was given up is held back."""

import datetime as dt
import hashlib

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import validators
from accounts.models import HeldHandle, User

HELD = dt.timedelta(days=90)
_ADDRESSES = (
    "about abuse account accounts admin administrator api app badge book cairn card contact curator curators"
    " dashboard data demo dev docs email export faq feed guest health help history home import info legal login logout"
    " mail map me metrics mod moderator news notes null official operator owner plan postmaster press privacy profile"
    " progress public review roadmap roadmaps root search security settings sitemap skill skills staff static status"
    " support system team terms test theme undefined user users webmaster welcome www you"
)
RESERVED = frozenset(_ADDRESSES.split())


def check(handle: str, owner: User, now: dt.datetime) -> None:
    """One sentence for all that is not to be had, so that nobody learns which of them somebody has."""
    validators.handle(handle)
    taken = User.objects.alike("handle", handle).exclude(pk=owner.pk).exists()
    held = HeldHandle.objects.filter(digest=digest(handle), until__gt=now).exclude(user=owner).exists()
    if taken or held or handle in RESERVED or handle.strip("-") != handle:
        raise ValidationError("This handle is not to be had. Choose another.")


@transaction.atomic
def change(*, user: User, handle: str | None, at: dt.datetime) -> None:
    """Sets the checked handle; the one before stays with its owner for a while, lest somebody take over its links.
    Without one there is no profile."""
    before = User.objects.select_for_update().values_list("handle", flat=True).get(pk=user.pk)
    if before and before != handle:
        HeldHandle.objects.update_or_create(digest=digest(before), defaults={"until": at + HELD, "user": user})
    HeldHandle.objects.filter(digest=digest(handle or "")).delete()
    user.handle, user.is_public = handle, user.is_public and handle is not None
    user.save(update_fields=["handle", "is_public"])


def digest(handle: str) -> str:
    return hashlib.sha256(f"cairn handle {handle.lower()}".encode()).hexdigest()
