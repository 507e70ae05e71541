"""Where Google's speech is: a host for each trade, or one that stands in for both."""

from dataclasses import replace

from providers.account import Account


def stt(account: Account) -> Account:
    """Return the account at the recogniser's host; voices' is the one that is kept."""
    return replace(
        account,
        base_url=account.base_url.replace(
            "//texttospeech.googleapis.com", "//speech.googleapis.com"
        ),
    )


def headers(account: Account) -> dict[str, str]:
    """Return the headers of every request; the key is in no address."""
    return {"content-type": "application/json", "x-goog-api-key": account.secret()}
