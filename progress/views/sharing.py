"""What a learner shows to others: profile, badges, card."""

from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from progress import card, drawing, learners, sharing
from progress.models import State
from web.http import Request, cacheable, cookieless
from web.replica import may_be_old

BADGES = {"flat": "progress/badge.svg", "trail": "progress/badge_trail.svg"}
EVERYWHERE = {"Cross-Origin-Resource-Policy": "cross-origin"}
"""Other sites may show it, image proxies included."""


@may_be_old
@login_not_required
@require_safe
def profile(request: Request, handle: str) -> HttpResponse:
    found = sharing.public(handle, timezone.now(), request.GET.get("roadmap"))
    if found is None:
        raise Http404("There is no such profile.")
    return render(request, "progress/profile.html", _context(found))


@require_safe
def profile_preview(request: Request) -> HttpResponse:
    found = sharing.preview(learners.of(request), timezone.now())
    if found is None:
        raise Http404("There is nothing to show yet.")
    return render(request, "progress/profile.html", _context(found) | {"is_preview": True})


@may_be_old
@cookieless
@login_not_required
@require_safe
def badge(request: HttpRequest, handle: str) -> HttpResponse:
    """An SVG for READMEs. One that is off and one that never was say alike that it is private."""
    style = request.GET.get("style", "flat")
    if style not in BADGES:
        raise BadRequest("There are two badges: style=flat and style=trail.")
    found = sharing.public(handle, timezone.now(), request.GET.get("roadmap"))
    picture = _drawn(style, tuple(_badge(found).items()))
    policy = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox"}
    return cacheable(request, picture, "image/svg+xml; charset=utf-8", EVERYWHERE | policy)


@may_be_old
@cookieless
@login_not_required
@require_safe
def card_png(request: HttpRequest, handle: str) -> HttpResponse:
    """A picture of 1200 x 630 for links on other sites."""
    found = sharing.public(handle, timezone.now(), request.GET.get("roadmap"))
    if found is None:
        raise Http404("There is no such profile.")
    tally = found.journey.overall
    picture = card.png(
        name=found.name or found.handle,
        line=f"{tally.done} of {tally.units} done on {found.outline.short_title}",
        percent=tally.percent,
        address=f"{request.get_host()}/u/{found.handle}/",
        ridge=drawing.ridge([phase.hours for phase in found.outline.phases], tally.hours_done),
    )
    return cacheable(request, picture, "image/png", EVERYWHERE)


def _context(found: sharing.Profile) -> dict[str, Any]:
    trip = found.journey
    phases = [(phase, trip.phases[phase.id]) for phase in found.outline.phases]
    learning = [p.skill for p in found.outline.places if trip.state(p.skill.id) == State.LEARNING]
    return {
        "profile": found,
        "outline": found.outline,
        "journey": trip,
        "ridge": drawing.ridge([phase.hours for phase, _ in phases], trip.overall.hours_done),
        "stones": drawing.cairn([tally.percent or 0 for _, tally in phases]),
        "cairn_height": drawing.STONE * len(phases),
        "phases": phases[::-1],
        "complete": sum(tally.settled for _, tally in phases),
        "learning": learning,
        "badge_url": reverse("badge", args=[found.handle]) if found.handle else "",
    }


@lru_cache(maxsize=1000)
def _drawn(style: str, about: tuple[tuple[str, Any], ...]) -> bytes:
    return render_to_string(BADGES[style], dict(about)).encode()


def _badge(found: sharing.Profile | None) -> dict[str, Any]:
    if found is None:
        return {
            "title": "Cairn: private",
            "label": "Cairn",
            "value": "private",
            "stops": (),
            **_widths("Cairn", "private"),
        }
    tally = found.journey.overall
    label = found.outline.short_title
    value = f"{tally.percent}%" if tally.units else f"{tally.extra} extra"
    phases = [found.journey.phases[phase.id] for phase in found.outline.phases]
    here = next((n for n, phase in enumerate(phases) if not phase.settled), len(phases))
    step = 165 / max(len(phases) - 1, 1)
    return {
        "title": f"Cairn, {label}: {tally.done} of {tally.units} done",
        "label": label,
        "value": value,
        "count": f"{tally.done} of {tally.units} done",
        "stops": tuple(
            (round(56 + n * step, 1), "done" if phase.settled else "here" if n == here else "ahead")
            for n, phase in enumerate(phases)
        ),
        "walked": round(56 + min(here, len(phases) - 1) * step, 1),
        **_widths(label, value),
    }


def _widths(label: str, value: str) -> dict[str, int]:
    """In pixels of 11 px Verdana, which measures some 6.6 a letter and 8 when bold; textLength makes it so."""
    left, right = round(6.2 * len(label)), round(7.8 * len(value))
    return {"left": left, "right": right, "split": left + 30, "width": left + right + 44}
