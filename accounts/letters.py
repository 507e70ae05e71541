"""Letters that invite somebody: sent while the sender waits, to learn whether they went."""

from smtplib import SMTPException

from django.core.mail import EmailMessage

from common.errors import Refusal


class TooMany(Refusal):
    """More letters than people write."""

    code = "rate_limited"
    status = 429


class NotSent(Refusal):
    """The mail server did not take the letter."""

    code = "mail_failed"
    status = 502


def send(letter: EmailMessage) -> None:
    """Send an invitation that is kept already, whether or not its letter goes."""
    try:
        letter.send()
    except (OSError, SMTPException) as error:
        raise NotSent(
            "The invitation is kept, but the mail server did not take the letter "
            f"({type(error).__name__}). Check the EMAIL_ settings, then send it again."
        ) from error
