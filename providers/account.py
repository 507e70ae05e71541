"""What a factory is handed to make a port: whose account, and where."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.errors import Refused


@dataclass(frozen=True, slots=True)
class Account:
    """An account with a provider. ``repr`` never shows credentials."""

    provider: str  # catalogue id, for errors
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_url: str = ""  # without a slash at the end
    model: str = ""
    public_only: bool = False  # the address is a customer's: never call a private one

    @property
    def socket_url(self) -> str:
        """Return the address for WebSockets."""
        return self._with_scheme("ws")

    @property
    def http_url(self) -> str:
        """Return the address for HTTP."""
        return self._with_scheme("http")

    def _with_scheme(self, scheme: str) -> str:
        """One address does for both: the scheme changes, its security stays."""
        old, separator, rest = self.base_url.partition("://")
        secure = "s" if old in ("https", "wss") else ""
        return f"{scheme}{secure}{separator}{rest}"

    def secret(self, name: str = "api_key") -> str:
        """Return a credential, or raise ``Refused`` saying what is missing."""
        if value := self.credentials.get(name, "").strip():
            return value
        raise Refused(
            f"No {name.replace('_', ' ')} for {self.provider}. "
            "Add it under Settings, BYO Providers.",
            provider=self.provider,
        )
