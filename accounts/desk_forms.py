"""What support is asked before it answers, or tells the public something."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts import components, support
from accounts.models import IncidentUpdate, Level, SupportTicket


class AnswerForm(forms.Form):
    """What support writes to whoever asked."""

    body = forms.CharField(
        label="Answer",
        max_length=support.LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "autofocus": True}),
        help_text="Goes to the customer by mail and onto the ticket's page.",
    )
    status = forms.ChoiceField(
        label="Then it is",
        choices=[
            (value, label)
            for value, label in SupportTicket.Status.choices
            if value != SupportTicket.Status.OPEN
        ],
        widget=UnfoldAdminSelectWidget(),
    )


def _message(rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label="What to say",
        max_length=1_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": rows}),
        help_text="Everybody can read it: what happens, what it means for callers.",
    )


class IncidentForm(forms.Form):
    """What the public is told at first."""

    title = forms.CharField(
        label="Title", max_length=120, widget=UnfoldAdminTextInputWidget()
    )
    level = forms.ChoiceField(
        label="How bad",
        choices=[each for each in Level.choices if each[0] != Level.OPERATIONAL],
        widget=UnfoldAdminSelectWidget(),
    )
    parts = forms.MultipleChoiceField(
        label="What of it", required=False, widget=forms.CheckboxSelectMultiple
    )
    message = _message()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parts: Any = self.fields["parts"]
        parts.choices = [(each.name, each.title) for each in components.known()]


class UpdateForm(forms.Form):
    """What is new."""

    stage = forms.ChoiceField(
        label="Where it stands",
        choices=IncidentUpdate.Stage.choices,
        widget=UnfoldAdminSelectWidget(),
    )
    message = _message()
