"""The accounts part of the public API."""

from django.urls import path

from accounts.api import accounts, keys, support, workspaces

urlpatterns = [
    path("auth/api-keys", keys.KeyList.as_view()),
    path("auth/api-keys/<uuid:key_id>", keys.KeyDetail.as_view()),
    path("keys/self", keys.KeySelf.as_view()),
    path("workspaces", workspaces.WorkspaceList.as_view()),
    path("workspaces/<uuid:workspace_id>", workspaces.WorkspaceDetail.as_view()),
    path("workspaces/<uuid:workspace_id>/members", workspaces.MemberList.as_view()),
    path(
        "workspaces/<uuid:workspace_id>/members/<uuid:member_id>",
        workspaces.MemberDetail.as_view(),
    ),
    path("accounts", accounts.AccountList.as_view()),
    path("accounts/<uuid:account_id>", accounts.AccountDetail.as_view()),
    path("accounts/<uuid:account_id>/members", accounts.AccountMemberList.as_view()),
    path(
        "accounts/<uuid:account_id>/members/<uuid:member_id>",
        accounts.AccountMemberDetail.as_view(),
    ),
    path("support/tickets", support.TicketList.as_view()),
    path("support/status", support.SystemStatusDetail.as_view()),
]
