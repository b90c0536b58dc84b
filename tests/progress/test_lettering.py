from hypothesis import given
from hypothesis import strategies as st

from progress import lettering

TEXT = st.text(st.sampled_from("abcdefgh WMil()漢-"), max_size=120)


def test_as_few_lines_as_will_do_and_even() -> None:
    assert lettering.wrap("Docker", 10) == ["Docker"]
    assert lettering.wrap("Fine-tuning a pre-trained model", 10.5) == ["Fine-tuning a", "pre-trained model"]
    assert lettering.wrap("Object-oriented and functional programming", 10.5) == [
        "Object-oriented",
        "and functional",
        "programming",
    ]


def test_what_does_not_fit_ends_in_dots() -> None:
    assert lettering.wrap("Incomprehensibilities", 8) == ["Incomprehens…"]
    lines = lettering.wrap("one two three four five six seven eight nine ten eleven twelve", 6)
    assert (len(lines), lines[0], lines[-1][-1]) == (3, "one two", "…")


def test_no_title_is_no_line() -> None:
    assert lettering.wrap("", 10) == []


@given(TEXT, st.floats(3, 20))
def test_no_line_is_wider_than_the_room(text: str, room: float) -> None:
    lines = lettering.wrap(text, room)
    assert len(lines) <= 3
    assert all(lettering.width(line) <= room for line in lines)


@given(TEXT, st.floats(3, 20))
def test_no_letter_is_lost_unless_dots_say_so(text: str, room: float) -> None:
    said = " ".join(lettering.wrap(text, room))
    assert "…" in said or said == " ".join(text.split())
