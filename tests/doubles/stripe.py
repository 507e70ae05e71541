"""Stripe's HTTP API, as far as prepaid credit needs it, with a page to pay on.

https://docs.stripe.com/api (2026-11): customers, Checkout Sessions, payment intents with
a saved card, refunds, disputes; idempotency keys as
https://docs.stripe.com/api/idempotent_requests has them; events signed as
https://docs.stripe.com/webhooks/signature says. Strict: what it does not know is a 400.
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import random
import re
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from tests.doubles.server import Double
from tests.doubles.stripe_page import HostedPage

CARDS = {  # number → what happens
    "4242424242424242": "",
    "4000000000009995": "insufficient_funds",
    "4000000000000341": "later",  # saved at first, declined when charged afterwards
}
SESSION = {
    "mode", "customer", "client_reference_id", "success_url", "cancel_url", "metadata",
    "payment_intent_data", "line_items", "automatic_tax", "customer_update",
}  # fmt: skip
INTENT = {
    "amount", "currency", "customer", "payment_method", "off_session", "confirm", "description", "metadata",
}  # fmt: skip
CUSTOMER = {"email", "name", "metadata", "address"}
REFUND = {"payment_intent", "amount", "reason", "metadata"}


class Wrong(Exception):
    def __init__(self, status, type_, message, **more):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": type_, "message": message, **more}}


def bad(message, **more):
    return Wrong(400, "invalid_request_error", message, **more)


def nested(pairs):
    """Turn Stripe's form encoding into a tree: a[b][0][c]=1."""
    tree: dict = {}
    for name, value in pairs:
        first, *rest = re.findall(r"[^\[\]]+", name)
        node = tree
        for here, following in itertools.pairwise([first, *rest]):
            node = node.setdefault(here, {})
            assert isinstance(node, dict), following
        node[[first, *rest][-1]] = value
    return tree


def allow(params, known, needed=()):
    for name in params:
        if name not in known:
            raise bad(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)  # fmt: skip
    for name in needed:
        if name not in params:
            raise bad(f"Missing required param: {name}.", code="parameter_missing", param=name)  # fmt: skip


@dataclass
class Stripe(Double):
    key: str = "sk_test_double"
    secret: str = "whsec_double"
    webhook_url: str = ""  # where events are posted, if anywhere
    tax_percent: int = 0  # of sessions that ask for automatic tax
    answer_lost: bool = False  # do the deed once, then tear the line
    objects: dict = field(default_factory=dict)
    events: list = field(default_factory=list)
    keys: dict = field(default_factory=dict)  # idempotency key → (fingerprint, answer)
    charged: int = 0  # cents that left cards

    def __post_init__(self):
        self.count = itertools.count(1)
        self.posts: set = set()

    def routes(self):
        return [
            *HostedPage(self).routes(),
            web.route("*", "/v1/{rest:.*}", self.api),
        ]

    # ---- the API's manners

    async def api(self, request):
        self.requests.append((request.method, request.path))
        if self.fault == "cut":
            return self.cut(request)
        if self.fault in ("429", "500", "503"):
            return web.json_response(
                {"error": {"type": "api_error", "message": "ordered"}},
                status=int(self.fault),
            )
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return web.json_response(
                {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}},
                status=401,
            )  # fmt: skip
        body = await request.text()
        key = request.headers.get("Idempotency-Key")
        if request.method == "POST":
            if key is None or len(key) > 255:
                self.complaints.append(f"no idempotency key on {request.path}")
            fingerprint = (request.path, body)
            if key in self.keys:
                known, answer = self.keys[key]
                if known != fingerprint:
                    self.complaints.append(f"{key} used for something else")
                    return web.json_response({"error": {"type": "idempotency_error", "message": "Keys for idempotent requests can only be used with the same parameters."}}, status=400)  # fmt: skip
                return web.json_response(answer[1], status=answer[0], headers={"Idempotent-Replayed": "true"})  # fmt: skip
        try:
            params = nested(parse_qsl(body, keep_blank_values=True, strict_parsing=bool(body)))  # fmt: skip
            answer = (200, self.answer(request, params))
        except Wrong as wrong:
            answer = (wrong.status, wrong.body)
        if request.method == "POST" and key:
            self.keys[key] = (fingerprint, answer)
        if self.answer_lost and request.method == "POST":
            self.answer_lost = False
            return self.cut(request)
        if answer[0] >= 400 and answer[1]["error"]["type"] == "invalid_request_error":
            self.complaints.append(answer[1]["error"]["message"])
        return web.json_response(answer[1], status=answer[0])

    def answer(self, request, params):
        noun, _, wanted = request.path.removeprefix("/v1/").rpartition("/")
        query = dict(request.query)
        match request.method, noun, wanted:
            case "POST", "", "customers":
                allow(params, CUSTOMER, ["email"])
                return self.put("cus", {"object": "customer", **params})
            case "POST", "checkout", "sessions":
                return self.open_session(params)
            case "GET", "checkout/sessions", wanted:
                return self.get(wanted, "cs")
            case "POST", "", "payment_intents":
                return self.charge_saved(params)
            case "GET", "payment_intents", wanted:
                intent = dict(self.get(wanted, "pi"))
                if query.pop("expand[0]", None) == "latest_charge" and intent["latest_charge"]:  # fmt: skip
                    intent["latest_charge"] = self.get(intent["latest_charge"], "ch")
                allow(query, ())
                return intent
            case "POST", "", "refunds":
                return self.refund(params)
            case "GET", "", "refunds" | "disputes":
                allow(query, {"payment_intent", "limit", "starting_after"})
                kind = {"refunds": "re_", "disputes": "du_"}[wanted]
                found = [
                    each
                    for each in reversed(list(self.objects.values()))
                    if each["id"].startswith(kind)
                    and each["payment_intent"] == query["payment_intent"]
                ]
                return {"object": "list", "data": found, "has_more": False, "url": request.path}  # fmt: skip
        raise Wrong(404, "invalid_request_error", f"Unrecognized request URL ({request.method}: {request.path})")  # fmt: skip

    def put(self, prefix, fields):
        id_ = f"{prefix}_{next(self.count):08}"
        self.objects[id_] = {"id": id_, "created": int(time.time()), **fields}
        return self.objects[id_]

    def get(self, id_, prefix):
        if not id_.startswith(f"{prefix}_") or id_ not in self.objects:
            raise Wrong(404, "invalid_request_error", f"No such object: '{id_}'", code="resource_missing")  # fmt: skip
        return self.objects[id_]

    # ---- deeds

    def open_session(self, params):
        allow(params, SESSION, ["mode", "success_url", "line_items"])
        allow(params.get("payment_intent_data", {}), {"metadata", "setup_future_usage"})
        if params["mode"] != "payment" or list(params["line_items"]) != ["0"]:
            raise bad("One payment of one line, please.")
        line = params["line_items"]["0"]
        price = line["price_data"]
        if int(line["quantity"]) != 1 or price["currency"] != "usd":
            raise bad("Invalid line item.")
        self.get(params["customer"], "cus")
        amount = int(price["unit_amount"])
        taxed = params.get("automatic_tax", {}).get("enabled") == "true"
        tax = amount * self.tax_percent // 100 if taxed else 0
        session = self.put(
            "cs_test",
            {
                "object": "checkout.session",
                "status": "open",
                "payment_status": "unpaid",
                "payment_intent": None,
                "amount_subtotal": amount,
                "amount_total": amount + tax,
                "total_details": {"amount_tax": tax, "amount_discount": 0, "amount_shipping": 0},
                "customer": params["customer"],
                "client_reference_id": params.get("client_reference_id"),
                "metadata": params.get("metadata", {}),
                "success_url": params["success_url"],
                "cancel_url": params.get("cancel_url"),
            },
        )  # fmt: skip
        session["url"] = f"{self.url}/pay/{session['id']}"
        self.objects[session["id"] + "/data"] = {
            "id": "",
            "intent": params.get("payment_intent_data", {}),
            "name": price["product_data"]["name"],
        }
        return session

    def complete(self, session_id, card="4242424242424242", *, later=False):
        """Pay on the hosted page; ``later``: by a method that takes days."""
        session = self.objects[session_id]
        wants = self.objects[session_id + "/data"]["intent"]
        declined = CARDS.get(card, "incorrect_number")
        intent = self.objects.get(session["payment_intent"]) or self.put(
            "pi",
            {
                "object": "payment_intent",
                "amount": session["amount_total"],
                "currency": "usd",
                "customer": session["customer"],
                "metadata": wants.get("metadata", {}),
                "setup_future_usage": wants.get("setup_future_usage"),
                "latest_charge": None,
                "payment_method": None,
                "last_payment_error": None,
                "status": "requires_payment_method",
            },
        )
        session["payment_intent"] = intent["id"]
        if declined and declined != "later":
            self.decline(intent, declined)
            return False
        method = self.put("pm", {"object": "payment_method", "number": card, "customer": session["customer"]})  # fmt: skip
        intent["payment_method"] = method["id"]
        session["status"] = "complete"
        if later:
            intent["status"] = "processing"
            self.tell("payment_intent.processing", intent)
        else:
            self.succeed(intent)
            session["payment_status"] = "paid"
        self.tell("checkout.session.completed", session)
        return True

    def settle(self, session_id, *, succeeds=True):
        """Let the bank of a slow payment decide."""
        session = self.objects[session_id]
        intent = self.objects[session["payment_intent"]]
        if succeeds:
            self.succeed(intent)
            session["payment_status"] = "paid"
            self.tell("checkout.session.async_payment_succeeded", session)
        else:
            self.decline(intent, "insufficient_funds")
            self.tell("checkout.session.async_payment_failed", session)

    def expire(self, session_id):
        self.objects[session_id]["status"] = "expired"
        self.tell("checkout.session.expired", self.objects[session_id])

    def succeed(self, intent):
        number = self.objects[intent["payment_method"]]["number"]
        charge = self.put(
            "ch",
            {
                "object": "charge",
                "amount": intent["amount"],
                "amount_refunded": 0,
                "refunded": False,
                "disputed": False,
                "payment_intent": intent["id"],
                "metadata": intent["metadata"],
                "billing_details": {"address": {"country": "GB"}},
                "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": number[-4:]}},
            },
        )  # fmt: skip
        intent.update(status="succeeded", latest_charge=charge["id"], last_payment_error=None)  # fmt: skip
        self.charged += intent["amount"]
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", intent)

    def decline(self, intent, code):
        intent["status"] = "requires_payment_method"
        intent["last_payment_error"] = {
            "type": "card_error",
            "code": "card_declined",
            "decline_code": code,
            "message": "Your card was declined.",
        }
        self.tell("payment_intent.payment_failed", intent)

    def charge_saved(self, params):
        allow(params, INTENT, ["amount", "currency"])
        if params.get("off_session") != "true" or params.get("confirm") != "true":
            raise bad("Only off-session charges here.")
        method = self.get(params["payment_method"], "pm")
        if method["customer"] != params["customer"]:
            raise bad("The payment method belongs to another customer.")
        intent = self.put(
            "pi",
            {
                "object": "payment_intent",
                "amount": int(params["amount"]),
                "currency": params["currency"],
                "customer": params["customer"],
                "metadata": params.get("metadata", {}),
                "setup_future_usage": None,
                "latest_charge": None,
                "payment_method": method["id"],
                "last_payment_error": None,
                "status": "requires_confirmation",
            },
        )
        if CARDS[method["number"]]:
            self.decline(intent, "insufficient_funds")
            error = intent["last_payment_error"]
            raise Wrong(402, error["type"], error["message"], code=error["code"], decline_code=error["decline_code"], payment_intent=intent)  # fmt: skip
        self.succeed(intent)
        return intent

    def refund(self, params):
        allow(params, REFUND, ["payment_intent"])
        intent = self.get(params["payment_intent"], "pi")
        charge = self.objects.get(intent["latest_charge"] or "")
        left = charge["amount"] - charge["amount_refunded"] if charge else 0
        cents = int(params.get("amount", left))
        if not 0 < cents <= left:
            raise bad("Refund amount is greater than unrefunded amount on charge", code="charge_already_refunded")  # fmt: skip
        charge["amount_refunded"] += cents
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        made = self.put("re", {"object": "refund", "amount": cents, "payment_intent": intent["id"], "charge": charge["id"], "status": "succeeded", "reason": None, "metadata": {}})  # fmt: skip
        self.charged -= cents
        self.tell("refund.created", made)
        self.tell("charge.refunded", charge)
        return made

    def dispute(self, intent_id, *, status="needs_response"):
        """Let a bank take the money of a payment back, or (``won``) give it again."""
        charge = self.objects[self.objects[intent_id]["latest_charge"]]
        found = [d for d in self.objects.values() if d["id"].startswith("du_") and d["payment_intent"] == intent_id]  # fmt: skip
        made = found[0] if found else self.put("du", {"object": "dispute", "amount": charge["amount"], "payment_intent": intent_id, "charge": charge["id"], "reason": "fraudulent", "metadata": {}})  # fmt: skip
        made["status"] = status
        charge["disputed"] = True
        kind = "created" if status == "needs_response" else "closed"
        self.tell(f"charge.dispute.{kind}", made)

    # ---- events

    def tell(self, type_, about):
        event = {
            "id": f"evt_{next(self.count):08}",
            "object": "event",
            "type": type_,
            "created": int(time.time()),
            "data": {"object": json.loads(json.dumps(about))},
        }
        self.events.append(event)
        if self.webhook_url:
            post = asyncio.get_running_loop().create_task(self.post(event))
            self.posts.add(post)
            post.add_done_callback(self.posts.discard)

    def signed(self, event, *, at=None, secret=None):
        """Return the body and the header of one delivery."""
        body = json.dumps(event).encode()
        moment = int(time.time() if at is None else at)
        signature = hmac.new(
            (secret or self.secret).encode(), b"%d." % moment + body, hashlib.sha256
        )
        return body, f"t={moment},v1={signature.hexdigest()}"

    def shuffled(self, copies, seed=7):
        """Return every event so many times, in any order."""
        every = [event for event in self.events for _ in range(copies)]
        random.Random(seed).shuffle(every)  # same each run
        return every

    async def post(self, event, copies=2):
        body, header = self.signed(event)
        async with aiohttp.ClientSession() as client:
            for _ in range(copies):
                async with client.post(
                    self.webhook_url,
                    data=body,
                    headers={"Stripe-Signature": header, "Content-Type": "application/json"},
                ) as answer:  # fmt: skip
                    if answer.status != 200:
                        self.complaints.append(f"webhook answered {answer.status}")
