"""Carriers' REST over plain HTTP: bounded in time and size, never twice by itself."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
import requests

from telephony.carrier import CarrierError

CONNECT_S, ANSWER_S = 5.0, 10.0
MAX_ANSWER = 4 * 1024 * 1024  # bytes


class Rest:
    """One carrier's API. Raises ``CarrierError`` and nothing else."""

    def __init__(
        self,
        title: str,
        base_url: str,
        *,
        auth: tuple[str, str] | None = None,
        headers: Callable[[], Mapping[str, str]] | None = None,
    ) -> None:
        self._title = title
        self._base_url = base_url.rstrip("/")
        self._auth = auth
        self._headers = headers

    def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        once: bool = False,
        over: Callable[[int, Any], bool] | None = None,
    ) -> Any:
        """Send one request and return its JSON, or None for an empty answer.

        ``once``: whoever asks must not do so again without looking, if this fails with
        ``may_have_happened``. ``over`` tells which refusals mean that a call has ended.
        """
        try:
            with requests.request(
                method,
                self._base_url + path,
                json=json,
                data=form,
                params=query,
                auth=self._auth,
                headers={"Accept": "application/json", **self._own_headers()},
                timeout=(CONNECT_S, ANSWER_S),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = response.raw.read(MAX_ANSWER + 1, decode_content=True)
        except requests.ConnectTimeout as error:
            raise CarrierError(f"{self._title} cannot be reached.") from error
        except requests.ConnectionError as error:
            never_left = "NewConnectionError" in repr(error)
            raise CarrierError(
                f"{self._title} cannot be reached.",
                may_have_happened=once and not never_left,
            ) from error
        except (requests.RequestException, OSError, ValueError) as error:
            raise self._nonsense(once) from error
        return self._read(response.status_code, content, once=once, over=over)

    def _own_headers(self) -> Mapping[str, str]:
        return self._headers() if self._headers else {}

    def _read(
        self,
        status: int,
        content: bytes,
        *,
        once: bool,
        over: Callable[[int, Any], bool] | None,
    ) -> Any:
        try:
            body = orjson.loads(content) if content.strip() else None
        except orjson.JSONDecodeError as error:
            if 200 <= status < 300:
                raise self._nonsense(once) from error
            body = None
        if len(content) > MAX_ANSWER:
            raise self._nonsense(once)
        if 200 <= status < 300:
            return body
        if over and over(status, body):
            raise CarrierError("The call is over.", permanent=True, code="over")
        raise self._refusal(status, body, once=once)

    def _nonsense(self, once: bool) -> CarrierError:
        return CarrierError(
            f"{self._title} did not answer in time or answered nonsense.",
            may_have_happened=once,
        )

    def _refusal(self, status: int, body: Any, *, once: bool) -> CarrierError:
        title, said = self._title, _said(body)
        if status == 401:
            return CarrierError(
                f"{title} refuses the credentials.", permanent=True, code="unauthorized"
            )
        if status == 403:
            return CarrierError(
                f"{title} does not allow this key to do that{said}.",
                permanent=True,
                code="forbidden",
            )
        if status == 404:
            return CarrierError(
                f"{title} knows no such thing{said}.", permanent=True, code="not_found"
            )
        if status == 429:
            return CarrierError(f"{title} asks us to wait.", code="too_many")
        if status >= 500 or status < 400:
            return CarrierError(f"{title} failed ({status}).", may_have_happened=once)
        return CarrierError(f"{title} refused{said}.", permanent=True, code="refused")


def _said(body: Any) -> str:
    """Return what a refusal says, in whichever shape."""
    if not isinstance(body, dict):
        return ""
    errors = body.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        body = errors[0]
    inside = list(body.values())
    if len(inside) == 1 and isinstance(inside[0], dict):
        (body,) = inside
    for name in ("detail", "message", "Message", "error", "title"):
        if isinstance(body.get(name), str):
            return f": {body[name][:160].rstrip('.')}"
    return ""
