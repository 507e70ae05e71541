"""Inviting people, and the page their letter leads to."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from accounts import invitations, letters, members
from accounts.access import SESSION_KEY, StudioRequest, studio
from accounts.adapter import INVITED
from accounts.models import Membership
from accounts.studio.members import listing
from common.errors import Refusal

DRAWER = "accounts/_invite.html"


@require_http_methods(["GET", "POST"])
@studio("administer")
def invite(request: StudioRequest) -> HttpResponse:
    """Ask for an address and a role; answer with the link that was sent."""
    if not request.htmx:
        return redirect("accounts:member-list")
    email = request.POST.get("email", "")
    role = request.POST.get("role", Membership.Role.CLIENT)
    words = {"email": email, "role": role, "meanings": members.ROLES.items()}
    if request.method == "GET":
        return render(request, DRAWER, words)
    try:
        letter, link = invitations.invite(
            workspace=request.workspace, email=email, role=role, by=request.user
        )
    except letters.NotSent as refusal:
        response = render(request, DRAWER, {**words, "refusal": refusal}, status=422)
        return trigger_client_event(response, "members:changed")
    except Refusal as refusal:
        return render(request, DRAWER, {**words, "refusal": refusal}, status=422)
    response = render(request, DRAWER, {"letter": letter, "link": link})
    return trigger_client_event(response, "members:changed")


@require_POST
@studio("administer")
def again(request: StudioRequest, invitation_id: UUID) -> HttpResponse:
    """Send the letter once more, with a fresh link."""
    letter = get_object_or_404(request.workspace.invitations, pk=invitation_id)
    invitations.send_again(letter, by=request.user)
    response = render(request, "accounts/members.html#people", listing(request))
    said = {"text": f"Sent again to {letter.email}"}
    return trigger_client_event(response, "toast", said)


@require_POST
@studio("administer")
def revocation(request: StudioRequest, invitation_id: UUID) -> HttpResponse:
    """Withdraw the letter: its link stops working."""
    letter = get_object_or_404(request.workspace.invitations, pk=invitation_id)
    invitations.revoke(letter, by=request.user)
    return render(request, "accounts/members.html#people", listing(request))


@sensitive_variables("token")
@never_cache
@require_http_methods(["GET", "POST"])
def letter(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites to what; let the right person in."""
    try:
        found = invitations.find(token)
        if request.method == "POST" and request.user.is_authenticated:
            workspace = invitations.accept(token, user=request.user)
            request.session.pop(INVITED, None)
            request.session[SESSION_KEY] = str(workspace.id)
            messages.success(request, f"Welcome to {workspace.name}.")
            return redirect("home")
    except Refusal as refusal:
        request.session.pop(INVITED, None)
        context = {"refusal": refusal}
        return render(
            request, "accounts/invitation.html", context, status=refusal.status
        )
    if not request.user.is_authenticated:
        request.session[INVITED] = token  # signing up or in leads back here
    is_theirs = getattr(request.user, "email", "").lower() == found.email
    return render(
        request,
        "accounts/invitation.html",
        {"letter": found, "is_theirs": is_theirs, "meaning": members.ROLES[found.role]},
    )
