"""What the site is measured against, served by the same workers: a view that does nothing, and a bare callable."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

from config import wsgi  # starts Django, which the addresses want

# isort: split
from config import urls

VIEW, CALLABLE = "/bench/view", "/bench/wsgi"


@login_not_required
def view(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"ok": True})


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] != CALLABLE:
        return wsgi.application(environ, start_response)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "12")])
    return [b'{"ok": true}']


urlpatterns = [path(VIEW[1:], view), *urls.urlpatterns]
handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
handler429, handler500 = urls.handler429, urls.handler500
