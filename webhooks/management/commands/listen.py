"""Forward a workspace's new events to a program on one's own machine."""

import time
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Workspace
from common import clock, ids
from webhooks import endpoints, signing
from webhooks.models import Endpoint, Event

CUT_OFF_S = 30.0  # a debugger may hold the receiver
EVERY_S = 0.5
REACH = timedelta(minutes=10)


class Command(BaseCommand):
    help = "Forward new events to a local address, signed as an endpoint would."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", required=True, help="http://127.0.0.1:3000/hook")
        parser.add_argument("--workspace", default="", help="its id or its name")
        parser.add_argument(
            "--endpoint", default="", help="sign with this one's secret"
        )
        parser.add_argument(
            "--events", default="", help="comma-separated; all if empty"
        )
        parser.add_argument(
            "--again", type=int, default=0, help="also the last so many of ten minutes"
        )
        parser.add_argument("--once", action="store_true", help="do not wait for more")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = _workspace(options["workspace"])
        secret = self._secret(workspace, options["endpoint"])
        wanted = {name.strip() for name in options["events"].split(",") if name.strip()}
        seen = _known(workspace, options["again"])
        self.stdout.write(f"Events of {workspace} go to {options['to']}. Ctrl-C ends.")
        try:
            with httpx2.Client(timeout=CUT_OFF_S, trust_env=False) as client:
                while True:
                    for event in _recent(workspace).exclude(pk__in=seen):
                        seen.add(event.pk)
                        if not wanted or event.type in wanted:
                            self._forward(client, options["to"], event, secret)
                    if options["once"]:
                        return
                    time.sleep(EVERY_S)
        except KeyboardInterrupt:
            self.stdout.write("")

    def _secret(self, workspace: Workspace, endpoint_id: str) -> str:
        if not endpoint_id:
            secret = endpoints.new_secret()
            self.stdout.write(f"Signed with {secret}")
            return secret
        found = workspace.webhook_endpoints.present()
        try:
            endpoint: Endpoint = found.get(pk=UUID(endpoint_id))
        except (ValueError, Endpoint.DoesNotExist):
            raise CommandError(f"{workspace} has no endpoint {endpoint_id}.") from None
        self.stdout.write(f"Signed as for {endpoint.host}")
        return str(endpoint.secret)

    def _forward(
        self, client: httpx2.Client, to: str, event: Event, secret: str
    ) -> None:
        body = event.body.encode()
        headers = signing.headers(
            secrets=[secret],
            body=body,
            event=event.type,
            delivery_id=str(event.pk),
            now=clock.now(),
        )
        began = time.monotonic()
        try:
            answer = str(client.post(to, content=body, headers=headers).status_code)
        except httpx2.InvalidURL as error:
            raise CommandError(f"{to} is not an address: {error}") from error
        except httpx2.HTTPError as error:
            answer = f"no answer ({error})"
        elapsed_ms = (time.monotonic() - began) * 1000
        self.stdout.write(
            f"{_clock(event.created_at)}  {event.type:<26} {answer}"
            f"  {elapsed_ms:.0f} ms  {event.subject}"
        )
        self.stdout.flush()


def _workspace(wanted: str) -> Workspace:
    found = Workspace.objects.order_by("pk")
    if wanted:
        try:
            found = found.filter(pk=UUID(wanted))
        except ValueError:
            found = found.filter(name=wanted)
    if len(some := list(found[:2])) == 1:
        return some[0]
    raise CommandError(
        "Name one workspace with --workspace, by id or by name."
        if some
        else f"There is no workspace {wanted}."
    )


def _recent(workspace: Workspace) -> QuerySet[Event]:
    """Return events of the last minutes: one whose transaction was long may appear
    after a younger one, so the last id seen is no mark to go on from."""
    since = ids.floor(clock.now() - REACH)
    found: QuerySet[Event] = workspace.webhook_events.filter(pk__gt=since)
    return found.order_by("pk")


def _known(workspace: Workspace, again: int) -> set[UUID]:
    """Return recent events that are not to be forwarded: all but the last ``again``."""
    recent = list(_recent(workspace).values_list("pk", flat=True))
    return set(recent[: len(recent) - again] if again < len(recent) else [])


def _clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M:%S}"
