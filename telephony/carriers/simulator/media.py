"""A simulated line is the browser's own socket."""

from telephony.browser_media import BrowserMedia as Media

__all__ = ["Media"]
