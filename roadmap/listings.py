"""What a roadmap showed when: kept with every change of content, so that learners are told what changed since they
were here."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from roadmap.models import Listing, Placement, Roadmap


@dataclass(frozen=True)
class News:
    """Of skills: titles."""

    new: tuple[str, ...]
    retired: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    """Title before, title now."""
    until: dt.datetime

    def __bool__(self) -> bool:
        return bool(self.new or self.retired or self.renamed)


def update(roadmaps: Iterable[int], at: dt.datetime) -> None:
    """Two queries a published roadmap, and one where something changed."""
    published = Roadmap.objects.published().filter(pk__in=roadmaps)
    for roadmap, published_at in published.values_list("pk", "published_at"):
        shown = dict(Placement.objects.shown().filter(roadmap=roadmap).values_list("skill", "skill__title"))
        rows = Listing.objects.filter(roadmap=roadmap).order_by("id")
        known = {skill: (title, is_shown) for skill, title, is_shown in rows.values_list("skill", "title", "is_shown")}
        # What the first ones show was there from the beginning.
        when = at if known else published_at or at
        Listing.objects.bulk_create(
            Listing(roadmap_id=roadmap, skill_id=skill, title=title, is_shown=is_shown, at=when)
            for skill, title, is_shown in (
                *((skill, title, True) for skill, title in shown.items()),
                *((skill, title, False) for skill, (title, was) in known.items() if was and skill not in shown),
            )
            if known.get(skill) != (title, is_shown)
        )


def news(roadmap: int, since: dt.datetime) -> News:
    """What is otherwise than it was then. One query, or two where something happened."""
    later = list(Listing.objects.filter(roadmap=roadmap, at__gt=since).order_by("id"))
    now = {row.skill_id: row for row in later}
    earlier = Listing.objects.filter(roadmap=roadmap, at__lte=since, skill__in=now).order_by("id")
    then = {row.skill_id: row for row in (earlier if later else ())}
    both = [(then.get(skill), row) for skill, row in now.items()]
    return News(
        new=tuple(row.title for old, row in both if row.is_shown and not (old and old.is_shown)),
        retired=tuple(row.title for old, row in both if old and old.is_shown and not row.is_shown),
        renamed=tuple(
            (old.title, row.title)
            for old, row in both
            if old and old.is_shown and row.is_shown and old.title != row.title
        ),
        until=max((row.at for row in later), default=since),
    )
