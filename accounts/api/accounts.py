"""Accounts and their people over the API."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import account_members
from accounts.access import ApiRequest, api, person
from accounts.api import reach
from accounts.models import Account, AccountMembership
from common.api.done import OkOutput
from common.api.view import ApiView


class AccountInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)


class RoleInput(serializers.Serializer[Any]):
    role = serializers.ChoiceField(AccountMembership.Role.values)


class PersonInput(RoleInput):
    email = serializers.EmailField(max_length=254)


class AccountOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(
        AccountMembership.Role.values,
        allow_null=True,
        help_text="Of the person who asks; null: a key asks.",
    )


class AccountListOutput(serializers.Serializer[Any]):
    accounts = AccountOutput(many=True)


class AccountDetailOutput(serializers.Serializer[Any]):
    account = AccountOutput()


class AccountRoleOutput(serializers.Serializer[Any]):
    user_id = serializers.UUIDField()
    role = serializers.ChoiceField(AccountMembership.Role.values)


class AccountMemberOutput(AccountRoleOutput):
    email = serializers.EmailField(source="user.email")


class AccountMemberListOutput(serializers.Serializer[Any]):
    members = AccountMemberOutput(many=True)


class AccountMemberAddedOutput(serializers.Serializer[Any]):
    member = AccountMemberOutput()


class AccountRoleChangedOutput(serializers.Serializer[Any]):
    member = AccountRoleOutput()


def _shown(request: ApiRequest, account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "role": reach.account_role(request, account),
    }


@api("accounts")
class AccountList(ApiView):
    """The accounts that the key or the person has a part in."""

    @extend_schema(operation_id="accounts_list", responses=AccountListOutput)
    def get(self, request: ApiRequest) -> Response:
        found = reach.accounts(request).order_by("name", "id")
        return Response({"accounts": [_shown(request, each) for each in found]})


@api("accounts", write="administer")
class AccountDetail(ApiView):
    """One account."""

    @extend_schema(responses=AccountDetailOutput)
    def get(self, request: ApiRequest, account_id: UUID) -> Response:
        account = reach.account(request, account_id)
        return Response({"account": _shown(request, account)})

    @extend_schema(request=AccountInput, responses=OkOutput)
    def patch(self, request: ApiRequest, account_id: UUID) -> Response:
        account = reach.account(request, account_id, to_change=True)
        wanted = AccountInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        name = wanted.validated_data["name"]
        account_members.rename(account, name=name, by=person(request))
        return Response({"ok": True})


@api("accounts", read="administer", write="administer")
class AccountMemberList(ApiView):
    """Who has a role over all of an account's workspaces."""

    @extend_schema(responses=AccountMemberListOutput)
    def get(self, request: ApiRequest, account_id: UUID) -> Response:
        account = reach.account(request, account_id, to_change=True)
        rows = account.memberships.select_related("user").order_by("id")
        return Response({"members": AccountMemberOutput(rows, many=True).data})

    @extend_schema(request=PersonInput, responses={201: AccountMemberAddedOutput})
    def post(self, request: ApiRequest, account_id: UUID) -> Response:
        account = reach.account(request, account_id, to_change=True)
        wanted = PersonInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        reach.check_owner(request, account, asked["role"])
        added = account_members.add(
            account=account,
            email=asked["email"],
            role=asked["role"],
            by=person(request),
        )
        return Response({"member": AccountMemberOutput(added).data}, 201)


@api("accounts", read="administer", write="administer")
class AccountMemberDetail(ApiView):
    """One person's role."""

    @extend_schema(request=RoleInput, responses=AccountRoleChangedOutput)
    def patch(self, request: ApiRequest, account_id: UUID, member_id: UUID) -> Response:
        account = reach.account(request, account_id, to_change=True)
        wanted = RoleInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        reach.check_owner(request, account, wanted.validated_data["role"])
        changed = account_members.change(
            account=account,
            user_id=member_id,
            role=wanted.validated_data["role"],
            by=person(request),
        )
        return Response({"member": AccountRoleOutput(changed).data})

    @extend_schema(responses={200: OkOutput})
    def delete(
        self, request: ApiRequest, account_id: UUID, member_id: UUID
    ) -> Response:
        account = reach.account(request, account_id, to_change=True)
        account_members.remove(account=account, user_id=member_id, by=person(request))
        return Response({"ok": True})
