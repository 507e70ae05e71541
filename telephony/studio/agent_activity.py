"""What the list of agents tells of their calls: a fragment, so that agents need not know
of calls."""

from datetime import timedelta

from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import StudioRequest, studio
from common import clock, ids
from telephony.models import Call

MOST = 50  # agents on one page
DAYS = 7


@require_GET
@studio()
def agent_activity(request: StudioRequest) -> HttpResponse:
    """Fill in the last call and the calls of a week, out of band."""
    wanted = ids.read_all(request.GET.getlist("agent")[:MOST])
    since = ids.floor(clock.now() - timedelta(days=DAYS))
    own = Call.objects.filter(workspace=request.workspace, agent_id=OuterRef("pk"))
    rows = request.workspace.agents.filter(pk__in=wanted).annotate(
        last_call_at=Subquery(own.order_by("-id").values("created_at")[:1]),
        calls_of_week=Count(
            "calls", filter=Q(calls__id__gte=since, calls__workspace=request.workspace)
        ),
    )
    return render(request, "telephony/call/_activity.html", {"rows": rows})
