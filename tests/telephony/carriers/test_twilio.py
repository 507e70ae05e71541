"""Twilio keeps the contract, and a few promises of its own."""

import dataclasses

from telephony.models import Leg
from tests.doubles.carriers import CALLER
from tests.doubles.twilio import TOKEN, Twilio
from tests.telephony.carriers.contract import BASE, CALL, CarrierContract, Resumes


class TestTwilio(Resumes, CarrierContract):
    double = Twilio

    def mutations(self, carrier):
        good = carrier.ring(BASE, CALL)
        form = carrier._form(CALL, "ringing")
        url = f"{BASE}/inbound/twilio"

        def bent(**how):
            return dataclasses.replace(good, **how)

        def signed(signature):
            return bent(headers={"X-Twilio-Signature": signature})

        right = good.headers["X-Twilio-Signature"]
        return [
            (
                "a byte of the body",
                bent(body=good.body.replace(b"ringing", b"rinGing")),
            ),
            ("a field more", bent(body=good.body + b"&Extra=1")),
            ("a field less", bent(body=good.body.replace(b"&Direction=inbound", b""))),
            ("a query", bent(url=url + "?x=1")),
            ("a slash", bent(url=url + "/")),
            ("no signature", bent(headers={})),
            ("an empty one", signed("")),
            ("another secret", carrier.signed(url, form, "f" * 32)),
            ("an empty secret", carrier.signed(url, form, "")),
            ("two signatures", signed(f"{right},{right}")),
            ("another case", signed(right.swapcase())),
            ("letters of another script", signed("é" + right[1:])),
            ("of another address", signed(carrier.signature(BASE, form))),
            (
                "http instead of https",
                signed(carrier.signature(url[:4] + url[5:], form)),
            ),
        ]

    def test_a_key_that_may_not_change_numbers_leaves_it_to_people(
        self, number, carrier
    ):
        from telephony import numbers

        carrier.may_bind = False
        carrier.numbers[number.number]["voice_url"] = "https://elsewhere.example"

        assert numbers.bind(number).binding == "manual_required"

    def test_names_in_any_script_are_signed_right(self, client, number, carrier):
        assert self.rings(client, carrier, caller=CALLER).status_code == 200
        assert TOKEN not in str(Leg.objects.values())
