"""R23: secrets that go in by the doors come out of none.

Two dozen are planted as people, programs and operators do, each with a text of its own.
Then every page and every resource is read by those who may read most, errors are
provoked where the secrets pass, and all that the product wrote is searched: logs, pages,
the API, mails, tables, queued work, files, reports of errors.
"""

import base64
import json
import logging
import re
from collections import defaultdict
from pathlib import Path
from secrets import token_hex

import pytest
import structlog
from django.conf import settings as site
from django.contrib import admin
from django.core import mail
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.views.debug import ExceptionReporter

from accounts import audit, sign_in_links
from billing import payments
from common import later
from telephony.models import Call
from tests import factories
from tests.architecture import world as worlds
from tests.architecture.routes import all_routes
from tests.architecture.test_route_matrix import PLAIN
from tests.authenticator import code_of
from tests.doubles import plivo, telnyx, twilio, vonage
from tests.doubles.server import in_a_thread

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
    pytest.mark.services,
]
HTMX = {"HX-Request": "true"}
PROVIDERS = ("openai", "anthropic", "elevenlabs", "deepgram", "cartesia", "groq")
AT_LEAST = 24


class Secrets:
    """What was planted, and how often each may be read."""

    def __init__(self):
        self.value: dict[str, str] = {}
        self.shown: dict[str, int] = defaultdict(int)  # once, to whoever made it

    def plant(self, name, value=""):
        """Make a secret up, or note one that the product made."""
        self.value[name] = value or f"canary{token_hex(12)}"
        return self.value[name]

    def show(self, name, value, answer):
        """Note a secret that an answer shows once."""
        self.plant(name, value)
        self.shown[name] = text(answer).count(value)
        return value

    def found_in(self, haystack):
        """Return the names of those that stand in a text, plain or as Basic."""
        found = {name for name, each in self.value.items() if each in haystack}
        for coded in set(re.findall(r"Basic ([A-Za-z0-9+/=]{8,})", haystack)):
            plain = base64.b64decode(coded + "==", validate=False).decode("latin1")
            found |= {name for name, each in self.value.items() if each in plain}
        return found


def text(answer):
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    cookies = dict.fromkeys(answer.cookies, "")  # of their owner's own browser
    return body.decode(errors="replace") + json.dumps({**answer.headers, **cookies})


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
    planted = Secrets()
    places = {}

    for plant in (of_the_operator, of_providers, of_carriers, of_webhooks, of_keys, of_tools, of_people, of_calls):  # fmt: skip
        plant(planted, world, settings, stripe)
    places["pages and API"] = read_everything(world)
    monkeypatch.setattr(audit, "record", broken)
    monkeypatch.setattr(payments, "start", broken)
    again = Secrets()
    again.value = planted.value
    for plant in (of_providers, of_webhooks, of_keys, of_tools):
        provoke(plant, again, world, settings, stripe)

    printed = capfd.readouterr()
    places |= {
        "logs": [caplog.text, printed.out, printed.err],
        "reports of errors": reports,
        "queued work": queued,
        "mails": [each.message().as_string() for each in mail.outbox],
        "tables": dump(),
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


# ---- planting


def of_the_operator(planted, world, settings, stripe):
    """What stands in the environment."""
    stripe.key = settings.STRIPE_SECRET_KEY = planted.plant("stripe key")
    stripe.secret = planted.plant("stripe secret")
    settings.STRIPE_WEBHOOK_SECRETS = [stripe.secret]
    planted.plant("django's key", site.SECRET_KEY)
    planted.plant("encryption key", site.FERNET_KEYS[0])
    body, header = stripe.signed({"id": "evt_1", "object": "event", "type": "charge.succeeded", "created": 1, "data": {"object": {"id": "ch_1", "object": "charge"}}})  # fmt: skip
    assert Client().post("/callbacks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": header}).status_code == 200  # fmt: skip
    wrong = header[:-4] + "0000"
    assert Client().post("/callbacks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": wrong}).status_code == 400  # fmt: skip
    owner = world.visitor("admin")
    bought = owner.post(reverse("billing:payment-create"), {"pack": "50", "once": token_hex(8)}, headers=HTMX)  # fmt: skip
    assert bought["HX-Redirect"]


def of_providers(planted, world, settings, stripe):
    """Keys of the customer's own, at vendors that cannot be reached just now."""
    owner = world.visitor("admin")
    for provider in PROVIDERS:
        key = planted.value.get(provider) or planted.plant(provider)
        url = reverse("agents:provider", args=[provider])
        answer = owner.post(url, {"api_key": key}, headers=HTMX)
        assert "Kept" in answer.headers.get("HX-Trigger", ""), text(answer)
        owner.post(reverse("agents:provider-test", args=[provider]), headers=HTMX)


def of_carriers(planted, world, settings, stripe):
    """Credentials of telephone companies, right and wrong ones."""
    settings.PUBLIC_BASE_URL = settings.MEDIA_BASE_URL = "https://voice.example"
    owner = world.visitor("admin")
    given = {
        twilio.Twilio: ("auth_token",),
        plivo.Plivo: ("auth_token",),
        vonage.Vonage: ("api_secret", "signature_secret", "private_key"),
        telnyx.Telnyx: ("api_key",),
    }
    for kind, hidden in given.items():
        double = kind()
        with in_a_thread(double):
            settings.PROVIDER_BASE_URLS = {double.name: double.url}
            for name in hidden:
                secret = double.credentials[name]
                planted.plant(f"{double.name} {name}", secret.splitlines()[-2] if "\n" in secret else secret)  # fmt: skip
            form = {"carrier": double.name, **double.credentials}
            trial = owner.post("/numbers/carrier/trial/", form, headers=HTMX)
            assert trial.status_code in (200, 422, 429)
            answer = owner.post("/numbers/carrier/", form, headers=HTMX)
            assert answer.headers.get("HX-Redirect"), text(answer)
            owner.post("/numbers/carrier/", {**form, hidden[0]: planted.plant(f"wrong {double.name}")}, headers=HTMX)  # fmt: skip


def of_webhooks(planted, world, settings, stripe):
    """A secret that signs, and the one that takes its place."""
    api = program(world)
    first, second = (
        planted.value.get(name) or planted.plant(name)
        for name in ("webhook", "webhook, rotated")
    )
    made = api.post(
        "/v1/webhooks",
        {"url": "https://hooks.example.com/", "events": ["*"], "secret": first},
        content_type="application/json",
    )
    if made.status_code == 201:
        one = f"/v1/webhooks/{made.json()['id']}"
        changed = api.patch(one, {"secret": second}, content_type="application/json")
        assert changed.status_code == 200
        assert api.post("/v1/webhooks", {"url": "https://hooks.example.com/", "events": [], "secret": first}, content_type="application/json").status_code == 400  # fmt: skip


def of_keys(planted, world, settings, stripe):
    """Keys that we make, each shown once."""
    api = program(world)
    for kind in ("account", "workspace"):
        made = api.post(
            "/v1/auth/api-keys",
            {"kind": kind, "scopes": ["calls:read"], "label": kind},
            content_type="application/json",
        )
        if made.status_code == 201:  # twice in one answer: its older name, too
            raw = made.json()["key"]
            planted.plant(f"{kind} key", raw)
            bearer = Client(headers={"Authorization": f"Bearer {raw}"})
            assert bearer.get("/v1/keys/self").status_code == 200
            assert bearer.get("/v1/webhooks").status_code == 403
    answer = world.visitor("admin").post(
        reverse("accounts:key-new"),
        {"label": "Studio", "reach": "everything", "life": "90"},
        headers=HTMX,
    )
    if answer.status_code == 200:
        raw = re.search(r"rymi_[\w-]{20,}", text(answer))[0]
        planted.show("key made in Studio", raw, answer)
    made = api.post(
        "/v1/keys/publishable",
        {"agent_id": world.values["agent_id"], "label": "Page"},
        content_type="application/json",
    )
    if made.status_code == 201:
        planted.show("publishable key", made.json()["key"], made)


def of_tools(planted, world, settings, stripe):
    """What agents' tools open doors with."""
    owner, api = world.visitor("admin"), program(world)
    kept, app, header = (
        planted.value.get(name) or planted.plant(name)
        for name in ("tool secret", "connector", "header of a tool")
    )
    api.put("/v1/tool-secrets/CANARY", {"value": kept, "host": "api.example.com"}, content_type="application/json")  # fmt: skip
    owner.post(
        reverse("agents:connector", args=["crm"]),
        {"name": "Crm", "base_url": "https://crm.example.com", "token": app},
        headers=HTMX,
    )
    owner.post(
        f"/agents/{world.values['agent_id']}/tools/call_webhook/",
        {
            "name": "find_order", "url": "https://api.example.com/orders", "method": "GET",
            "purpose": "Tells how an order stands.",
            "headers": json.dumps({"Authorization": f"Bearer {header}"}),
            "timeout_ms": "4000", "consent": "auto", "side_effect": "read",
        },
        headers=HTMX,
    )  # fmt: skip


def of_people(planted, world, settings, stripe):
    """Passwords, second factors, letters and links that sign in."""
    password = planted.plant("password")
    browser = Client()
    signed_up = browser.post(
        reverse("account_signup"),
        {"name": "Lena", "email": "lena@example.com", "password1": password, "password": password},
    )  # fmt: skip
    assert signed_up.status_code == 302, text(signed_up)
    planted.plant("session", browser.cookies[site.SESSION_COOKIE_NAME].value)
    wrong = planted.plant("wrong password")
    refused = Client().post(reverse("account_login"), {"login": "lena@example.com", "password": wrong})  # fmt: skip
    assert refused.status_code == 200
    browser.post(reverse("mfa_reauthenticate"), {"password": password})
    browser.post(reverse("account_reauthenticate"), {"password": password})
    page = browser.get(reverse("mfa_activate_totp"))
    secret = planted.plant("authenticator", page.context["form"].secret)
    code = code_of(secret)
    assert browser.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    codes = browser.get(reverse("mfa_view_recovery_codes"))
    for number, each in enumerate(codes.context["unused_codes"][:2]):
        planted.plant(f"recovery code {number}", each)
    owner = world.visitor("admin")
    letter = owner.post(
        reverse("accounts:invitation-new"),
        {"email": "new@example.com", "role": "viewer"},
        headers=HTMX,
    )
    planted.plant("invitation", re.search(r"/invitations/([\w-]{20,})/", text(letter))[1])  # fmt: skip
    user = world.people["viewer"]
    planted.plant("sign-in link", sign_in_links.make(user).strip("/").split("/")[-1])


def of_calls(planted, world, settings, stripe):
    """What opens a media socket."""
    url = reverse("telephony:test-call-create", args=[world.values["agent_id"]])
    answer = world.visitor("admin").post(url, {"mode": "text"})
    assert answer.status_code == 201, text(answer)
    planted.show("media token", answer.json()["token"], answer)
    assert Call.objects.filter(pk=answer.json()["call_id"]).exists()


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


def program(world):
    """Return a program with the account's key."""
    return Client(headers={"Authorization": f"Bearer {world.keys['account key']}"})


# ---- reading


def read_everything(world):
    """Read every page and resource there is, as those who may read most."""
    said = []
    for name in ("admin", "staff", "account key"):
        visitor = world.visitor(name)
        visitor.raise_request_exception = False
        for route in all_routes():
            if route.name in ENDS:
                continue
            cache.clear()
            path = route.path(PLAIN | world.values | record_of(route.name))
            for headers in ({}, HTMX):
                answer = visitor.get(path, headers=headers)
                assert answer.status_code < 500 or answer.status_code in (502, 503), (
                    path
                )
                said.append(text(answer))
    return said


def record_of(name):
    """Return the id of a record that a page of the support desk is about."""
    for model in admin.site._registry:
        if name.startswith(f"admin:{model._meta.label_lower.replace('.', '_')}_"):
            first = model._default_manager.order_by("-pk").first()
            return {"object_id": str(first.pk)} if first else {}
    return {}


ENDS = {"account_logout", "hijack:release", "accounts:sign-in-link"}


def dump():
    """Return every table as text."""
    tables = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute("SELECT * FROM " + connection.ops.quote_name(name))  # noqa: S608  # tables of ours
            tables.append(f"{name}: {cursor.fetchall()}")
    return tables
