"""Ticks, notes and evidence on a skill, and all of one's own on one page."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from progress import learners, notes
from progress.forms import EvidenceForm, NoteForm
from progress.models import Evidence, Mark, Note, State
from progress.views import skills
from progress.views.filters import Filters
from progress.views.guards import filled_in_as_oneself, skill_or_404
from roadmap import outline
from roadmap.tree import Outline, Place, Skill
from roadmap.views import outline_or_404
from web import htmx, markdown
from web.http import Request, next_path


@login_not_required
@require_POST
@filled_in_as_oneself
def tick(request: Request, roadmap: str, skill: str, checkpoint: int) -> HttpResponse:
    """ticked: 1 or 0."""
    shown, found = _find(roadmap, skill)
    back = _back(request, shown, found)
    if found.id not in shown.by_id or checkpoint not in {point.id for point in found.checkpoints}:
        return htmx.refuse(request, 409, "Not ticked", "This checkpoint is no longer here. Load the page again.", back)
    ticked = request.POST.get("ticked")
    if ticked not in ("0", "1"):
        return htmx.refuse(request, 422, "Not ticked", "Choose whether it is ticked or not.", back)
    now, was_visitor = timezone.now(), learners.of(request) is None
    learner = learners.of_or_new(request, now)
    notes.tick(
        learner=learner,
        checkpoint=checkpoint,
        ticked=ticked == "1",
        at=now,
        day=timezone.localdate(now),
    )
    if htmx.target(request) != "checkpoints":
        return redirect(f"{back.partition('#')[0]}#checkpoints")
    state = Mark.objects.filter(learner=learner, skill=found.id).values_list("state", flat=True).first()
    place = shown.by_id[found.id]
    context = skills.checkpoints(shown, place, skills.ticked(learner, found), state or State.TODO)
    return render(request, "progress/skill.html#ticked", context | {"new_learner": was_visitor, "page": back})


@login_not_required
@require_POST
@filled_in_as_oneself
def save_note(request: Request, roadmap: str, skill: str) -> HttpResponse:
    """Saves, or with `preview` shows how it would look. htmx gets the line that says so, and the form only when it must
    change under the learner's hands."""
    shown, found = _find(roadmap, skill)
    form = NoteForm(request.POST)
    if not form.is_valid():
        typed = skills.note(shown, found, skills.stored_note(learners.of(request), found), form)
        return _note_again(request, shown, found, typed, 422)
    text, version = form.cleaned_data["text"], form.cleaned_data["version"]
    if "preview" in request.POST:
        saved = skills.stored_note(learners.of(request), found)
        seen = skills.note(shown, found, saved, form, preview=markdown.render(text) or "Nothing is written yet.")
        return _note_again(request, shown, found, seen, 200)
    now, was_visitor = timezone.now(), learners.of(request) is None
    try:
        saved = notes.save(learner=learners.of_or_new(request, now), skill=found.id, text=text, version=version, at=now)
    except notes.Edited as edited:
        newer = notes.Saved(edited.newer.text, edited.newer.version, edited.newer.updated_at)
        both = NoteForm(initial={"text": f"{newer.text}\n\n---\n\n{text}".strip(), "version": newer.version})
        return _note_again(request, shown, found, skills.note(shown, found, newer, both, edited=True), 409)
    context = skills.note(shown, found, saved, new_learner=was_visitor, page=_back(request, shown, found))
    if htmx.target(request):
        return render(request, "progress/skill.html#note_saved", context)
    messages.success(request, "Your note is saved." if text else "There is no note on this skill now.")
    return redirect(f"{_back(request, shown, found).partition('#')[0]}#note")


@require_POST
@filled_in_as_oneself
def add_evidence(request: Request, roadmap: str, skill: str) -> HttpResponse:
    shown, found = _find(roadmap, skill)
    learner, now = learners.of_or_new(request, timezone.now()), timezone.now()
    form = EvidenceForm(request.POST)
    if form.is_valid() and not notes.add_evidence(learner=learner, skill=found.id, at=now, **form.cleaned_data):
        form.add_error("url", "This link is on the list already.")
    return _evidence_again(request, shown, found, form)


@require_POST
@filled_in_as_oneself
def change_evidence(request: Request, roadmap: str, skill: str, uid: uuid.UUID) -> HttpResponse:
    """action: public, private or remove."""
    shown, found = _find(roadmap, skill)
    learner = learners.of_or_new(request, timezone.now())
    match request.POST.get("action"):
        case "public" | "private" as action:
            changed = notes.publish_evidence(learner=learner, uid=uid, is_public=action == "public")
        case "remove":
            changed = notes.remove_evidence(learner=learner, uid=uid)
        case _:
            sentence = "Choose what to do with it: show, hide or remove."
            return htmx.refuse(request, 422, "Not changed", sentence, _back(request, shown, found))
    if not changed:
        raise Http404("There is no such evidence of yours.")
    return _evidence_again(request, shown, found, None)


@require_safe
def notes_page(request: Request) -> HttpResponse:
    """All notes and evidence, newest first; q finds words in them."""
    learner = learners.of(request)
    query = request.GET.get("q", "").replace("\x00", "").strip()
    error = "Use at most 200 characters to search for." if len(query) > MAXIMUM_QUERY else ""
    words = [] if error else query.split()
    written = Note.objects.filter(_each(words, "text", "skill__title"), learner=learner)
    shown = Evidence.objects.filter(_each(words, "title", "url", "skill__title"), learner=learner)
    homes = {place.skill.id: place.skill.home for each in outline.published() for place in each.places}
    context = {
        "notes": [
            (note, markdown.render(note.text), homes.get(note.skill_id))
            for note in written.select_related("skill").order_by("-updated_at", "-id")
        ],
        "links": [
            (link, homes.get(link.skill_id)) for link in shown.select_related("skill").order_by("-added_at", "-id")
        ],
        "query": query,
        "error": error,
    }
    return render(request, "progress/notes.html", context, status=422 if error else 200)


MAXIMUM_QUERY = 200


def _each(words: list[str], *fields: str) -> Q:
    """Every word in one of the fields."""
    found = Q()
    for word in words:
        found &= Q(*((f"{field}__icontains", word) for field in fields), _connector=Q.OR)
    return found


def _find(roadmap: str, skill: str) -> tuple[Outline, Skill]:
    shown = outline_or_404(roadmap)
    return shown, skill_or_404(shown, skill)


def _back(request: Request, shown: Outline, skill: Skill) -> str:
    return next_path(request, reverse("skill", args=[shown.slug, skill.slug]))


def _note_again(request: Request, shown: Outline, skill: Skill, context: dict[str, Any], status: int) -> HttpResponse:
    if htmx.target(request):
        context["page"] = _back(request, shown, skill)
        response = render(request, "progress/skill.html#note", context, status=status)
        response["HX-Retarget"], response["HX-Reswap"] = "#note", "outerHTML"
        return response
    return _whole_page(request, shown, skill, status, context)


def _evidence_again(request: Request, shown: Outline, skill: Skill, form: EvidenceForm | None) -> HttpResponse:
    wrong = form if form and form.errors else None
    status = 422 if wrong else 200
    if htmx.target(request) == "evidence":
        context = skills.evidence(shown, skill, skills.links_of(learners.of(request), skill), wrong)
        context["page"] = _back(request, shown, skill)
        return render(request, "progress/skill.html#evidence", context, status=status)
    if wrong:
        return _whole_page(request, shown, skill, status, {"evidence_form": wrong})
    return redirect(f"{_back(request, shown, skill).partition('#')[0]}#evidence")


def _whole_page(request: Request, shown: Outline, skill: Skill, status: int, instead: dict[str, Any]) -> HttpResponse:
    place: Place | None = shown.by_id.get(skill.id)
    if place is None:
        return skills.retired(request, shown, skill)
    return skills.page(request, shown, place, Filters(), status=status, instead=instead)
