"""R23: secrets that go in by the doors come out of none.

Two dozen are planted as people, programs and operators do, each with a text of its own.
Then every page and every resource is read by those who may read most, errors are
provoked where the secrets pass, and all that the product wrote is searched: logs, pages,
the API, mails, tables, queued work, files, reports of errors.
"""

import json
import logging
from pathlib import Path
from secrets import token_hex

import pytest
import structlog
from django.conf import settings as site
from django.core import mail
from django.core.signals import got_request_exception
from django.test import Client
from django.views.debug import ExceptionReporter

from accounts import audit
from billing import payments
from common import later
from tests import factories
from tests.architecture import planting, searching
from tests.architecture import world as worlds

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
    pytest.mark.services,
]
AT_LEAST = 24


@pytest.fixture
def reports():
    """Every report that an operator would get of an unexpected error."""
    kept = []

    def write(sender, request, **_):
        import sys

        reporter = ExceptionReporter(request, *sys.exc_info(), is_email=True)
        kept.extend([reporter.get_traceback_html(), reporter.get_traceback_text()])

    got_request_exception.connect(write, weak=False)
    yield kept
    got_request_exception.disconnect(write)


@pytest.fixture
def queued(monkeypatch):
    """Every message to a worker."""
    kept = []
    nudge = later._nudge

    def note(task, ids):
        kept.append(json.dumps({"task": task.name, **ids}))
        nudge(task, ids)

    monkeypatch.setattr(later, "_nudge", note)
    return kept


@pytest.fixture
def world(transactional_db):
    made = worlds.build()
    made.people["staff"] = factories.UserFactory(is_staff=True, is_superuser=True)
    return made


def test_what_goes_in_comes_out_of_no_door(
    world,
    settings,
    stripe,
    reports,
    queued,
    caplog,
    capfd,
    monkeypatch,
):
    caplog.set_level(logging.DEBUG)
    planted = planting.Secrets()
    places = {}

    for plant in planting.EVERY:
        plant(planted, world, settings, stripe)
    places["pages and API"] = searching.read_everything(world)
    monkeypatch.setattr(audit, "record", broken)
    monkeypatch.setattr(payments, "start", broken)
    again = planting.Secrets()
    again.value = planted.value
    for plant in planting.AGAIN:
        provoke(plant, again, world, settings, stripe)

    printed = capfd.readouterr()
    places |= {
        "logs": [caplog.text, printed.out, printed.err],
        "reports of errors": reports,
        "queued work": queued,
        "mails": [each.message().as_string() for each in mail.outbox],
        "tables": searching.dump(),
        "files": [path.read_text(errors="replace") for path in Path(site.RECORDINGS_DIR).parent.rglob("*") if path.is_file() and "db" not in path.suffix],
    }  # fmt: skip
    assert len(planted.value) >= AT_LEAST, sorted(planted.value)
    assert len(reports) >= 10, "nothing broke where secrets pass"
    assert queued
    assert len(places["tables"]) > 60
    leaks = {
        (name, place): haystack[max(0, haystack.find(planted.value[name]) - 300) :][
            :400
        ]
        for place, haystacks in places.items()
        for haystack in haystacks
        for name in planted.found_in(haystack)
    }
    leaks = {key: said for key, said in leaks.items() if key not in BY_DESIGN}
    assert not leaks, "\n".join(f"{key}: {said}" for key, said in leaks.items())
    assert set(planted.shown.values()) == {1}, planted.shown


# Django keeps the names of sessions where it looks them up; a letter holds its own link;
# a machine that nobody configured makes keys for itself, in files of its owner's.
BY_DESIGN = {
    ("encryption key", "files"),
    ("django's key", "files"),
    ("session", "tables"),
    ("invitation", "mails"),
}


def broken(*_args, **kwargs):
    raise RuntimeError("it broke where secrets pass")


def test_a_logged_exception_tells_no_variables(capfd):
    in_hand = f"canary{token_hex(12)}"

    try:
        broken(key=in_hand)
    except RuntimeError:
        structlog.get_logger().exception("it_broke")

    printed = capfd.readouterr()
    assert "RuntimeError: it broke where secrets pass" in printed.out + printed.err
    assert in_hand not in printed.out + printed.err


def provoke(plant, planted, world, settings, stripe):
    """Let a door break while a secret is in its hands."""
    quiet = Client.__init__

    def calm(self, *args, **kwargs):
        quiet(self, *args, **{**kwargs, "raise_request_exception": False})

    Client.__init__ = calm
    try:
        plant(planted, world, settings, stripe)
    except (AssertionError, KeyError, TypeError):
        pass  # the answers are those of broken doors
    finally:
        Client.__init__ = quiet
