import sys
from typing import Any

import pytest

from web import markdown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](https://e.example/x.png)",
        "<a href='https://e.example' onclick='alert(1)'>x</a>",
        "<javascript:alert(1)>",
        '[x](https://e.example "\\" onmouseover=alert(1)")',
        "<style>*{display:none}</style>",
        "<iframe src=https://e.example></iframe>",
    ],
)
def test_nothing_live_comes_through(text: str) -> None:
    html = markdown.render(text)
    for live in ("<script", "<img", "<iframe", "<style", 'href="javascript', 'href="data', 'onclick="', 'onerror="'):
        assert live not in html


def test_ordinary_markdown() -> None:
    assert markdown.render("Some *words* and `code`.\n\n- one\n- two") == (
        "<p>Some <em>words</em> and <code>code</code>.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
    )


def test_links_lead_out_without_our_blessing() -> None:
    assert markdown.render("[x](https://e.example/)") == (
        '<p><a href="https://e.example/" rel="nofollow ugc noopener">x</a></p>\n'
    )


def test_a_picture_is_a_link_to_it() -> None:
    assert markdown.render("![x](https://e.example/x.png)") == (
        '<p>!<a href="https://e.example/x.png" rel="nofollow ugc noopener">x</a></p>\n'
    )


def test_deep_nesting_ends() -> None:
    assert len(markdown.render("> " * 5_000 + "x")) < 200_000


# X11
SHAPES = (
    *("*a", "**a ", "_a", "[", "![", "]", "[a](", "[a]: b\n", "` "),
    *("<a ", "<!--", "&a;", "\\", "> ", "- ", "a\n", "e\u0301"),
)


def work(text: str) -> int:
    """Calls made to render it, as each of Python's and of C's does a bounded part of the work."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        markdown.render(text)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_as_long_is_at_most_twice_the_work(shape: str) -> None:
    assert work(shape * 400) < 2.2 * work(shape * 200)
