"""The audio of a call, in pieces, so that a player can jump."""

from uuid import UUID

from django.http import Http404
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.access import StudioRequest, studio
from telephony import playback
from telephony.models import Recording


@require_safe
@studio()
def call_recording(request: StudioRequest, call_id: UUID) -> HttpResponseBase:
    """Send a recording, or the range of it that is asked for."""
    recording = Recording.objects.filter(
        call__workspace=request.workspace, call_id=call_id
    ).first()
    if recording is None:
        raise Http404
    return playback.send(request, recording)
