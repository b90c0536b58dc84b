from progress.models.ahead import WEEKDAYS, Letter, Plan, Recall, Review
from progress.models.record import (
    Change,
    CheckpointTick,
    Evidence,
    Follow,
    Learner,
    Mark,
    Note,
    PendingImport,
    Report,
    State,
    Suggestion,
)

__all__ = [
    "WEEKDAYS",
    "Change",
    "CheckpointTick",
    "Evidence",
    "Follow",
    "Learner",
    "Letter",
    "Mark",
    "Note",
    "PendingImport",
    "Plan",
    "Recall",
    "Report",
    "Review",
    "State",
    "Suggestion",
]
