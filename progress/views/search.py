"""What there is to learn, and one's own notes, by a few words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from progress import journey, learners
from progress.models import Note, State
from progress.views.filters import Filters
from progress.views.pages import states
from roadmap import outline
from roadmap import search as content
from roadmap.tree import Outline
from web import htmx
from web.http import Request
from web.replica import may_be_old

MAXIMUM = 200
SHOWN = 20
EXCERPT = 220


@dataclass(frozen=True, slots=True)
class NoteHit:
    """excerpt: text and what was searched for, in turn. url: empty where the skill is on no published roadmap."""

    title: str
    url: str
    excerpt: tuple[str, ...]


@may_be_old
@login_not_required
@require_safe
def search(request: Request) -> HttpResponse:
    filters = Filters.parse(request.META["QUERY_STRING"])
    typed = request.GET.get("q", "").replace("\0", "")
    query, too_long = typed.strip(), len(typed) > MAXIMUM
    outlines = outline.published()
    context: dict[str, object] = {"typed": typed, "maximum": MAXIMUM, "filters": filters, "outlines": outlines}
    if too_long:
        context["error"] = f"This is {len(typed):,} characters long; {MAXIMUM} is the most. A few words find more."
    elif query:
        context |= _results(request, outlines, query, filters)
    template = "progress/search.html" + ("#answer" if htmx.target(request) == "results" else "")
    response = render(request, template, context, status=422 if too_long else 200)
    if not request.session.is_empty():
        # What is asked stands beside what is private: the length of a compressed answer would tell of it (BREACH).
        response["Content-Encoding"] = "identity"
    return response


def _results(request: Request, outlines: list[Outline], query: str, filters: Filters) -> dict[str, object]:
    skills, resources, faqs = content.find(outlines, query, free=filters.free, limit=SHOWN)
    marked, learner = states(request), learners.of(request)
    notes = _notes(learner, outlines, query, filters) if learner else []
    asked = {"q": query} | ({"free": "1"} if filters.free else {})
    other = {"q": query} | ({} if filters.free else {"free": "1"})
    return {
        "query": query,
        "skills": skills,
        "skill_hits": [_with_state(hit.entry, marked) for hit in skills.hits],
        "resources": resources,
        "faqs": faqs,
        "notes": notes[:SHOWN],
        "more_notes": len(notes) > SHOWN,
        "total": skills.total + resources.total + faqs.total + len(notes[:SHOWN]),
        "free_link": f"?{urlencode(other)}",
        "page": f"{request.path}?{urlencode(asked)}",
    }


def _with_state(entry: content.Entry, marked: dict[int, str]) -> tuple[content.Entry, str, str]:
    state = marked.get(entry.item.id, journey.TODO)
    return entry, state, State(state).label


def _notes(learner: int, outlines: Iterable[Outline], query: str, filters: Filters) -> list[NoteHit]:
    """Those that hold every word, newest first; one more than is shown where there are more."""
    words = list(dict.fromkeys(query.split()))
    notes = Note.objects.filter(learner=learner)
    for word in words:
        notes = notes.filter(text__icontains=word)
    rows = notes.order_by("-updated_at", "-id").values_list("skill", "skill__title", "text")[: SHOWN + 1]
    return [NoteHit(title, _url(skill, outlines, filters), _excerpt(text, words)) for skill, title, text in rows]


def _url(skill: int, outlines: Iterable[Outline], filters: Filters) -> str:
    """Where it is at home, else where it was once."""
    placed = [(o, o.by_id[skill].skill) for o in outlines if skill in o.by_id]
    once = [(o, other) for o in outlines for other in o.retired if other.id == skill]
    for shown, found in placed + once:
        return reverse("skill", args=[shown.slug, found.slug]) + filters.free_only + "#note"
    return ""


def _excerpt(text: str, words: Iterable[str]) -> tuple[str, ...]:
    """Around the first hit, from the beginning of a word on."""
    text = " ".join(text.split())
    any_word = re.compile(f"({'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})", re.IGNORECASE)
    hit = any_word.search(text)
    start = text.rfind(" ", 0, max(hit.start() - EXCERPT // 3, 0)) + 1 if hit else 0
    end = start + EXCERPT
    shown = f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
    return tuple(any_word.split(shown))
