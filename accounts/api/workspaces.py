"""Workspaces and their members over the API."""

from typing import Any, get_args
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import access, members, workspaces
from accounts.access import ApiRequest, NotAllowed, api, key_of, person
from accounts.api import reach
from accounts.api.reach import Reached
from accounts.models import Account, AccountMembership, ApiKey, Membership
from common.api.done import OkOutput
from common.api.view import ApiView
from common.errors import NotFound

ROLES = get_args(access.Role)  # in a workspace, or in all of its account


class WorkspaceInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    operating_country = serializers.CharField(
        max_length=2, required=False, allow_null=True, allow_blank=True
    )
    account = serializers.UUIDField(required=False, allow_null=True)
    parent = serializers.UUIDField(  # type: ignore[assignment]  # a field called parent
        required=False, allow_null=True
    )


class WorkspaceChangeInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, required=False)
    operating_country = serializers.CharField(
        max_length=2, required=False, allow_null=True, allow_blank=True
    )
    spend_cap_cents_monthly = serializers.IntegerField(
        min_value=0, max_value=2_000_000_000, required=False, allow_null=True
    )


class MemberInput(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(
        Membership.Role.values, default=Membership.Role.CLIENT
    )


class WorkspaceOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(
        [role for role in ROLES if role != AccountMembership.Role.BILLING],
        allow_null=True,
        help_text="What one may do here, by the stronger of both roles; null: look"
        " after the account's money alone.",
    )
    parent_id = serializers.UUIDField(
        allow_null=True, help_text="The agency's workspace that pays; null: none."
    )
    account_id = serializers.UUIDField()
    account_name = serializers.CharField()
    account_role = serializers.ChoiceField(
        AccountMembership.Role.values,
        allow_null=True,
        help_text="Of the person who asks; null: none, or a key asks.",
    )
    operating_country = serializers.CharField(
        allow_null=True, help_text="ISO 3166, two letters."
    )
    spend_cap_cents_monthly = serializers.IntegerField(
        allow_null=True, help_text="US cents, which are credits; null: no cap."
    )
    current = serializers.BooleanField(help_text="Whether it is the one that asks.")


class WorkspaceListOutput(serializers.Serializer[Any]):
    workspaces = WorkspaceOutput(many=True)


class WorkspaceMadeOutput(serializers.Serializer[Any]):
    workspace = WorkspaceOutput()


class MemberOutput(serializers.Serializer[Any]):
    user_id = serializers.UUIDField(source="user.id")
    email = serializers.EmailField(source="user.email")
    role = serializers.ChoiceField(ROLES)
    by_account = serializers.BooleanField(
        help_text="Whether the role is one in the account, and holds in all of it."
    )


class MemberListOutput(serializers.Serializer[Any]):
    members = MemberOutput(many=True)


class MemberAdded(serializers.Serializer[Any]):
    user_id = serializers.UUIDField(
        allow_null=True, help_text="null: they have no account yet."
    )
    email = serializers.EmailField()
    role = serializers.ChoiceField(Membership.Role.values)
    invited = serializers.BooleanField(
        help_text="Whether they got a letter, and are in once they follow it."
    )


class MemberAddedOutput(serializers.Serializer[Any]):
    member = MemberAdded()


def shown(found: Reached, here: UUID | None = None) -> dict[str, Any]:
    """Return a workspace as the API shows it."""
    workspace = found.workspace
    return {
        "id": workspace.id,
        "name": workspace.name,
        "role": None if found.role == AccountMembership.Role.BILLING else found.role,
        "parent_id": workspace.parent_id,
        "account_id": workspace.account_id,
        "account_name": workspace.account.name,
        "account_role": found.account_role,
        "operating_country": workspace.operating_country or None,
        "spend_cap_cents_monthly": workspace.spend_cap_cents_monthly,
        "current": workspace.pk == here,
    }


@api("workspaces", read="see", write="administer")
class WorkspaceList(ApiView):
    """The workspaces that the key or the person reaches."""

    @extend_schema(responses=WorkspaceListOutput)
    def get(self, request: ApiRequest) -> Response:
        here = request.workspace.pk
        found = [shown(each, here) for each in reach.reached(request)]
        return Response({"workspaces": found})

    @extend_schema(request=WorkspaceInput, responses={201: WorkspaceMadeOutput})
    def post(self, request: ApiRequest) -> Response:
        wanted = WorkspaceInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        parent = None
        if asked.get("parent"):
            parent = reach.workspace(
                request, asked["parent"], administer=True
            ).workspace
        workspace = workspaces.add(
            account=_account(request, asked.get("account")),
            name=asked["name"],
            operating_country=asked.get("operating_country"),
            parent=parent,
            by=person(request),
        )
        return Response({"workspace": shown(Reached(workspace, "admin", None))}, 201)


def _account(request: ApiRequest, wanted: UUID | None) -> Account:
    key = key_of(request)
    if key and key.kind != ApiKey.Kind.ACCOUNT:
        raise NotAllowed("A workspace key makes no workspaces. Use an account key.")
    account_id = wanted or request.workspace.account_id
    return reach.account(request, account_id, to_change=True)


@api("workspaces", read="see", write="administer")
class WorkspaceDetail(ApiView):
    """One workspace."""

    @extend_schema(request=WorkspaceChangeInput, responses=OkOutput)
    def patch(self, request: ApiRequest, workspace_id: UUID) -> Response:
        found = reach.workspace(request, workspace_id, administer=True)
        wanted = WorkspaceChangeInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        workspaces.change(
            found.workspace, fields=dict(wanted.validated_data), by=person(request)
        )
        return Response({"ok": True})

    @extend_schema(responses={200: OkOutput})
    def delete(self, request: ApiRequest, workspace_id: UUID) -> Response:
        found = reach.workspace(request, workspace_id, administer=True)
        key = key_of(request)
        if key is None and found.account_role != "owner":
            raise NotAllowed("Only the account's owner closes a workspace.")
        if key is not None and key.kind != ApiKey.Kind.ACCOUNT:
            raise NotAllowed("A workspace key closes no workspace. Use an account key.")
        workspaces.delete(found.workspace, by=person(request))
        return Response({"ok": True})


@api("workspaces", read="see", write="administer")
class MemberList(ApiView):
    """Who may enter a workspace."""

    @extend_schema(responses=MemberListOutput)
    def get(self, request: ApiRequest, workspace_id: UUID) -> Response:
        workspace = reach.workspace(request, workspace_id).workspace
        found = members.of(workspace)
        return Response({"members": MemberOutput(found, many=True).data})

    @extend_schema(request=MemberInput, responses={201: MemberAddedOutput})
    def post(self, request: ApiRequest, workspace_id: UUID) -> Response:
        """Let a person in; who has no account gets an invitation by mail."""
        workspace = reach.workspace(request, workspace_id, administer=True).workspace
        wanted = MemberInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        membership = members.add(
            workspace=workspace,
            email=asked["email"],
            role=asked["role"],
            by=person(request),
        )
        told = {
            "user_id": membership.user_id if membership else None,
            "email": asked["email"],
            "role": asked["role"],
            "invited": membership is None,
        }
        return Response({"member": told}, 201)


@api("workspaces", read="see", write="administer")
class MemberDetail(ApiView):
    """One member of a workspace."""

    @extend_schema(responses={200: OkOutput})
    def delete(
        self, request: ApiRequest, workspace_id: UUID, member_id: UUID
    ) -> Response:
        workspace = reach.workspace(request, workspace_id, administer=True).workspace
        if not any(each.user.pk == member_id for each in members.of(workspace)):
            raise NotFound("Nobody with this id is a member of the workspace.")
        members.remove(workspace=workspace, user_id=member_id, by=person(request))
        return Response({"ok": True})
