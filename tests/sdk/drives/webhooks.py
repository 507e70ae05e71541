"""How the client's methods for webhooks are driven."""

import pytest
import rymi

HOOK = ("https://hooks.example.com/rymi", ["call.completed"], "whsec_" + "x" * 20)


def webhooks_list(w):
    w.rymi.webhooks.create(*HOOK)
    [told] = w.rymi.webhooks.list(limit=500)["webhooks"]
    assert told["url"] == HOOK[0]
    assert "secret" not in told


def webhooks_create(w):
    told = w.rymi.webhooks.create(*HOOK, alert_email="me@example.com")
    assert told["status"] == "registered"
    assert (told["url"], told["events"]) == (HOOK[0], HOOK[1])
    with pytest.raises(rymi.RymiError) as raised:
        w.rymi.webhooks.create("http://127.0.0.1/", *HOOK[1:])
    assert raised.value.status == 400


def webhooks_update(w):
    made = w.rymi.webhooks.create(*HOOK)
    told = w.rymi.webhooks.update(made["id"], events=["agent.published"])
    assert told == {"status": "updated", "id": made["id"]}


def webhooks_delete(w):
    made = w.rymi.webhooks.create(*HOOK)
    told = w.rymi.webhooks.delete(made["id"])
    assert told == {"status": "deleted", "id": made["id"]}


def webhooks_verify_signature(w):
    """Proved with real deliveries in tests/webhooks; here: that it refuses."""
    with pytest.raises(ValueError, match="Signature"):
        w.rymi.webhooks.verify_signature("{}", "00", "99999999999999", "secret")
