"""Workspaces and their members over the API."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import members, workspaces
from accounts.access import ApiRequest, NotAllowed, api, key_of, person
from accounts.api import reach
from accounts.api.reach import Reached
from accounts.models import Account, ApiKey, Membership
from common.api.view import ApiView
from common.errors import NotFound

ANY = {200: {"type": "object", "additionalProperties": True}}
MADE = {201: {"type": "object", "additionalProperties": True}}


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


def shown(found: Reached, here: UUID | None = None) -> dict[str, Any]:
    """Return a workspace as the API shows it."""
    workspace = found.workspace
    return {
        "id": workspace.id,
        "name": workspace.name,
        "role": found.role,
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

    @extend_schema(responses=ANY)
    def get(self, request: ApiRequest) -> Response:
        here = request.workspace.pk
        found = [shown(each, here) for each in reach.reached(request)]
        return Response({"workspaces": found})

    @extend_schema(request=WorkspaceInput, responses=MADE)
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

    @extend_schema(request=WorkspaceChangeInput, responses=ANY)
    def patch(self, request: ApiRequest, workspace_id: UUID) -> Response:
        found = reach.workspace(request, workspace_id, administer=True)
        wanted = WorkspaceChangeInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        workspaces.change(
            found.workspace, fields=dict(wanted.validated_data), by=person(request)
        )
        return Response({"ok": True})

    @extend_schema(responses=ANY)
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

    @extend_schema(responses=ANY)
    def get(self, request: ApiRequest, workspace_id: UUID) -> Response:
        workspace = reach.workspace(request, workspace_id).workspace
        return Response(
            {
                "members": [
                    {
                        "user_id": each.user.id,
                        "email": each.user.email,
                        "role": each.role,
                        "by_account": each.by_account,
                    }
                    for each in members.of(workspace)
                ]
            }
        )

    @extend_schema(request=MemberInput, responses=MADE)
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

    @extend_schema(responses=ANY)
    def delete(
        self, request: ApiRequest, workspace_id: UUID, member_id: UUID
    ) -> Response:
        workspace = reach.workspace(request, workspace_id, administer=True).workspace
        if not any(each.user.pk == member_id for each in members.of(workspace)):
            raise NotFound("Nobody with this id is a member of the workspace.")
        members.remove(workspace=workspace, user_id=member_id, by=person(request))
        return Response({"ok": True})
