"""What the payment company calls: signed, taken in at once, worked through later."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import processor_events, processors
from common import clock, crash
from common.errors import Refusal

MOST_BYTES = 1_048_576


@csrf_exempt  # signed over its raw bytes instead
@require_POST
def stripe(request: HttpRequest) -> JsonResponse:
    """Take an event in. Its body is neither logged nor kept."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return JsonResponse(
            {"error": "Too big.", "code": "payload_too_large"}, status=413
        )
    try:
        told = processors.processor("stripe").read_event(
            request.body,
            request.headers.get("Stripe-Signature", ""),
            clock.now().timestamp(),
        )
    except Refusal as refusal:
        body = {"error": refusal.message, "code": refusal.code}
        return JsonResponse(body, status=refusal.status)
    is_new = processor_events.receive(told)
    crash.point("event.before_reply")
    return JsonResponse({"received": True, "first": is_new})
