"""The ledger of make chaos finds what is lost and what is doubled; else the long run would prove nothing."""

import threading

import pytest

from chaos.attack import judged
from chaos.ledger import SKILLS, Learner, Ledger


class Looked(Learner):
    """One whose page has been looked at."""

    def __init__(self, acts: list[tuple[str, str, bool]], states: dict[str, str]) -> None:
        super().__init__(0, threading.Event())
        self.ledger.acts = acts
        self.states = dict.fromkeys(SKILLS, "todo") | states

    def found(self) -> tuple[int, dict[str, str]]:
        return 7, self.states


def complaints(acts: list[tuple[str, str, bool]], states: dict[str, str], changes: int) -> list[str]:
    return list(judged(Looked(acts, states), {"changes": {"7": changes}, "marks": {"7": 1}}))


KEPT = [("docker", "learning", True), ("docker", "done", True)]


def test_what_was_acknowledged_and_is_there_is_kept() -> None:
    assert complaints(KEPT, {"docker": "done"}, 2) == []


@pytest.mark.parametrize("state", ["learning", "todo"])
def test_what_was_acknowledged_and_is_not_there_is_lost(state: str) -> None:
    assert complaints(KEPT, {"docker": state}, 2) == [f"learner 7 has docker {state} and was told {{'done'}}"]


def test_a_change_fewer_is_lost_and_one_more_is_doubled() -> None:
    for changes in (1, 3):
        assert complaints(KEPT, {"docker": "done"}, changes) == [
            f"learner 7 has {changes} changes, of 2 at least and 2 at most"
        ]


def test_what_was_not_answered_may_be_there_or_not() -> None:
    acts = [*KEPT, ("docker", "skipped", False)]
    assert [complaints(acts, {"docker": state}, 2) for state in ("done", "skipped")] == [[], []]
    assert complaints(acts, {"docker": "todo"}, 2)


def test_to_ask_for_what_is_there_changes_nothing() -> None:
    ledger = Ledger([*KEPT, ("docker", "skipped", False), ("docker", "done", True), ("docker", "todo", True)])
    assert ledger.least_changes == 3
    assert ledger.acknowledged == 4
    assert ledger.may_be("docker") == {"todo"}
    assert ledger.may_be("numpy") == {"todo"}
