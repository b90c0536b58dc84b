"""Several curators who decide at once."""

from multiprocessing.synchronize import Barrier
from typing import Any


def accept(settings: dict[str, Any], suggestion: int, skill: int, by: int, start: Barrier, done: Any) -> None:
    from tests.ready import database

    with database(settings):
        from django.utils import timezone

        from curation import suggestions
        from roadmap.models import Resource

        values = {"title": "A good book", "url": "https://example.org/good", "kind": "book", "level": "beginner"}
        book = Resource(skill_id=skill, publisher="Example", minutes=20, why="Short.", **values)
        start.wait(timeout=30)
        try:
            suggestions.accept(suggestion=suggestion, resource=book, answer="", by=by, at=timezone.now())
        except (suggestions.Decided, suggestions.Taken) as error:
            said = type(error).__name__
        else:
            said = "accepted"
    done.put(said)
