"""What comes before what, drawn; and the same as a list."""

from functools import partial

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from progress import lettering
from progress.journey import Journey
from progress.models import State
from progress.views.filters import Filters
from progress.views.kept import kept
from progress.views.pages import trip_of
from roadmap import layout, tree
from roadmap.views import outline_or_404
from web.http import Request
from web.replica import may_be_old

TITLE = 13
"""The size of a title in a node; map.css says the same."""
LINE, TITLE_X, BASELINE = 15, 29, 5
ROOM = (layout.WIDTH - TITLE_X - 6) / TITLE
FRAME = {
    "width": layout.WIDTH,
    "height": layout.HEIGHT,
    "inner_width": layout.WIDTH - 6,
    "inner_height": layout.HEIGHT - 6,
    "ring_width": layout.WIDTH + 6,
    "ring_height": layout.HEIGHT + 6,
    "middle": layout.WIDTH // 2,
    "mark_y": (layout.HEIGHT - 18) // 2,
    "leg_x": layout.WIDTH - 16,
}


@may_be_old
@login_not_required
@require_safe
def map(request: Request, roadmap: str) -> HttpResponse:  # noqa: A001 -- a view is called as its URL is
    shown = outline_or_404(roadmap, request)
    filters = Filters.parse(request.META["QUERY_STRING"])
    if shown.slug != roadmap:
        return redirect(reverse("map", args=[shown.slug]) + filters.free_only, permanent=True)
    trip = trip_of(request, shown)
    drawn = shown.layout
    next_up = trip.next_up[0].place.skill if trip.next_up else None
    context = {
        "outline": shown,
        "journey": trip,
        "filters": filters,
        "page": request.path + filters.free_only,
        "layout": drawn,
        "frame": FRAME,
        "lines": kept(shown, "progress/map.html#lines", edges=drawn.edges),
        "nodes": [_node(trip, node, filters) for node in (*drawn.nodes, *drawn.alone)],
        "next_up": next_up,
        "here": next((n for n in (*drawn.nodes, *drawn.alone) if next_up and n.id == next_up.id), None),
        "states": [(value, label, trip.counts[value]) for value, label in State.choices],
        "phases": [(phase, [_entry(trip, place, filters) for place in tree.walk([phase])]) for phase in shown.phases],
    }
    return render(request, "progress/map.html", context)


def _node(trip: Journey, node: layout.Node, filters: Filters) -> SafeString:
    place, state, fades = trip.outline.by_id[node.id], trip.state(node.id), trip.fades(node.id)
    return kept(
        trip.outline,
        "progress/map.html#node",
        *(node.id, state, fades, filters.free),
        node=node,
        frame=FRAME,
        place=place,
        state=state,
        fades=fades,
        label=_label(trip, node.id),
        title=partial(_title, place.skill.title),
        filters=filters,
    )


def _title(title: str) -> list[tuple[int, str]]:
    """Baseline and text of each line, from the node's top."""
    lines = lettering.wrap(title, ROOM)
    first = layout.HEIGHT // 2 + BASELINE - (len(lines) - 1) * LINE // 2
    return [(first + number * LINE, line) for number, line in enumerate(lines)]


def _entry(
    trip: Journey, place: tree.Place, filters: Filters
) -> tuple[str, SafeString, list[SafeString], list[SafeString]]:
    """State of a skill, its name, and those of what comes before it and of what it opens."""
    before, opens = (around.get(place.skill.id, ()) for around in (trip.outline.before, trip.outline.opens))
    return (
        trip.state(place.skill.id),
        _name(trip, place.skill.id, filters),
        [_name(trip, other, filters) for other in before],
        [_name(trip, other, filters) for other in opens],
    )


def _name(trip: Journey, skill: int, filters: Filters) -> SafeString:
    label = _label(trip, skill)
    return kept(
        trip.outline,
        "progress/map.html#name",
        *(skill, label, filters.free),
        skill=trip.outline.by_id[skill].skill,
        label=label,
        filters=filters,
    )


def _label(trip: Journey, skill: int) -> str:
    label = State(trip.state(skill)).label.lower()
    return f"{label}, fading" if trip.fades(skill) else label
