"""A browser for a served site: cookies, tokens, forms."""

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request


class Browser:
    def __init__(self, port: int) -> None:
        self.site = f"http://localhost:{port}"
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)
        self.page = ""

    def get(self, path: str) -> str:
        """Follows redirects; an error is raised."""
        with self.opener.open(self.site + path, timeout=30) as answer:
            self.page = answer.read().decode()
        return self.page

    def post(self, path: str, **data: str) -> str:
        """With what the forms of the page before carry."""
        hidden = {name: self.field(name) for name in ("csrfmiddlewaretoken", "learner")}
        body = urllib.parse.urlencode(hidden | data).encode()
        with self.opener.open(self.site + path, body, timeout=30) as answer:
            self.page = answer.read().decode()
        return self.page

    def field(self, name: str) -> str:
        return next(iter(re.findall(rf'name="{name}" value="([^"]*)"', self.page)), "")

    def state(self, slug: str) -> str:
        """Of a skill, on the page of its roadmap."""
        return re.findall(rf'id="skill-{slug}" data-state="(\w+)"', self.page)[0]
