"""A line of the log, with what was said beside the message behind it."""

import logging

OURS = frozenset(
    (
        "accounts agents billing common intelligence providers rymi_site telephony"
        " voice webhooks"
    ).split()
)
_USUAL = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


class Plain(logging.Formatter):
    """``logging`` keeps what is given as ``extra`` to itself: of which call it was, how
    many are left. Others' libraries put whole requests there, so only ours is told."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # theirs
        """Return the line without its traceback."""
        line = super().formatMessage(record)
        if record.name.partition(".")[0] not in OURS:
            return line
        extra = (f"{k}={v}" for k, v in vars(record).items() if k not in _USUAL)
        return " ".join((line, *extra))
