"""Credentials for tools: kept encrypted, sent to one host, never shown again."""

import re
from collections.abc import Mapping

from accounts import audit
from accounts.models import User, Workspace
from agents.models import ToolSecret
from agents.tools.bindings import SECRET
from common import http, outbound
from common.errors import NotFound, Refusal

NAME = re.compile(r"^[A-Z][A-Z0-9_]{1,63}$")
LONGEST = 4_096
MOST = 200  # of a workspace


class BadSecret(Refusal):
    """Name, value or host cannot be taken."""

    code = "invalid_request"


class NotForThisHost(Exception):
    """A tool secret was about to be sent where it does not belong, or is not there."""


def put(
    *, workspace: Workspace, name: str, value: str, host: str, by: User | None
) -> ToolSecret:
    """Keep a secret, in the place of any other of that name."""
    if not NAME.match(name):
        raise BadSecret("Name it with capital letters, digits and _, 2 to 64 of them.")
    if not 1 <= len(value) <= LONGEST or re.search(r"[\r\n\x00]", value):
        raise BadSecret(f"The value has 1 to {LONGEST:,} characters, on one line.")
    is_new = not workspace.tool_secrets.filter(name=name).exists()
    if is_new and workspace.tool_secrets.count() >= MOST:
        raise BadSecret(f"A workspace keeps {MOST} tool secrets. Delete one first.")
    secret, _ = ToolSecret.objects.update_or_create(
        workspace=workspace, name=name, defaults={"value": value, "host": host_of(host)}
    )
    audit.record(workspace=workspace, actor=by, verb="tool_secret.set", target=name)
    return secret


def delete(*, workspace: Workspace, name: str, by: User | None) -> None:
    """Forget a secret. Tools that use it are refused from the next call on."""
    deleted, _ = workspace.tool_secrets.filter(name=name).delete()
    if not deleted:
        raise NotFound("There is no tool secret of that name.")
    audit.record(workspace=workspace, actor=by, verb="tool_secret.deleted", target=name)


def host_of(text: str) -> str:
    """Return the host alone, in its plain form; raise ``BadSecret``."""
    try:
        return outbound.parse(f"https://{text.strip()}/").authority.lower()
    except http.Forbidden as error:
        raise BadSecret(f"Give the one host it is for. {error}") from None


def host_of_url(url: str) -> str:
    """Return the host of an address as ``fill`` compares it."""
    return outbound.parse(url).authority.lower()


def fill(
    headers: Mapping[str, str], url: str, secrets: Mapping[str, tuple[str, str]]
) -> dict[str, str]:
    """Put secrets (name → host, value) in their places; raise ``NotForThisHost``."""
    host = host_of_url(url)

    def value_of(match: re.Match[str]) -> str:
        kept = secrets.get(match.group(1))
        if kept is None:
            raise NotForThisHost(f"There is no tool secret {match.group(1)}.")
        if kept[0] != host:
            raise NotForThisHost(
                f"The tool secret {match.group(1)} is for {kept[0]}, not for {host}."
            )
        return kept[1]

    return {name: SECRET.sub(value_of, value) for name, value in headers.items()}


def of(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """Return the workspace's secrets as calls need them: name → host, value."""
    rows = workspace.tool_secrets.values_list("name", "host", "value")
    return {name: (host, value) for name, host, value in rows}
