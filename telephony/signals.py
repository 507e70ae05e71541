"""What happened here, for the floors above. Ids only, sent on commit."""

from django.dispatch import Signal

call_started = Signal()  # call_id
call_ended = Signal()  # call_id
