"""What the address of a roadmap asks to be shown."""

from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qs, urlencode

from django.core.exceptions import BadRequest

from progress import journey


@dataclass(frozen=True, slots=True)
class Filters:
    """state: one of journey.FILTERS, or "" for all. free: only resources that cost nothing."""

    state: str = ""
    free: bool = False

    @classmethod
    def parse(cls, query: str) -> "Filters":
        try:
            fields = parse_qs(query, max_num_fields=50)
        except ValueError:
            raise BadRequest("This address has more than 50 fields. Leave out all but the filter.") from None
        state, free = fields.get("state", [""])[-1], fields.get("free", [""])[-1]
        if state and state not in journey.FILTERS:
            raise BadRequest(f"There is no filter “{state[:40]}”. Choose one of: {', '.join(journey.FILTERS)}.")
        if free not in ("", "1"):
            raise BadRequest("The filter for free resources is written free=1.")
        return cls(state, free == "1")

    def query(self, **changes: str | bool) -> str:
        return _query(changes.get("state", self.state), changes.get("free", self.free))

    @property
    def free_only(self) -> str:
        """For links to other pages, which keep only this."""
        return self.query(state="")


@cache
def _query(state: str | bool, free: str | bool) -> str:
    fields = ({"state": state} if state else {}) | ({"free": "1"} if free else {})
    return f"?{urlencode(fields)}" if fields else ""
