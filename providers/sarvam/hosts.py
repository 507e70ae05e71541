"""Where Sarvam's speech is: beside the language models, without their version."""

from providers.account import Account


def of(account: Account) -> str:
    """Return the address that speech paths are put behind."""
    return account.base_url.removesuffix("/v2").removesuffix("/v1")


def headers(account: Account) -> dict[str, str]:
    """Return the headers that carry the key."""
    return {"api-subscription-key": account.secret()}
