"""How the client's methods for telephone numbers are driven."""

from tests.sdk.drives import PHONE


def numbers_list(w):
    told = w.rymi.numbers.list(limit=500)
    assert (told["numbers"], told["total"]) == ([], 0)


def numbers_register(w):
    agent = str(w.agent().id)
    told = w.rymi.numbers.register(PHONE, agent)
    assert (told["status"], told["number"]) == ("registered", PHONE)
    assert told["agent_id"] == agent
    assert {"status", "provider"} <= set(told["webhook"])
    assert w.rymi.numbers.list()["numbers"][0]["number"] == PHONE


def numbers_attach(w):
    w.rymi.numbers.register(PHONE)
    agent = str(w.agent().id)
    # The client puts the plus into the path as it is.
    told = w.rymi.numbers.attach(PHONE, agent)
    assert (told["status"], told["agent_id"]) == ("attached", agent)


def numbers_remove(w):
    w.rymi.numbers.register(PHONE)
    assert w.rymi.numbers.remove(PHONE) == {"status": "removed", "number": PHONE}
    assert w.rymi.numbers.list()["numbers"] == []
