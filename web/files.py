"""What goes along with a static file, which no middleware sees. The settings name it: nothing of Django's here."""

from collections.abc import MutableMapping

POLICY = "default-src 'none'; frame-ancestors 'none'"


def headers(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """Opened by itself it runs nothing, and nobody frames it."""
    headers["Content-Security-Policy"] = POLICY
    if url.endswith(".svg"):
        headers["Content-Type"] = "image/svg+xml; charset=utf-8"
