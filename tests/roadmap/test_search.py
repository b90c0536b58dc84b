import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from roadmap import outline, search, tree
from tests.factories import make_trail

TITLES = [
    "Python core",
    "PyTorch",
    "C++",
    "scikit-learn",
    "Retrieval-augmented generation",
    "Évaluation des modèles",
    "Q&A",
]


def skill(number: int, title: str) -> tree.Skill:
    return tree.Skill(number, f"s{number}", title, "", "", "skill", 4, False, (), (), (), (), "trail")


def made(titles: list[str]) -> tree.Outline:
    placements = tuple(tree.Placement(n, "core", skill(n, title)) for n, title in enumerate(titles, start=1))
    group = tree.Group(1, "g", "", "", "all", "core", placements)
    section = tree.Section(1, "s", "Section", "", (group,))
    phase = tree.Phase(1, "p", "Phase", "", (section,), 1)
    blank = dict.fromkeys(
        ("slug", "title", "short_title", "category", "summary", "credit", "introduction", "conclusion"), ""
    )
    return tree.Outline(
        id=1, version=None, reading_minutes=1, tags=(), updated_at=None, phases=(phase,), faqs=(), retired=(),
        before={}, heirs={},
        opens={}, **blank,
    )  # fmt: skip


OUTLINE = made(TITLES)


def found(query: str, outlines: list[tree.Outline] | None = None) -> list[str]:
    return [hit.entry.title for hit in search.find(outlines or [OUTLINE], query)[0].hits]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("pytroch", "PyTorch"),
        ("PYTORCH", "PyTorch"),
        ("pyth", "Python core"),
        ("core pyth", "Python core"),
        ("c++", "C++"),
        ("scikit", "scikit-learn"),
        ("scikitlearn", "scikit-learn"),
        ("learn", "scikit-learn"),
        ("evaluation", "Évaluation des modèles"),
        ("modeles", "Évaluation des modèles"),
        ("retreival", "Retrieval-augmented generation"),
        ("q&a", "Q&A"),
    ],
)
def test_finds(query: str, first: str) -> None:
    assert found(query)[0] == first


@pytest.mark.parametrize("query", ["", "   ", "zzzz", "python zzzz", "&", "<script>", "%", "x" * 5_000])
def test_finds_nothing(query: str) -> None:
    assert found(query) == []


def test_short_words_are_not_guessed() -> None:
    assert found("pyx") == []


WORDS = [
    (title, word) for title in TITLES for word in title.replace("-", " ").split() if word.isalpha() and len(word) > 2
]


@given(st.sampled_from(WORDS), st.data())
def test_any_beginning_of_a_word_finds_its_title(pair: tuple[str, str], data: st.DataObject) -> None:
    title, word = pair
    assert title in found(word[: data.draw(st.integers(2, len(word)))])


@given(st.sampled_from([pair for pair in WORDS if len(pair[1]) >= 5]), st.data())
def test_one_slip_in_a_longer_word_still_finds_it(pair: tuple[str, str], data: st.DataObject) -> None:
    title, word = pair
    at = data.draw(st.integers(1, len(word) - 2))
    slips = [word[:at] + word[at + 1 :], word[:at] + word[at + 1] + word[at] + word[at + 2 :]]
    assert title in found(data.draw(st.sampled_from(slips)))


LETTERS = st.characters(categories=["Lu", "Ll", "Lt", "Lm", "Lo", "Nd"])
LATIN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZéüñ", min_size=5, max_size=12)


@given(st.lists(st.text(LETTERS, min_size=2, max_size=8), min_size=1, max_size=4), st.sampled_from(" -/.:"), st.data())
def test_any_title_is_found_by_the_beginning_of_each_of_its_words(
    words: list[str], between: str, data: st.DataObject
) -> None:
    title = between.join(words)
    outlines = [made([*TITLES, title])]
    for word in words:
        assert title in found(word[: data.draw(st.integers(2, len(word)))], outlines)


@given(st.lists(LATIN, min_size=1, max_size=4), st.data())
def test_any_title_is_found_with_a_slip_in_each_of_its_words(words: list[str], data: st.DataObject) -> None:
    typed = []
    for word in words:
        at = data.draw(st.integers(0, len(word) - 2))
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        typed.append(data.draw(st.sampled_from([swapped, word[:at] + word[at + 1 :]])))
    assert " ".join(words) in found(" ".join(typed), [made([*TITLES, " ".join(words)])])


def test_a_whole_word_comes_before_a_beginning_and_that_before_a_typing_error() -> None:
    outlines = [made(["Rest", "Rustling leaves", "Rust"])]
    assert found("rust", outlines) == ["Rust", "Rustling leaves", "Rest"]
    hits = search.find(outlines, "rust")[0].hits
    assert sorted(hits, key=lambda hit: -hit.score) == list(hits)


def test_of_equals_the_shorter_title_then_the_roadmaps_order() -> None:
    outlines = [made(["A rag in depth", "Rag again", "Rag anew"])]
    assert found("rag", outlines) == ["Rag again", "Rag anew", "A rag in depth"]


@given(st.text(max_size=200))
def test_no_query_fails_and_equal_queries_find_the_same(query: str) -> None:
    assert search.find([OUTLINE], query) == search.find([OUTLINE], query)


def test_what_two_outlines_share_shows_once() -> None:
    assert found("pytorch", [OUTLINE, made(TITLES)]) == ["PyTorch"]


@pytest.mark.django_db
def test_the_shipped_roadmap() -> None:
    call_command("loaddata", "ai-engineer-2026", verbosity=0)
    shown = outline.published()
    skills, resources, _faqs = search.find(shown, "pytroch")
    assert skills.hits[0].entry.item.slug == "pytorch"
    assert {hit.entry.kind for hit in resources.hits} == {"resource"}
    assert search.find(shown, "phd degree")[2].hits[0].entry.title == "Does an AI engineer need a Ph.D.?"


@pytest.mark.django_db
def test_a_new_version_is_found_anew() -> None:
    make_trail(1)
    assert [hit.entry.title for hit in search.find(outline.published(), "skill")[0].hits] == ["Skill 1"]
