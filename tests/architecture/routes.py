"""Every route there is, and who it is for.

A view says so itself, through ``access.studio`` or ``access.api``. The few that cannot
are listed here by name; whatever is neither fails the matrix.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# Anybody may open these: they show nothing of anybody, or ask for a token of their own.
PUBLIC = {
    "health",
    "api-carrier-list",
    "api-schema",
    "api-docs",
    "telephony:talk",
    "telephony:talk-call",
    "recording-audio",
    "accounts:sign-in-link",
    "accounts:invitation",
    "accounts:status",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_request_login_code",
    "account_confirm_login_code",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_authenticate",
    "mfa_login_webauthn",
}
# Whoever is signed in, about themselves, whatever the workspace.
PERSON = {
    "account_change_password",
    "account_set_password",
    "account_email",
    "account_reauthenticate",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "usersessions_list",
    "hijack:release",
    "accounts:profile",
    "accounts:session-end",
    "accounts:sessions-end",
    "accounts:workspace-new",
    "accounts:workspace-switch",
    "rymi_site.pages.account",
}
# Carriers call these: they are open, without a session, and check a signature.
CALLBACK = {
    "billing:stripe-callback",
    "telephony:livekit-webhook",
    "telephony:inbound",
    "telephony:inbound-too",
    "telephony:inbound-status",
    "telephony:inbound-resume",
    "telephony:leg-status",
    "telephony:leg-answer",
    "telephony:leg-resume",
}
# The API's answer for paths that do not exist, or no longer.
NOWHERE = {"common.api.errors.not_found", "telephony.api.realtime.gone"}


@dataclass(frozen=True)
class Route:
    """One pattern of the map."""

    name: str  # "agents:agent-detail", or the view's path where it has no name
    template: str  # "/agents/{agent_id}/"
    parameters: tuple[str, ...]
    view: Any
    kind: (
        str  # studio, api, public, callback, person, staff, nowhere; "" = unclassified
    )

    def __str__(self) -> str:
        return f"{self.template} ({self.name})"

    @property
    def right(self) -> str:
        """What a role must be allowed for a Studio page."""
        return self.view.studio_right

    def api_right(self, method: str) -> str:
        """What a role must be allowed for this method of an API view."""
        reading = method in ("GET", "HEAD", "OPTIONS")
        return self.view.cls.gate.read if reading else self.view.cls.gate.write

    def path(self, values: dict[str, str]) -> str:
        """Return the path; a value for this route alone goes before a general one."""
        special = {name: values.get(f"{self.name} {name}") for name in self.parameters}
        return self.template.format(
            **{name: special[name] or values[name] for name in self.parameters}
        )


def all_routes() -> list[Route]:
    return [_route(*found) for found in _walk(get_resolver(), "/", ())]


def _walk(resolver: URLResolver, prefix: str, namespaces: tuple[str, ...]):
    for each in resolver.url_patterns:
        path = prefix + _template(each)
        if isinstance(each, URLPattern):
            yield each, path, namespaces
        else:
            inner = (*namespaces, each.namespace) if each.namespace else namespaces
            yield from _walk(each, path, inner)


def _template(each: URLPattern | URLResolver) -> str:
    """Return the pattern with its parameters in braces."""
    pattern = each.pattern
    if hasattr(pattern, "_route"):
        return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern._route))
    text = str(pattern).lstrip("^").rstrip("$")
    text = re.sub(r"\(\?P<(\w+)>(?:\[[^\]]*\]|[^()])*\)", r"{\1}", text)
    return text.replace("\\Z", "").replace("\\.", ".").replace("\\-", "-")


def _route(each: URLPattern, path: str, namespaces: tuple[str, ...]) -> Route:
    view = each.callback
    name = ":".join((*namespaces, each.name)) if each.name else each.lookup_str
    parameters = tuple(re.findall(r"{(\w+)}", path))
    return Route(name, path, parameters, view, _kind(name, view, namespaces))


def _kind(name: str, view: Any, namespaces: tuple[str, ...]) -> str:
    if hasattr(view, "studio_right"):
        return "studio"
    if hasattr(getattr(view, "cls", None), "gate"):
        return "api"
    if "admin" in namespaces:
        return "staff"
    for kind, names in (
        ("public", PUBLIC),
        ("callback", CALLBACK),
        ("person", PERSON),
        ("nowhere", NOWHERE),
    ):
        if name in names:
            return kind
    return ""
