"""Where Azure Speech is: a host for each trade in each region, or a private endpoint."""

from providers.account import Account


def of(account: Account, trade: str) -> str:
    """Return the address of ``stt`` or ``tts``."""
    return account.base_url.replace(
        ".api.cognitive.microsoft.com", f".{trade}.speech.microsoft.com"
    )


def headers(account: Account) -> dict[str, str]:
    """Return the headers that carry the key."""
    return {"Ocp-Apim-Subscription-Key": account.secret(), "User-Agent": "rymi"}
