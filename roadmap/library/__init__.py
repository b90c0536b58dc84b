"""Content as files: Django's fixtures beside the database, by uid: docs/library.md describes it."""

from roadmap.library.comparing import Difference, Verdict, compare
from roadmap.library.dumping import UNPLACED, dump
from roadmap.library.loading import load, rehearse, remember
from roadmap.library.reading import MOST_BYTES, Row, Wrong, parse

__all__ = [
    "MOST_BYTES",
    "UNPLACED",
    "Difference",
    "Row",
    "Verdict",
    "Wrong",
    "compare",
    "dump",
    "load",
    "parse",
    "rehearse",
    "remember",
]
