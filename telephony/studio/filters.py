"""What the calls page is asked for, read from its address."""

from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.utils import timezone

from telephony.models import Call
from telephony.reports import Filters, State

STATES = [
    ("", "All"),
    ("live", "Live"),
    ("completed", "Completed"),
    ("failed", "Failed"),
    ("unconnected", "Not connected"),
]
CHANNELS = [
    ("", "Voice and text"),
    (Call.Channel.BROWSER, "Voice in the browser"),
    (Call.Channel.TEXT, "Typed"),
]
SPANS = [
    ("", "Any time"),
    ("today", "Today"),
    ("yesterday", "Yesterday"),
    ("week", "Last 7 days"),
    ("month", "Last 30 days"),
    ("between", "Between…"),
]


class FilterForm(forms.Form):
    """The filters above the list. What cannot be read is said and left out."""

    q = forms.CharField(required=False, max_length=80)
    state = forms.ChoiceField(choices=STATES, required=False)
    agent = forms.UUIDField(required=False)
    channel = forms.ChoiceField(choices=CHANNELS, required=False)
    span = forms.ChoiceField(choices=SPANS, required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", "The last day lies before the first one.")
        return cleaned

    def filters(self, today: date) -> Filters:
        """Return what is asked for, as far as it can be read."""
        self.is_valid()
        asked = self.cleaned_data
        since, until = self._days(today)
        return Filters(
            state=cast(State, asked.get("state", "")),
            agent_id=asked.get("agent"),
            channel=asked.get("channel", ""),
            since=_midnight(since),
            until=_midnight(until + timedelta(days=1)) if until else None,
            search=asked.get("q", ""),
        )

    def _days(self, today: date) -> tuple[date | None, date | None]:
        span = self.cleaned_data.get("span", "")
        if span == "between":
            return self.cleaned_data.get("since"), self.cleaned_data.get("until")
        back = {"today": 0, "yesterday": 1, "week": 6, "month": 29}.get(span)
        if back is None:
            return None, None
        first = today - timedelta(days=back)
        return first, first if span == "yesterday" else None


def _midnight(day: date | None) -> datetime | None:
    """Return the beginning of a day where the reader lives."""
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
