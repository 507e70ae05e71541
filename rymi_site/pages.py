"""Home and health."""

from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import StudioRequest, studio


@require_GET
@studio()
def home(request: StudioRequest) -> HttpResponse:
    """Show whether it will pick up, and what happened today."""
    return render(request, "studio/home.html")


@require_GET
def health(request: object) -> JsonResponse:
    """Answer a load balancer: the process runs and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
