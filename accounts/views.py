from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """What allauth's limits answer, wired as handler429; nearly all of their windows are a minute long."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = "60"
    return response
