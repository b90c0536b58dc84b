"""The way out of the weekly letter: by a link in it, without signing in."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from progress import letters
from web.http import Request


@csrf_exempt  # a mail program presses it by itself (RFC 8058), without a cookie; all that the signed link does is stop
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: Request, token: str) -> HttpResponse:
    learner = letters.of_token(token)
    if learner is None:
        raise Http404("There is no such letter.")
    if request.method == "POST":
        letters.stop(learner)
    return render(request, "progress/letters_stop.html", {"stopped": request.method == "POST"})
