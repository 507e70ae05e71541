"""``Idempotency-Key``: a POST that is sent twice is done once.

The row is claimed in a transaction of its own; the work and its answer are kept in one
other, so that a process that dies leaves either both or neither. A refusal (4xx) has
done nothing and is not kept: the same key may try again once the cause is mended.
"""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.http.request import RawPostDataException
from django.http.response import HttpResponseBase
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiKey, IdempotentRequest
from common import clock, crash
from common.api.json_answer import JsonAnswer
from common.errors import Refusal

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST = 255
KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=60)
SLOW_LEASE = timedelta(seconds=300)  # of work that waits for somebody outside
FORGOTTEN_AT_ONCE = 5_000  # rows in one statement


class BadKey(Refusal):
    """The header is not usable as a key."""

    code = "invalid_idempotency_key"


class Reused(Refusal):
    """The key came before, with another request."""

    code = "idempotency_key_reused"
    status = 422


class Running(Refusal):
    """A twin of the request is being worked on."""

    code = "idempotency_in_progress"
    status = 409


Post = Callable[..., HttpResponseBase]


def once(post: Post, *, in_one_go: bool) -> Post:
    """Let a view's ``post`` do its work once per key of a sender."""

    @wraps(post)
    def guarded(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return post(view, request, *args, **kwargs)
        row = _claim(request, key, LEASE if in_one_go else SLOW_LEASE)
        if row.state == IdempotentRequest.State.DONE:
            return _replay(row)
        work = transaction.atomic() if in_one_go else nullcontext()
        try:
            return _work(row, work, lambda: post(view, request, *args, **kwargs))
        except Exception as failure:  # whatever it was, the next try must find it ended
            _give_up(row, failure, nothing_done=in_one_go)
            raise

    return guarded


def _work(
    row: IdempotentRequest,
    one_go: AbstractContextManager[Any],
    run: Callable[[], HttpResponseBase],
) -> HttpResponseBase:
    with one_go:
        response = run()
        crash.point("idempotent.before_answer")
        _keep(row, response.status_code, _body(response))
    return response


def _claim(request: Request, key: str, lease: timedelta) -> IdempotentRequest:
    if not key.strip() or len(key) > LONGEST or not key.isprintable():
        raise BadKey(f"An {HEADER} is 1 to {LONGEST} characters that can be read.")
    now = clock.now()
    inner: Any = request
    wanted = {
        "workspace": inner.workspace,
        "sender": _sender(request),
        "key": key,
    }
    fingerprint = _fingerprint(request)
    for _ in range(3):
        try:
            with transaction.atomic():
                return IdempotentRequest.objects.create(
                    **wanted,
                    fingerprint=fingerprint,
                    lease_until=now + lease,
                    created_at=now,
                )
        except IntegrityError:
            found = IdempotentRequest.objects.filter(**wanted).first()
        if found and (row := _taken_up(found, fingerprint, now, lease)):
            return row
    raise Running("A request with this Idempotency-Key is being worked on. Wait.")


def _taken_up(
    found: IdempotentRequest, fingerprint: str, now: datetime, lease: timedelta
) -> IdempotentRequest | None:
    """Return what can be replayed or worked on; None: the key is free again."""
    if found.created_at < now - KEPT:
        found.delete()
        return None
    if found.fingerprint != fingerprint:
        raise Reused(
            "This Idempotency-Key came before with another body or address. Use a"
            " fresh key for each thing that is to be done."
        )
    if found.state == IdempotentRequest.State.DONE:
        return found
    # The update decides which of two twins takes up what a dead process left.
    if (
        IdempotentRequest.objects.filter(
            pk=found.pk, state=found.state, lease_until=found.lease_until
        )
        .filter(lease_until__lte=now)
        .update(lease_until=now + lease)
    ):
        return found
    raise Running(
        "A request with this Idempotency-Key is being worked on. Try again in a moment."
    )


def _sender(request: Request) -> str:
    key = request.auth
    if not isinstance(key, ApiKey):
        return f"user:{request.user.pk}"
    if key.is_publishable:
        # The whole world shares it: what one visitor was answered is not another's.
        return f"key:{key.pk}:{request.META.get('REMOTE_ADDR')}"
    return f"key:{key.pk}"


def _fingerprint(request: Request) -> str:
    inner = request._request
    try:
        is_form = inner.content_type == "multipart/form-data"  # may be large
        body = inner.META.get("CONTENT_LENGTH", "").encode() if is_form else inner.body
    except RawPostDataException:
        body = inner.META.get("CONTENT_LENGTH", "").encode()
    told = f"{inner.method} {inner.get_full_path()}\n".encode()
    return hashlib.sha256(told + body).hexdigest()


def _body(response: HttpResponseBase) -> bytes:
    if isinstance(response, Response):
        return b"" if response.data is None else JsonAnswer().render(response.data)
    return response.content if isinstance(response, HttpResponse) else b""


def _keep(row: IdempotentRequest, status: int, body: bytes) -> None:
    IdempotentRequest.objects.filter(pk=row.pk).update(
        state=IdempotentRequest.State.DONE, status=status, body=body.decode()
    )


def _give_up(row: IdempotentRequest, failure: Exception, *, nothing_done: bool) -> None:
    if nothing_done or _refuses(failure):
        IdempotentRequest.objects.filter(pk=row.pk).delete()
        return
    # Half of it may have been done outside: doing it again would be worse.
    _keep(
        row, 500, b'{"error":"Something failed on our side.","code":"internal_error"}'
    )


def _refuses(failure: Exception) -> bool:
    if isinstance(failure, Refusal):
        return failure.status < 500
    if isinstance(failure, APIException):
        return failure.status_code < 500
    return isinstance(failure, (Http404, PermissionDenied))


def _replay(row: IdempotentRequest) -> HttpResponse:
    return HttpResponse(
        row.body,
        status=row.status,
        content_type="application/json",
        headers={REPLAYED: "true"},
    )


def forget(*, now: datetime) -> int:
    """Delete requests that are older than a day; return how many."""
    old = IdempotentRequest.objects.filter(created_at__lt=now - KEPT)
    forgotten = 0
    while ids := list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        forgotten += IdempotentRequest.objects.filter(pk__in=ids).delete()[0]
    return forgotten
