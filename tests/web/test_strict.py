"""JSON about which no two readers differ."""

import json

import pytest

from web import strict


def test_takes_what_is_clear() -> None:
    assert strict.loads('{"a": [1, -2.5, true, null, "ä"], "b": {}}') == {"a": [1, -2.5, True, None, "ä"], "b": {}}
    assert strict.loads(f"[{10**17}]") == [10**17]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": 1, "a": 2}', 'The name "a" stands twice in one object.'),
        ("[NaN]", "NaN is no number."),
        ("[-Infinity]", "-Infinity is no number."),
        ("[1e999]", "A number in this file is too large."),
        (f"[{10**18}]", "A number with more than 18 digits stands in this file."),
    ],
)
def test_refuses_what_is_not(text: str, sentence: str) -> None:
    with pytest.raises(strict.Unclear) as refused:
        strict.loads(text)
    assert str(refused.value) == sentence


def test_says_where_it_is_no_json() -> None:
    with pytest.raises(json.JSONDecodeError) as refused:
        strict.loads('{\n "a": }')
    assert (refused.value.lineno, refused.value.colno) == (2, 7)


@pytest.mark.parametrize(("text", "flaw"), [("ä\u202e", ""), ("a\0", "a null character"), ("\ud83d", "half of a surr")])
def test_no_database_takes_these(text: str, flaw: str) -> None:
    assert strict.flaw(text).startswith(flaw)
    assert bool(strict.flaw(text)) == bool(flaw)
