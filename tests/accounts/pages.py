"""What a browser would find on an account page."""

import re
from html.parser import HTMLParser
from typing import Any


class Page(HTMLParser):
    """Title, headings, fields and links of a page, and what the security policy would block on it."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.html = response.content.decode()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._texts: dict[str, list[str]] = {"title": [], "h1": []}
        self._in = ""
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in self._texts:
            self._texts[tag].append("")
            self._in = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._in:
            self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in:
            self._texts[self._in][-1] += data

    @property
    def title(self) -> str:
        return self._texts["title"][0]

    @property
    def h1(self) -> list[str]:
        return self._texts["h1"]

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def field(self, name: str) -> dict[str, str | None]:
        """The field of the page's own form; the one for colours and signing out has a next of its own."""
        return next(attrs for tag, attrs in self.tags if tag == "input" and attrs.get("name") == name)

    def fields(self, name: str) -> list[str | None]:
        return [attrs.get("value") for tag, attrs in self.tags if tag == "input" and attrs.get("name") == name]

    def error(self, name: str) -> str:
        """The sentence below a field, as the field itself refers to it."""
        field = self.field(name)
        wanted = f"{field['id']}_error"
        if field.get("aria-invalid") != "true" or wanted not in (field.get("aria-describedby") or "").split():
            return ""
        found = re.search(rf'id="{wanted}".*?<span>(.*?)</span></p>', self.html)
        return found.group(1) if found else ""

    @property
    def summary(self) -> list[str]:
        """Where the links of the list of errors lead."""
        note = re.search(r'<div class="note bad" role="alert" tabindex="-1".*?</ul>', self.html, re.DOTALL)
        return re.findall(r'<a href="#([^"]+)"', note.group(0)) if note else []

    @property
    def links(self) -> list[str | None]:
        return [attrs.get("href") for attrs in self.all("a")]

    @property
    def blocked(self) -> list[str]:
        """What a policy without unsafe-inline would not let through."""
        found = [f"style on {tag}" for tag, attrs in self.tags if "style" in attrs]
        found += [f"{name} on {tag}" for tag, attrs in self.tags for name in attrs if name.startswith("on")]
        found += ["style element" for _ in self.all("style")]
        scripts = [attrs for attrs in self.all("script") if attrs.get("type") != "application/json"]
        return found + ["inline script" for attrs in scripts if not attrs.get("src")]
