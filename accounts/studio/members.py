"""Settings → Members."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import members
from accounts.access import StudioRequest, studio
from accounts.models import Membership
from common import clock

PER_PAGE = 50


def listing(request: StudioRequest) -> dict[str, Any]:
    """Return what the list of people shows."""
    people = Paginator(members.of(request.workspace), PER_PAGE)
    letters = request.workspace.invitations.filter(accepted_at=None, revoked_at=None)
    return {
        "people": people.get_page(request.GET.get("page")),
        "letters": letters.select_related("invited_by").order_by("-sent_at")[:PER_PAGE],
        "roles": Membership.Role.choices,
        "now": clock.now(),
    }


@require_GET
@studio("administer")
def page(request: StudioRequest) -> HttpResponse:
    """Show who is in, who is asked, and what each role may do."""
    template = "accounts/members.html" + ("#people" if request.htmx else "")
    return render(
        request, template, {**listing(request), "meanings": members.ROLES.items()}
    )


@require_POST
@studio("administer")
def role(request: StudioRequest, member_id: UUID) -> HttpResponse:
    """Give a member another role."""
    members.change_role(
        workspace=request.workspace,
        user_id=member_id,
        role=request.POST.get("role", ""),
        by=request.user,
    )
    return render(request, "accounts/members.html#people", listing(request))


@require_POST
@studio("administer")
def removal(request: StudioRequest, member_id: UUID) -> HttpResponse:
    """Show a member out; whoever leaves goes home."""
    members.remove(workspace=request.workspace, user_id=member_id, by=request.user)
    if member_id == request.user.id:
        messages.success(request, f"You have left {request.workspace.name}.")
        return redirect("home")
    return render(request, "accounts/members.html#people", listing(request))
