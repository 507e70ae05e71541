"""Public links to agents, over the API."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.access import ApiRequest, api, person
from agents import share_links
from agents.api.agents import agent_of
from agents.models import ShareLink
from common.api.view import ApiView
from telephony import shared_calls


class LinkInput(serializers.Serializer[Any]):
    enabled = serializers.BooleanField(required=False)
    minutes_limit = serializers.IntegerField(
        min_value=0, max_value=6_000, required=False
    )
    max_call_seconds = serializers.IntegerField(
        min_value=60, max_value=1_800, required=False
    )
    max_concurrent = serializers.IntegerField(min_value=1, max_value=10, required=False)
    calls_per_ip_hour = serializers.IntegerField(
        min_value=1, max_value=30, required=False
    )


class LinkOutput(serializers.Serializer[Any]):
    """A public link and its limits; calls by it are billed to the workspace."""

    url = serializers.CharField()
    enabled = serializers.BooleanField()
    minutes_limit = serializers.IntegerField(
        help_text="Minutes that all calls by the link may talk together."
    )
    minutes_used = serializers.FloatField(
        help_text="Minutes that ended calls have talked, to a tenth."
    )
    max_call_seconds = serializers.IntegerField(help_text="Seconds of one call.")
    max_concurrent = serializers.IntegerField(help_text="Calls at the same time.")
    calls_per_ip_hour = serializers.IntegerField(
        help_text="Calls that one IP address may begin in an hour."
    )
    created_at = serializers.DateTimeField()
    regenerated_at = serializers.DateTimeField(
        allow_null=True, help_text="When the address was replaced last."
    )


class LinkPutOutput(LinkOutput):
    """The link twice: at the top, and under its name as ``testers`` has it."""

    link = LinkOutput()


class TesterOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    invited_at = serializers.DateTimeField()
    opened_at = serializers.DateTimeField(
        allow_null=True, help_text="When they followed the invitation first."
    )
    calls = serializers.IntegerField(help_text="How many calls they made.")
    last_call_at = serializers.DateTimeField(allow_null=True)


class LinkFeatureOutput(serializers.Serializer[Any]):
    enabled = serializers.BooleanField(help_text="Whether links can be made here.")
    base_url = serializers.CharField(help_text="What every link begins with.")


class TestersOutput(serializers.Serializer[Any]):
    testers = TesterOutput(many=True)
    link_feature = LinkFeatureOutput()
    link = LinkOutput(allow_null=True)


def shown(link: ShareLink) -> dict[str, Any]:
    """Return a link as the API shows it."""
    return {
        "url": share_links.url(link),
        "enabled": link.enabled,
        "minutes_limit": link.minutes_limit,
        "minutes_used": round(shared_calls.seconds_used(link) / 60, 1),
        "max_call_seconds": link.max_call_seconds,
        "max_concurrent": link.max_concurrent,
        "calls_per_ip_hour": link.calls_per_ip_hour,
        "created_at": link.created_at,
        "regenerated_at": link.rotated_at,
    }


@api("agents")
class Testers(ApiView):
    """The public link to an agent, and what it can be set to."""

    @extend_schema(responses=TestersOutput)
    def get(self, request: ApiRequest, agent_id: UUID) -> Response:
        agent = agent_of(request, agent_id)
        link = share_links.of(agent)
        return Response(
            {
                "testers": [
                    {
                        "id": each.id,
                        "email": each.email,
                        "invited_at": each.created_at,
                        "opened_at": each.opened_at,
                        "calls": each.call_count,
                        "last_call_at": each.last_call_at,
                    }
                    for each in shared_calls.testers(agent)
                ],
                "link_feature": shared_calls.feature(),
                "link": shown(link) if link else None,
            }
        )


@api("agents")
class ShareLinkDetail(ApiView):
    """Making and limiting the public link."""

    @extend_schema(request=LinkInput, responses=LinkPutOutput)
    def put(self, request: ApiRequest, agent_id: UUID) -> Response:
        agent = agent_of(request, agent_id)
        wanted = LinkInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        link = share_links.put(agent, fields=wanted.validated_data, by=person(request))
        return Response({"link": shown(link), **shown(link)})


@api("agents")
class ShareLinkRenewal(ApiView):
    """Replacing the public link."""

    @extend_schema(request=None, responses=LinkPutOutput)
    def post(self, request: ApiRequest, agent_id: UUID) -> Response:
        agent = agent_of(request, agent_id)
        link = share_links.regenerate(agent, by=person(request))
        return Response({"link": shown(link), **shown(link)})
