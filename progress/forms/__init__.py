from progress.forms.ahead import AnswerForm, PauseForm, PlanForm, ReviewsForm
from progress.forms.record import (
    AllForm,
    EvidenceForm,
    ImportForm,
    MarkForm,
    NoteForm,
    ReportForm,
    SuggestionForm,
    Words,
)

__all__ = [
    "AllForm",
    "AnswerForm",
    "EvidenceForm",
    "ImportForm",
    "MarkForm",
    "NoteForm",
    "PauseForm",
    "PlanForm",
    "ReportForm",
    "ReviewsForm",
    "SuggestionForm",
    "Words",
]
