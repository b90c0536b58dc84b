"""What a learner says of reviews and of the plan."""

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict

from progress import planner, plans, recall
from progress.journey import Journey
from progress.models import WEEKDAYS, Plan, Review


class AnswerForm(forms.Form):
    question = forms.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), "There is no such question."),
    )
    rating = forms.TypedChoiceField(
        choices=Review.Rating.choices,
        coerce=int,
        error_messages={
            "required": "Say how well you remembered it: forgot, hard, good or easy.",
            "invalid_choice": "Say how well you remembered it: forgot, hard, good or easy.",
        },
    )


class ReviewsForm(forms.Form):
    """How much a learner wants to be asked."""

    reviews_a_day = forms.IntegerField(
        min_value=0,
        max_value=recall.MOST,
        label="Questions a day, at most",
        help_text="0 asks nothing; what you know is kept.",
        error_messages={
            "required": f"Give a number from 0 to {recall.MOST}.",
            "invalid": f"Give a whole number from 0 to {recall.MOST}.",
            "min_value": f"Give a number from 0 to {recall.MOST}.",
            "max_value": f"{recall.MOST} a day is the most.",
        },
    )
    retention = forms.TypedChoiceField(
        choices=[
            ("0.80", "Loosely: 80% remembered, few questions"),
            ("0.85", "85%"),
            ("0.90", "Well: 90% remembered"),
            ("0.95", "Firmly: 95% remembered, about twice as often"),
            ("0.97", "97%"),
        ],
        coerce=float,
        label="How well it should sit",
        help_text="Counts from your next answer on.",
        error_messages={"required": "Choose one of these.", "invalid_choice": "Choose one of these."},
    )


class Hours(forms.DecimalField):
    """Hours as one types them, 1.5 or 1,5; in quarters, whole numbers, everywhere else.

    A field of text: from one of numbers a browser sends nothing, or other digits, for what it does not take for one.
    """

    widget = forms.TextInput

    default_error_messages = {"invalid": "Give a number of hours, such as 2 or 1.5."}

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(required=False, min_value=0, max_value=most, **kwargs)
        self.error_messages |= dict.fromkeys(("min_value", "max_value"), f"Give 0 to {most} hours.")
        self.widget.attrs |= {"inputmode": "decimal"}
        for validator in self.validators:
            if isinstance(validator, (MinValueValidator, MaxValueValidator)):
                validator.message = f"Give 0 to {most} hours."

    def prepare_value(self, value: Any) -> Any:
        return f"{value / planner.QUARTERS:g}" if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)

    def clean(self, value: Any) -> int | None:
        hours = super().clean(value)
        if hours is None:
            return None
        quarters = hours * planner.QUARTERS
        if quarters != int(quarters):
            raise forms.ValidationError("Use quarters of an hour: 1.25, 1.5, 1.75.")
        return int(quarters)


class Day(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        wrong = dict.fromkeys(("invalid", "required"), "Give a date such as 2026-12-24.")
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(input_formats=["%Y-%m-%d"], widget=widget, error_messages=wrong, **kwargs)


class PlanForm(forms.Form):
    """Gives `values`, as Plan has them. A group that is still to pick one from has a field of its own."""

    week = Hours(most=168, label="Hours a week", help_text="Changed alone, it is spread over your days as they are.")
    start = Day(label="Start")
    target = Day(required=False, label="Target", help_text="If there is one. It only tells the hours that it takes.")
    optional = forms.BooleanField(required=False, label="Plan optional skills, too")

    def __init__(self, data: QueryDict | None, *, plan: Plan | None, trip: Journey, today: dt.date) -> None:
        self.today, self.before = today, plan.weekdays if plan else plans.USUAL
        initial: dict[str, Any] = {"start": today} | dict(zip(WEEKDAYS, self.before, strict=True))
        initial["week"] = sum(self.before)
        if plan:
            target = plan.target if plan.target and plan.target >= today else None
            initial |= {"start": plan.start, "target": target, "optional": plan.optional}
        super().__init__(data, initial=initial)
        for day in WEEKDAYS:
            self.fields[day] = Hours(most=24, label=day.capitalize())
        self.picks: dict[str, int] = {}
        for group in trip.to_pick:
            name = f"pick-{group.slug}"
            choices = [("", "The shortest")] + [(each.skill.id, each.skill.title) for each in group.placements]
            chosen = (plan.picks if plan else {}).get(str(group.id))
            self.fields[name] = forms.TypedChoiceField(
                choices=choices,
                coerce=int,
                empty_value=None,
                required=False,
                initial=chosen,
                label=f"For “{group.title}”",
                error_messages={"invalid_choice": "Choose one of these."},
            )
            self.picks[name] = group.id

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[day] for day in WEEKDAYS]

    @property
    def groups(self) -> list[forms.BoundField]:
        return [self[name] for name in self.picks]

    def clean_start(self) -> dt.date:
        start: dt.date = self.cleaned_data["start"]
        if not dt.date(2000, 1, 1) <= start <= self.today + dt.timedelta(days=plans.YEARS * 366):
            raise forms.ValidationError(f"Start within the next {plans.YEARS} years.")
        return start

    def clean_target(self) -> dt.date | None:
        target: dt.date | None = self.cleaned_data["target"]
        if target and target < self.today:
            raise forms.ValidationError("This day has passed. Choose one to come, or leave it empty.")
        if target and self.cleaned_data.get("start") and target < self.cleaned_data["start"]:
            raise forms.ValidationError("This is before the start.")
        if target and target > self.today + dt.timedelta(days=planner.HORIZON):
            raise forms.ValidationError("Choose a day within the next 50 years.")
        return target

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if "week" in cleaned and all(day in cleaned for day in WEEKDAYS):
            try:
                cleaned["weekdays"] = self._weekdays()
            except forms.ValidationError as error:
                self.add_error("week", error)
        return cleaned

    def _weekdays(self) -> planner.Weekdays:
        """Days and week say the same; where one of them was changed alone, it counts."""
        week, days = self.cleaned_data["week"], tuple(self.cleaned_data[day] or 0 for day in WEEKDAYS)
        together = sum(days) / planner.QUARTERS
        if week not in (None, sum(days), sum(self.before)):
            if days != self.before:
                raise forms.ValidationError(f"The days make {together:g} hours. Change the days or the week, not both.")
            days = planner.spread(self.before, week)
            if sum(days) < week:
                raise forms.ValidationError(
                    f"Your days have room for {sum(days) / planner.QUARTERS:g} hours. Give more days some hours."
                )
        if not any(days):
            raise forms.ValidationError("Give at least one day of the week some hours.")
        return days

    @property
    def values(self) -> dict[str, Any]:
        picks = {str(group): self.cleaned_data[name] for name, group in self.picks.items() if self.cleaned_data[name]}
        return {name: self.cleaned_data[name] for name in ("weekdays", "start", "target", "optional")} | {
            "picks": picks
        }


class PauseForm(forms.Form):
    first = Day(label="First day")
    last = Day(label="Last day")

    def clean_last(self) -> dt.date:
        last: dt.date = self.cleaned_data["last"]
        first = self.cleaned_data.get("first")
        if first and last < first:
            raise forms.ValidationError("A pause ends on its first day or later.")
        return last
