"""Putting secrets in by every door, as people, programs and operators do.

Each has a text of its own, by which it is known wherever it comes out.
"""

import base64
import json
import re
from collections import defaultdict
from secrets import token_hex

from django.conf import settings as site
from django.test import Client
from django.urls import reverse

from accounts import sign_in_links
from telephony.models import Call
from tests.architecture.searching import HTMX, text
from tests.authenticator import code_of
from tests.doubles import plivo, telnyx, twilio, vonage
from tests.doubles.server import in_a_thread

PROVIDERS = ("openai", "anthropic", "elevenlabs", "deepgram", "cartesia", "groq")


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


def program(world):
    """Return a program with the account's key."""
    return Client(headers={"Authorization": f"Bearer {world.keys['account key']}"})


EVERY = (
    of_the_operator,
    of_providers,
    of_carriers,
    of_webhooks,
    of_keys,
    of_tools,
    of_people,
    of_calls,
)
AGAIN = (of_providers, of_webhooks, of_keys, of_tools)  # may go in twice
