from django import forms

from progress.models import State


class MarkForm(forms.Form):
    state = forms.ChoiceField(
        choices=State.choices,
        error_messages={
            "required": "Choose a state: to do, learning, done or skipped.",
            "invalid_choice": "There is no state “%(value)s”. Choose to do, learning, done or skipped.",
        },
    )


class AllForm(forms.Form):
    scope = forms.RegexField(
        r"^(roadmap|(phase|section)-[a-z0-9_-]+)\Z",
        error_messages={
            "required": "Say what to mark: the roadmap, a phase or a section.",
            "invalid": "Say what to mark: the roadmap, a phase or a section.",
        },
    )
    state = forms.ChoiceField(
        choices=[("done", "Done"), ("todo", "To do")],
        error_messages={
            "required": "Choose a state: done or to do.",
            "invalid_choice": "Many skills at once become done or to do, not “%(value)s”.",
        },
    )
