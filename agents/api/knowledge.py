"""What an agent can look up, over the API."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounts.access import ApiRequest, api, person
from agents.api.agents import agent_of
from agents.knowledge import search, sources
from agents.models import KnowledgeSource
from common.api import soft_breach
from common.api.done import DeletedOutput
from common.api.view import ApiView


class SourceOutput(serializers.ModelSerializer[KnowledgeSource]):
    class Meta:
        model = KnowledgeSource
        fields: ClassVar = [
            "id",
            "agent_id",
            "kind",
            "title",
            "source_uri",
            "status",
            "failure_code",
            "failure_reason",
            "chunk_count",
            "bytes",
            "content_hash",
            "version",
            "created_at",
        ]

    failure_code = serializers.CharField(source="failure", allow_null=True)
    failure_reason = serializers.CharField(source="failure_detail", allow_null=True)
    source_uri = serializers.CharField(allow_null=True)
    content_hash = serializers.CharField(allow_null=True)

    def to_representation(self, instance: KnowledgeSource) -> dict[str, Any]:
        told: dict[str, Any] = super().to_representation(instance)
        for name in ("failure_code", "failure_reason", "source_uri", "content_hash"):
            told[name] = told[name] or None
        return told


class SourceInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["text", "url"])
    title = serializers.CharField(max_length=200)
    text = serializers.CharField(required=False, help_text="At most 1 MB.")
    url = serializers.CharField(required=False, max_length=2_000)
    refresh_days = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=365,
        help_text="Pages only: read it again every so many days.",
    )


class UploadInput(serializers.Serializer[Any]):
    file = serializers.FileField()
    title = serializers.CharField(max_length=200, required=False, allow_blank=True)


class SearchInput(serializers.Serializer[Any]):
    query = serializers.CharField(max_length=1_000)
    top = serializers.IntegerField(default=5, min_value=1, max_value=20)


class HitOutput(serializers.Serializer[Any]):
    source_id = serializers.UUIDField(source="source")
    title = serializers.CharField()
    source_uri = serializers.CharField(source="uri")
    position = serializers.IntegerField()
    heading = serializers.CharField()
    text = serializers.CharField()
    score = serializers.FloatField(help_text="Cosine, 0 to 1.")


class FoundOutput(serializers.Serializer[Any]):
    query = serializers.CharField(source="question")
    elapsed_ms = serializers.IntegerField()
    chunks = HitOutput(source="hits", many=True)


class SourceMade(serializers.Serializer[Any]):
    source = SourceOutput()  # type: ignore[assignment]  # a field called source


class SourceList(serializers.Serializer[Any]):
    sources = SourceOutput(many=True)


def _added(request: ApiRequest, source: KnowledgeSource) -> Response:
    """Answer that a worker has it; poll the list until it is ready or failed."""
    used = sources.usage(source.workspace)
    for quota, is_use, most in (
        ("knowledge_sources_max", used.sources, used.sources_most),
        ("knowledge_bytes_max", used.bytes, used.bytes_most),
    ):
        if most and is_use >= soft_breach.NEARLY * most:
            soft_breach.note(request, quota)
    return Response({"source": SourceOutput(source).data}, status=202)


@api("agents")
class KnowledgeList(ApiView):
    """The agent's knowledge sources."""

    @extend_schema(operation_id="knowledge_sources_list", responses=SourceList)
    def get(self, request: ApiRequest, agent_id: UUID) -> Response:
        agent = agent_of(request, agent_id)
        rows = agent.knowledge_sources.defer("text").order_by("-created_at", "-id")
        return Response({"sources": SourceOutput(rows, many=True).data})

    @extend_schema(request=SourceInput, responses={202: SourceMade})
    def post(self, request: ApiRequest, agent_id: UUID) -> Response:
        agent = agent_of(request, agent_id)
        asked = SourceInput(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        if not given.get(given["kind"]):
            raise ValidationError({given["kind"]: f"Give the {given['kind']}."})
        about = {"agent": agent, "title": given["title"], "by": person(request)}
        if given["kind"] == "text":
            source = sources.add_text(text=given["text"], **about)
        else:
            source = sources.add_url(
                url=given["url"], refresh_days=given.get("refresh_days"), **about
            )
        return _added(request, source)


@api("agents")
class KnowledgeUpload(ApiView):
    """A file for the agent to look things up in."""

    parser_classes = [MultiPartParser]  # as the framework has it

    @extend_schema(
        request={"multipart/form-data": UploadInput}, responses={202: SourceMade}
    )
    def post(self, request: ApiRequest, agent_id: UUID) -> Response:
        agent = agent_of(request, agent_id)
        asked = UploadInput(data=request.data)
        asked.is_valid(raise_exception=True)
        file = asked.validated_data["file"]
        sources.check_file(file.name, file.size)
        source = sources.add_file(
            agent=agent,
            title=asked.validated_data.get("title", ""),
            name=file.name,
            content=file.read(),
            by=person(request),
        )
        return _added(request, source)


@api("agents")
class KnowledgeDetail(ApiView):
    """One source."""

    @extend_schema(responses=SourceMade)
    def get(self, request: ApiRequest, agent_id: UUID, source_id: UUID) -> Response:
        source = sources.find(agent_of(request, agent_id), source_id)
        return Response({"source": SourceOutput(source).data})

    @extend_schema(responses={200: DeletedOutput})
    def delete(self, request: ApiRequest, agent_id: UUID, source_id: UUID) -> Response:
        source = sources.find(agent_of(request, agent_id), source_id)
        sources.delete(source, by=person(request))
        return Response({"status": "deleted", "id": source_id})


@api("agents")
class KnowledgeRefresh(ApiView):
    """Read a source again."""

    @extend_schema(request=None, responses={202: SourceMade})
    def post(self, request: ApiRequest, agent_id: UUID, source_id: UUID) -> Response:
        source = sources.find(agent_of(request, agent_id), source_id)
        return Response(
            {"source": SourceOutput(sources.refresh(source)).data}, status=202
        )


@api("agents", write="see")
class KnowledgeSearch(ApiView):
    """Look up what a caller's question would bring up."""

    @extend_schema(request=SearchInput, responses=FoundOutput)
    def post(self, request: ApiRequest, agent_id: UUID) -> Response:
        agent = agent_of(request, agent_id)
        asked = SearchInput(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        found = search.find(agent, given["query"], top=given["top"])
        return Response(FoundOutput(found).data)
