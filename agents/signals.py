"""What happened here, for the floors above. Ids only, sent on commit."""

from django.dispatch import Signal

agent_published = Signal()  # agent_id, snapshot_id
