"""The same URL gives a page to GET, a redirect to a plain POST and a fragment to htmx; here it is told which."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from web.http import Request


def target(request: Request) -> str:
    """The id of the element that htmx wants anew, or "" where the whole page is wanted.

    Boosted links and restored history want the whole page whatever they name.
    """
    if not request.htmx or request.htmx.boosted or request.htmx.history_restore_request:
        return ""
    return request.htmx.target or ""


def lead(request: Request, path: str) -> HttpResponse:
    """Leads the browser, not only the fragment, to another page."""
    if target(request):
        return HttpResponse(status=204, headers={"HX-Redirect": path})
    return HttpResponseRedirect(path)


def refuse(request: Request, status: int, title: str, sentence: str, back: str) -> HttpResponse:
    """Nothing was written: htmx shows the sentence over the page as it is, a plain form a page with a way back."""
    context = {"title": title, "sentence": sentence, "back": back}
    if target(request):
        response = render(request, "components/toasts.html", context | {"oob": True}, status=status)
        response["HX-Reswap"] = "none"
        return response
    return render(request, "refused.html", context, status=status)
