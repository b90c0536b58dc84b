"""A learner's own data, out and in: export, and import in two steps, looked at first."""

from collections.abc import Sized

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.module_loading import import_string
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from progress import learners, suggestions
from progress.forms import ImportForm
from progress.portability import exporting, importing, reading
from progress.portability.comparing import Merge, compare
from progress.portability.entry import Wrong
from progress.views.guards import filled_in_as_oneself
from web import htmx
from web.http import Request, at_most

LARGEST = reading.MOST_BYTES + 2**20
"""Of a request: the file, and what a form wraps around it."""
SETTINGS = {
    "name": "Name",
    "weekly_letter": "A letter a week",
    "reviews_a_day": "Questions a day, at most",
    "retention": "How well they should sit",
    "time_zone": "Time zone",
    "appearance": "Colours",
    "shortcuts": "Keyboard shortcuts",
}


@require_safe
def data(request: Request) -> HttpResponse:
    return _page(request, ImportForm())


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth's has no types
def export_data(request: Request) -> HttpResponse:
    """GET: the page with the button, behind the question who is there. Nothing in the request says whose data."""
    if request.method != "POST":
        return render(request, "progress/export.html")
    now = timezone.now()
    packed = exporting.archive(learners.of_or_new(request, now), now)
    _log(request, "exported")
    name = f"cairn-{timezone.localdate(now):%Y-%m-%d}.zip"
    headers = {"Content-Disposition": content_disposition_header(True, name), "Cache-Control": "private, no-store"}
    return HttpResponse(packed, content_type="application/zip", headers=headers)


def _too_large(request: Request) -> HttpResponse:
    return _refuse(request, "This file is too large: 20 MB is the most.", 413)


@at_most(LARGEST, _too_large)
@require_http_methods(["GET", "HEAD", "POST"])
def import_data(request: Request) -> HttpResponse:
    return _upload(request) if request.method == "POST" else _look(request)


@filled_in_as_oneself
def _upload(request: Request) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, 422)
    now = timezone.now()
    importing.keep(learner=learners.of_or_new(request, now), content=form.cleaned_data["file"], at=now)
    return redirect("import_data")


def _look(request: Request) -> HttpResponse:
    """What the file that waits would do."""
    now, learner = timezone.now(), learners.of(request)
    if learner is None:
        return redirect("data")
    try:
        digest, file = importing.kept(learner=learner, now=now)
        merge = compare(learner, file, at=now, day=timezone.localdate(now))
    except importing.Missing:
        return redirect("data")
    except Wrong as wrong:
        return _refuse(request, str(wrong), 422)
    context = {
        "file": file,
        "digest": digest,
        "merge": merge,
        "settings": [(SETTINGS[name], here, there) for name, here, there in merge.settings],
        "counts": [(what, len(rows), more) for what, rows, more in _new(merge) if rows],
        "has_news": not merge.is_nothing or merge.settings,
        "unknown": sorted(merge.unknown.values()),
        "most_open": suggestions.MOST_OPEN,
    }
    return render(request, "progress/import.html", context)


def _new(merge: Merge) -> list[tuple[str, Sized, str]]:
    return [
        ("Marks", merge.new, ""),
        ("Steps of your history", merge.history, ""),
        ("Ticks on checkpoints", merge.ticks, ""),
        ("Notes", merge.notes_new, ""),
        ("Links as evidence", merge.evidence, f"{merge.public} of them public" if merge.public else ""),
        ("Reports of links", merge.reports, ""),
        ("Suggestions", merge.suggestions, ""),
        ("Answers in reviews", merge.reviews, ""),
        ("Plans", merge.plans, ""),
        ("Roadmaps you follow", merge.follows, ""),
    ]


@require_POST
@filled_in_as_oneself
def confirm_import(request: Request) -> HttpResponse:
    """action: import or discard."""
    learner, now = learners.of_or_new(request, timezone.now()), timezone.now()
    match request.POST.get("action"):
        case "discard":
            importing.discard(learner=learner)
            messages.success(request, "Nothing was imported, and the file is forgotten.")
        case "import":
            try:
                merge = importing.bring_in(
                    learner=learner,
                    digest=request.POST.get("digest", ""),
                    with_settings="settings" in request.POST,
                    at=now,
                    day=timezone.localdate(now),
                )
            except importing.Missing:
                messages.warning(request, "That file was imported already, or an hour has passed. Choose it again.")
            except Wrong as wrong:
                return _refuse(request, str(wrong), 422)
            else:
                _log(request, "imported")
                _say(request, merge)
        case _:
            sentence = "Choose whether to import the file or not."
            return htmx.refuse(request, 422, "Not imported", sentence, request.path)
    return redirect("data")


def _log(request: Request, kind: str) -> None:
    import_string(settings.SECURITY_LOG)(request.user, kind, request)


def _page(request: Request, form: ImportForm, status: int = 200) -> HttpResponse:
    return render(request, "progress/data.html", {"form": form}, status=status)


def _refuse(request: Request, sentence: str, status: int) -> HttpResponse:
    form = ImportForm({})
    form.errors["file"] = form.error_class([sentence])
    return _page(request, form, status)


def _say(request: Request, merge: Merge) -> None:
    count = len(merge.marks)
    subject = f"{count} mark{'' if count == 1 else 's'}" if count else "The file"
    text = "and all that goes with them are imported." if count > 1 else "is imported."
    context = {"subject": subject, "text": text, "undo": merge.batch and reverse("undo", args=[merge.batch])}
    messages.success(request, render_to_string("components/said.html", context))
