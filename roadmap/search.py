"""Finds skills, resources and FAQs by the beginnings of their words and in spite of typing errors. Pure."""

import html
import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from roadmap.tree import Faq, Outline, Resource, Skill

SKILL, RESOURCE, FAQ = "skill", "resource", "faq"
KINDS = (SKILL, RESOURCE, FAQ)

# What a word is worth by where it stands and by how it was found: the beginning of a word in a title beats a whole word
# in a text, which beats a typing error in a title. The more of the word is typed, the more a beginning is worth; the
# fewer words a title has, the more each of them.
TITLE, SHARE_OF_TITLE, TEXT = 8.0, 1.0, 3.0
WHOLE, BEGINNING, REST_OF_BEGINNING, TYPO, TYPO_IN_BEGINNING = 1.0, 0.5, 0.4, 0.35, 0.2

_PART = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+[+#]*")  # C++ and C# are words, too
_TAG = re.compile(r"<[^>]*>")
_LAST = chr(0x10FFFF)


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be found. roadmap and skill: the slugs of the page that has it; a FAQ's skill is empty."""

    kind: str
    item: Skill | Resource | Faq
    title: str
    context: str
    roadmap: str
    skill: str
    free: bool = True


@dataclass(frozen=True, slots=True)
class Hit:
    entry: Entry
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """The best hits of one kind, best first. total: how many there are; hidden: how many more cost money."""

    kind: str
    total: int
    hidden: int
    hits: tuple[Hit, ...]


def find(outlines: Iterable[Outline], query: str, *, free: bool = False, limit: int = 20) -> tuple[Found, ...]:
    """One of each kind. Every word of the query is in each hit. What several outlines hold comes from the first."""
    chunks = dict(_chunks(query))
    found: dict[tuple[str, int], tuple[float, int, int, Entry]] = {}
    for at, outline in enumerate(outlines):
        index = _index(outline)
        for number, score in index.scores(chunks).items():
            entry = index.entries[number]
            found.setdefault((entry.kind, entry.item.id), (-score, at, number, entry))
    return tuple(_best(kind, found.values(), free, limit) for kind in KINDS)


def _best(kind: str, found: Iterable[tuple[float, int, int, Entry]], free: bool, limit: int) -> Found:
    """Of equal scores in the order of the roadmaps."""
    all_hits = sorted(hit for hit in found if hit[-1].kind == kind)
    shown = [hit for hit in all_hits if hit[-1].free or not free]
    hits = tuple(Hit(entry, -score) for score, _, _, entry in shown[:limit])
    return Found(kind, len(shown), len(all_hits) - len(shown), hits)


class Index:
    """word -> number of an entry -> what the word is worth in it."""

    def __init__(self, outline: Outline) -> None:
        self.entries: list[Entry] = []
        self.postings: defaultdict[str, dict[int, float]] = defaultdict(dict)
        names: set[str] = set()
        for entry, name, text in _entries(outline):
            number = len(self.entries)
            title = words(entry.title)
            self.entries.append(entry)
            named = title | words(name)
            names |= named
            for word in named | words(text):
                self.postings[word][number] = TITLE + SHARE_OF_TITLE / len(title) if word in title else TEXT
        self.words = sorted(self.postings)
        self.names = sorted(names)  # only in these are typing errors looked for: texts have too many words like others

    def scores(self, chunks: Mapping[str, tuple[str, ...]]) -> dict[int, float]:
        """Number of an entry -> its score, for entries with every chunk."""
        return _all(self._chunk(joined, parts) for joined, parts in chunks.items())

    def _chunk(self, joined: str, parts: tuple[str, ...]) -> dict[int, float]:
        found = self._word(joined)
        if len(parts) > 1 and min(map(len, parts)) > 1:
            for number, score in _all(map(self._word, parts)).items():
                found[number] = max(found.get(number, 0), score / len(parts))
        return found

    def _word(self, word: str) -> dict[int, float]:
        best: dict[int, float] = {}

        def add(other: str, quality: float) -> None:
            for number, worth in self.postings[other].items():
                if worth * quality > best.get(number, 0):
                    best[number] = worth * quality

        for other in _beginning_with(word, self.words):
            add(other, WHOLE if other == word else BEGINNING + REST_OF_BEGINNING * len(word) / len(other))
        for other, distance in _like(word, self.names):
            add(other, TYPO / distance)
        if not best:  # perhaps a typing error in a word that is not yet typed to its end
            beginnings = {name[: len(word)] for name in self.names if len(name) > len(word)}
            for beginning, distance in _like(word, beginnings):
                for other in _beginning_with(beginning, self.names):
                    add(other, TYPO_IN_BEGINNING / distance)
        return best


def _index(outline: Outline) -> Index:
    kept: Index | None = outline.derived.get("search")
    if kept is None:
        kept = outline.derived["search"] = Index(outline)
    return kept


def _entries(outline: Outline) -> Iterator[tuple[Entry, str, str]]:
    """Each with a name that it is known by apart from its title, and the text to search."""
    for place in outline.places:
        skill, section = place.skill, place.section
        text = f"{skill.summary} {section.title} {place.group.title}"
        yield Entry(SKILL, skill, skill.title, section.title, outline.slug, skill.slug), "", text
    for place in outline.places:
        skill = place.skill
        for resource in skill.resources:
            entry = Entry(RESOURCE, resource, resource.title, skill.title, outline.slug, skill.slug, resource.free)
            yield entry, resource.publisher, ""
    for faq in outline.faqs:
        answer = html.unescape(_TAG.sub(" ", faq.answer))
        yield Entry(FAQ, faq, faq.question, outline.short_title, outline.slug, ""), "", answer


def words(text: str) -> set[str]:
    return {word for joined, parts in _chunks(text) for word in (joined, *parts)}


def _chunks(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What stands between spaces, joined and in parts: scikit-learn is scikitlearn, scikit and learn."""
    for chunk in text.split():
        parts = tuple(filter(None, map(_fold, _PART.findall(chunk))))
        if parts:
            yield "".join(parts), parts


def _fold(part: str) -> str:
    """Without case and accents, and without what letters such as Ŀ come apart into."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", part).casefold())
    return "".join(letter for letter in plain if letter.isalnum() or letter in "+#")


def _beginning_with(beginning: str, words: list[str]) -> list[str]:
    return words[bisect_left(words, beginning) : bisect_left(words, beginning + _LAST)]


def _like(word: str, others: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Other words that a typing error or two may have made this one of, and how many it took."""
    letters = sum(map(str.isalpha, word))
    if letters >= 4:
        errors = 1 if letters < 8 else 2
        near = process.extract(word, others, scorer=OSA.distance, score_cutoff=errors, limit=None)  # type: ignore[arg-type]  # its types know no scorer of whole numbers
        yield from ((other, distance) for other, distance, _ in near if distance)


def _all(found: Iterable[dict[int, float]]) -> dict[int, float]:
    """What is in each, with the sum of its scores. Reads no further than it must."""
    together: dict[int, float] | None = None
    for one in found:
        together = one if together is None else {key: together[key] + one[key] for key in together if key in one}
        if not together:
            break
    return together or {}
