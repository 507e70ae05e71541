"""The settings of tools that have any: what the public API calls provider_settings."""

import keyword
import re
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from agents.config import Problem
from agents.config.part import Part
from agents.config.tools import ToolBinding
from agents.tools.host import HandOver
from common import http

SECRET = re.compile(r"\{\{\s*secrets\.([A-Z][A-Z0-9_]{1,63})\s*\}\}")
NAME = re.compile(r"^[a-z][a-z0-9_]{2,40}$")
REFUSED_HEADERS = {"host", "content-length", "connection", "transfer-encoding"}
CREDENTIAL_HEADERS = re.compile(
    r"^(proxy-)?authorization$|^cookie$|(api|access|auth|secret)[-_]?(key|token)|token$|secret",
    re.I,
)
_HEADER = re.compile(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")

Path = Annotated[str, StringConstraints(pattern=r"^[\w-]+(\.[\w-]+)*$", max_length=200)]
Purpose = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)]


class Field_(Part):
    """A value the model fills in."""

    name: str = Field(title="Name", max_length=64)
    type: Literal["string", "number", "integer", "boolean"] = Field(
        "string", title="Type"
    )
    description: Purpose = Field("", title="What it is")
    required: bool = Field(False, title="Needed")
    enum: list[str | int | float] | None = Field(None, title="Values", max_length=50)

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not name.isidentifier() or keyword.iskeyword(name) or name == "params":
            raise ValueError(
                "use letters, digits and _, begin with a letter; no word of Python's,"
                " and not params"
            )
        return name


class _WithHeaders(Part):
    url: str = Field(title="Address", max_length=1_000)
    headers: dict[str, str] = Field(
        default_factory=dict, title="Headers", max_length=20
    )

    @field_validator("url")
    @classmethod
    def _is_public(cls, url: str) -> str:
        try:
            http.check(url, https_only=True)
        except http.Forbidden as error:
            raise ValueError(str(error)) from None
        return url

    @field_validator("headers")
    @classmethod
    def _are_harmless(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not _HEADER.match(name) or re.search(r"[\r\n\x00]", value):
                raise ValueError(f"{name[:40]} is no header")
            if name.lower() in REFUSED_HEADERS:
                raise ValueError(f"{name} is set by the sender")
            if CREDENTIAL_HEADERS.search(name) and not SECRET.search(value):
                raise ValueError(
                    f"{name} holds a credential: keep it as a tool secret and write"
                    " {{secrets.NAME}}"
                )
        return headers


class Webhook(_WithHeaders):
    """``call_webhook``: a request to the customer's own server."""

    name: str = Field(title="Name", max_length=41)
    method: Literal["GET", "POST", "PUT", "PATCH"] = Field("POST", title="Method")
    purpose: Purpose = Field("", title="When to use it")
    fields: list[Field_] = Field(default_factory=list, title="Fields", max_length=30)
    send_metadata: bool = Field(True, title="Send the call's ids along")
    response_fields: list[Path] = Field(
        default_factory=list, title="What the agent reads", max_length=30
    )

    @field_validator("name")
    @classmethod
    def _is_a_tool_name(cls, name: str) -> str:
        if not NAME.match(name):
            raise ValueError("use 3 to 41 small letters, digits and _")
        return name

    @model_validator(mode="after")
    def _names_differ(self) -> "Webhook":
        names = [each.name for each in self.fields]
        if len(names) != len(set(names)):
            raise ValueError("two fields have the same name")
        return self


class McpServer(_WithHeaders):
    """``mcp_server``: a server of tools, of which only listed ones may be used."""

    name: str = Field("", title="Name", max_length=40)
    allowlist: list[str] = Field(title="Allowed tools", min_length=1, max_length=50)


HAND_OVER = "handoff_to_human"


class HandOff(Part):
    """``handoff_to_human``: whom to connect."""

    transfer_number: str = Field("", title="Number", max_length=32)
    way: Literal["warm", "cold"] = Field("warm", title="How")
    wait: str = Field("", title="Before the music", max_length=300)
    ring_s: int = Field(30, title="Let it ring for", ge=10, le=60)
    accept_s: int = Field(20, title="Time to accept", ge=5, le=60)

    @field_validator("transfer_number")
    @classmethod
    def _is_a_number(cls, number: str) -> str:
        number = re.sub(r"[\s().-]", "", number)
        if number and not re.fullmatch(r"\+[1-9]\d{6,14}", number):
            raise ValueError("write it with + and the country's code")
        return number

    def plan(self) -> HandOver:
        """Return it as whoever carries the call needs it."""
        return HandOver(
            self.transfer_number, self.way, self.wait, self.ring_s, self.accept_s
        )


class Keys(Part):
    """``collect_digits``: how keys are taken."""

    masked: bool = Field(
        True,
        title="Keep them secret",
        description="They stand in no transcript, timeline, log or recording. Your own"
        " server gets them as {{digits.NAME}}.",
    )


SETTINGS: dict[str, type[Part]] = {
    "collect_digits": Keys,
    "call_webhook": Webhook,
    "mcp_server": McpServer,
    HAND_OVER: HandOff,
}


def settings_of(binding: ToolBinding) -> Any:
    """Return a binding's settings, read; raises pydantic's ``ValidationError``."""
    return SETTINGS[binding.tool_id].model_validate(binding.provider_settings)


def problems(bindings: list[ToolBinding]) -> list[Problem]:
    """Name everything that is wrong with an agent's tools, by path."""
    found: list[Problem] = []
    names: set[str] = set()
    for at, binding in enumerate(bindings):
        if binding.tool_id not in SETTINGS:
            continue
        path = f"tools.{at}.provider_settings"
        try:
            settings = settings_of(binding)
        except ValidationError as error:
            for each in error.errors():
                where = ".".join([path, *map(str, each["loc"])])
                message = str(each["msg"]).removeprefix("Value error, ")
                found.append(Problem(where, message[:1].lower() + message[1:]))
            continue
        if isinstance(settings, Webhook):
            if binding.side_effect == "read" and settings.method != "GET":
                found.append(Problem(f"tools.{at}.side_effect", "only GET can be read"))
            if settings.name in names:
                found.append(Problem(f"{path}.name", "another tool has this name"))
            names.add(settings.name)
    return found


def secrets_in(headers: dict[str, str]) -> set[str]:
    """Return the names of the tool secrets that headers use."""
    return {name for value in headers.values() for name in SECRET.findall(value)}


REDACTED = "[redacted]"


def shown(tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return an agent's tools as the API shows them."""
    return [
        {**tool, "provider_settings": redacted(tool.get("provider_settings") or {})}
        for tool in tools
    ]


def restored(
    tools: list[dict[str, Any]], stored: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Put back header values that came as they were shown: who reads an agent and
    writes it back must not lose them. Only for the same tool at the same address."""
    kept = {_identity(tool): tool.get("provider_settings") or {} for tool in stored}
    return [_restored(tool, kept.get(_identity(tool), {})) for tool in tools]


def _identity(tool: dict[str, Any]) -> tuple[str, str, str]:
    settings = tool.get("provider_settings") or {}
    return (
        str(tool.get("tool_id")),
        str(settings.get("name", "")),
        str(settings.get("url", "")),
    )


def _restored(tool: dict[str, Any], was: dict[str, Any]) -> dict[str, Any]:
    settings = tool.get("provider_settings")
    headers = settings.get("headers") if isinstance(settings, dict) else None
    if not isinstance(settings, dict) or not isinstance(headers, dict):
        return tool
    before = was.get("headers") or {}
    back = {
        name: before.get(name, value) if value == REDACTED else value
        for name, value in headers.items()
    }
    return {**tool, "provider_settings": {**settings, "headers": back}}


def redacted(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings as they may be shown: literal header values are nobody's."""
    headers = settings.get("headers")
    if not isinstance(headers, dict):
        return settings
    shown = {
        name: value if SECRET.search(str(value)) else REDACTED
        for name, value in headers.items()
    }
    return {**settings, "headers": shown}
