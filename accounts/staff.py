"""What support may do, and how it becomes staff."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from accounts import audit, sessions
from accounts.models import User
from common.errors import Refusal

SUPPORT = "Support"  # looks at everything but conversations; acts with a reason
CONVERSATIONS = "Conversations"  # opens transcripts and recordings
# Conversations are the customers' own; opening one needs a permission of its own.
PRIVATE = ("view_transcriptsegment", "view_recording")
# Credentials, sessions and one-time links are nobody's to look at.
SECRET = ("session", "usersession", "signinlink", "authenticator", "mediatoken")
DEEDS = (
    "hijack_user",
    "change_user",
    "change_apikey",
    "change_call",
    "change_fanout",
    "change_supportticket",
    "change_incident",
    "add_ledgerentry",
    "delete_providerkey",
)


def may_hijack(*, hijacker: User, hijacked: User) -> bool:
    """Tell whether a member of staff may act as this person: customers only."""
    return bool(
        hijacked
        and hijacked.is_active
        and not hijacked.is_staff
        and not hijacked.is_superuser
        and hijacker.is_staff
        and hijacker.has_perm("accounts.hijack_user")
    )


@transaction.atomic
def add(
    email: str, *, superuser: bool = False, conversations: bool = False
) -> tuple[User, bool]:
    """Make a person staff, and the person, too, where there is none."""
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    made = user is None
    if user is None:
        user = User.objects.create_user(email)
    user.is_staff = True
    user.is_superuser = user.is_superuser or superuser
    user.save(update_fields=["is_staff", "is_superuser"])
    user.groups.add(_support())
    if conversations:
        user.groups.add(_conversations())
    audit.record(workspace=None, actor=None, verb="staff.added", target=email)
    return user, made


def _support() -> Group:
    group, _ = Group.objects.get_or_create(name=SUPPORT)
    views = Permission.objects.filter(codename__startswith="view_")
    views = views.exclude(codename__in=PRIVATE).exclude(content_type__model__in=SECRET)
    deeds = Permission.objects.filter(codename__in=DEEDS)
    group.permissions.set([*views, *deeds])
    return group


def _conversations() -> Group:
    group, _ = Group.objects.get_or_create(name=CONVERSATIONS)
    group.permissions.set(Permission.objects.filter(codename__in=PRIVATE))
    return group


def enable(user: User, *, by: User, reason: str) -> None:
    """Let a disabled person sign in again."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit.record(
        workspace=None, actor=by, verb="user.enabled", target=user.email, reason=reason
    )


def disable(user: User, *, by: User, reason: str) -> None:
    """Shut a person out: every session ends at once."""
    if user == by:
        raise Refusal("You cannot disable yourself.", code="invalid")
    user.is_active = False
    user.save(update_fields=["is_active"])
    sessions.end_all(user)
    audit.record(
        workspace=None, actor=by, verb="user.disabled", target=user.email, reason=reason
    )
