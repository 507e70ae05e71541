"""Endpoints that are gone: browser tokens come with the call that they are for."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def gone(request: HttpRequest) -> JsonResponse:
    """Point old clients to where tokens come from."""
    return JsonResponse(
        {
            "error": "Gone",
            "code": "realtime_token_removed",
            "message": "Create a call with a webrtc participant: the answer holds"
            " access.url and access.token.",
            "migration_url": f"{settings.PUBLIC_BASE_URL}/v1/docs",
        },
        status=410,
    )
