"""Pages of the accounts app."""

from django.urls import path

from accounts.studio import (
    appearance,
    audit,
    invitations,
    keys,
    members,
    profile,
    sign_in,
    status,
    tickets,
    workspaces,
)

app_name = "accounts"
urlpatterns = [
    path("sign-in/<str:token>/", sign_in.link, name="sign-in-link"),
    path("invitations/<str:token>/", invitations.letter, name="invitation"),
    path("workspaces/new/", workspaces.new, name="workspace-new"),
    path("workspaces/switch/", workspaces.switch, name="workspace-switch"),
    path("status/", status.page, name="status"),
    path("support/", tickets.page, name="ticket-list"),
    path("support/new/", tickets.new, name="ticket-new"),
    path("support/<uuid:ticket_id>/", tickets.detail, name="ticket-detail"),
    path("support/<uuid:ticket_id>/closing/", tickets.closing, name="ticket-closing"),
    path("settings/members/", members.page, name="member-list"),
    path("settings/members/audit/", audit.entries, name="audit-entries"),
    path("settings/members/<uuid:member_id>/role/", members.role, name="member-role"),
    path(
        "settings/members/<uuid:member_id>/removal/",
        members.removal,
        name="member-removal",
    ),
    path("settings/members/invite/", invitations.invite, name="invitation-new"),
    path(
        "settings/members/invitations/<uuid:invitation_id>/again/",
        invitations.again,
        name="invitation-again",
    ),
    path(
        "settings/members/invitations/<uuid:invitation_id>/revocation/",
        invitations.revocation,
        name="invitation-revocation",
    ),
    path("settings/workspace/", workspaces.name, name="workspace-name"),
    path("settings/keys/", keys.page, name="key-list"),
    path("settings/keys/new/", keys.new, name="key-new"),
    path(
        "settings/keys/<uuid:key_id>/revocation/",
        keys.revocation,
        name="key-revocation",
    ),
    path("settings/appearance/", appearance.page, name="appearance"),
    path("settings/profile/", profile.page, name="profile"),
    path("settings/profile/sessions/end/", profile.sessions_end, name="sessions-end"),
    path(
        "settings/profile/sessions/<int:session_id>/end/",
        profile.session_end,
        name="session-end",
    ),
]
