"""What happened here, for the floors above. Ids only, sent on commit."""

from django.dispatch import Signal

workspace_founded = Signal()  # workspace_id
key_created = Signal()  # key_id
key_revoked = Signal()  # key_id
