"""Questions due now, one at a time."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from progress import learners, recall, reviews
from progress.forms import AnswerForm, ReviewsForm
from progress.models import Review
from progress.views.guards import current_or_404, filled_in_as_oneself
from roadmap.tree import Outline
from web import htmx
from web.http import Request, next_path


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: Request) -> HttpResponse:
    follows = learners.follows(learners.of(request))
    shown = current_or_404(request, follows)
    if shown is None:
        return redirect("roadmaps")
    if request.method == "POST":
        return _answer(request, shown)
    return _page(request, shown)


def _page(request: Request, shown: Outline, form: ReviewsForm | None = None) -> HttpResponse:
    learner, today = learners.of(request), timezone.localdate()
    if learner is None:
        raise Http404("There is no record.")
    deck = reviews.deck(learner, shown, today)
    asked = deck.queue[0] if deck.queue else None
    place, question = shown.questions[asked] if asked else (None, None)
    context = {
        "outline": shown,
        "page": _address(request, shown),
        "deck": deck,
        "asked": question,
        "place": place,
        "number": deck.answered + 1,
        "total": deck.answered + len(deck.queue),
        "grades": [
            (rating, Review.Rating(rating).label, (day - today).days)
            for rating, day in recall.choices(deck.cards[asked], today, deck.retention).items()
        ]
        if asked
        else [],
        "answers": [
            (each, each.question.skill, shown.by_id.get(each.question.skill_id))
            for each in reviews.todays(learner, today).select_related("question__skill")
        ],
        "fading": [place.skill for place in shown.places if place.skill.id in deck.fading],
        "form": form or ReviewsForm(initial={"reviews_a_day": deck.cap, "retention": f"{deck.retention:.2f}"}),
    }
    return render(request, "progress/review.html", context, status=422 if form else 200)


@filled_in_as_oneself
def _answer(request: Request, shown: Outline) -> HttpResponse:
    now, back = timezone.now(), _address(request, shown)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        sentence = " ".join(str(errors[0]) for errors in form.errors.values())
        return htmx.refuse(request, 422, "Not saved", sentence, back)
    try:
        made = reviews.answer(
            learner=learners.of_or_new(request, now),
            shown=shown,
            at=now,
            day=timezone.localdate(now),
            **form.cleaned_data,
        )
    except reviews.Refused as refused:
        return htmx.refuse(request, 409, "Not saved", str(refused), back)
    context = {
        "subject": f"{made.get_rating_display()}.",
        "text": "The answer is kept.",
        "undo": reverse("undo_review", args=[made.uid]),
    }
    messages.success(request, render_to_string("components/said.html", context))
    return redirect(back)


@require_POST
@filled_in_as_oneself
def undo(request: Request, uid: uuid.UUID) -> HttpResponse:
    learner, back = learners.of(request), next_path(request, reverse("review"))
    if learner is None:
        raise Http404("There is no such answer of yours.")
    try:
        reviews.undo(learner=learner, uid=uid, at=timezone.now())
    except reviews.Missing:
        raise Http404("There is no such answer of yours.") from None
    except reviews.Refused as refused:
        return htmx.refuse(request, 409, "Not undone", str(refused), back)
    messages.success(request, "The answer is taken back, and the question is due again.")
    return redirect(back)


@require_POST
@filled_in_as_oneself
def wishes(request: Request) -> HttpResponse:
    """How many questions a day, and how firmly they should sit."""
    shown = current_or_404(request, learners.follows(learners.of(request)))
    if shown is None:
        return redirect("roadmaps")
    form = ReviewsForm(request.POST)
    if not form.is_valid():
        return _page(request, shown, form)
    reviews.set_wishes(learner=learners.of_or_new(request, timezone.now()), **form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect(next_path(request, reverse("review")))


def _address(request: Request, shown: Outline) -> str:
    """Of this page; a roadmap that is shown on it only stays."""
    return reverse("review") + (f"?roadmap={shown.slug}" if "roadmap" in request.GET else "")
