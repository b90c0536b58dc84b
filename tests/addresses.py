"""Every address of the site, read from its URL patterns: whoever walks all of them walks the new ones, too."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

_REGULAR = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
VALUES = {
    "roadmap": "trail",
    "slug": "trail",
    "skill": "skill-1",
    "handle": "noor",
    "uidb36": "1",
    "key": "a-b",
    "app_label": "roadmap",
}


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


def routes() -> list[str]:
    """As they stand in the URL configuration, each once."""
    return list(dict.fromkeys(route for route, _ in patterns(get_resolver())))


def readable(route: str) -> str:
    """Without the regular expressions of some: accounts/confirm-email/<key>/."""
    return _REGULAR.sub(r"<\1>", route).replace("^", "").replace("$", "")


def address(route: str, **values: object) -> str:
    """One address of this route, with arguments that it could have."""
    known = VALUES | {name: str(value) for name, value in values.items()}
    route = _REGULAR.sub(lambda match: known.get(match[1], "1"), route)
    route = re.sub(r"<uuid:(\w+)>", lambda match: known.get(match[1], "00000000-0000-0000-0000-000000000000"), route)
    route = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: known.get(match[1], "1"), route)
    return "/" + re.sub(r"\\\.", ".", route).replace("^", "").replace("$", "").replace("\\Z", "")
