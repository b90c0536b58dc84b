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


def test_deep_nesting_ends() -> None:
    assert len(markdown.render("> " * 5_000 + "x")) < 200_000
