"""How the client's methods for the list of those who are not called are driven."""

from tests.sdk.drives import PHONE


def dnc_list(w):
    w.rymi.dnc.add(PHONE)
    told = w.rymi.dnc.list(limit=500)
    assert told["dnc_entries"][0]["phone"] == PHONE
    assert told["dnc_entries"][0]["reason"] == "API request"


def dnc_add(w):
    for _ in range(2):
        told = w.rymi.dnc.add("+1 (555) 123-0001", "Asked")
        assert told == {"status": "blocklisted", "phone_number": PHONE}


def dnc_add_batch(w):
    told = w.rymi.dnc.add_batch([PHONE, "nonsense"])
    assert (told["status"], told["count"]) == ("blocklisted", 1)
    assert (told["invalid_count"], told["invalid"]) == (1, ["nonsense"])


def dnc_check(w):
    w.rymi.dnc.add(PHONE)
    told = w.rymi.dnc.check([PHONE, "+15551230002"])
    assert (told["blocked_count"], told["total_checked"]) == (1, 2)
    assert told["results"][0]["blocked"] is True


def dnc_remove(w):
    w.rymi.dnc.add(PHONE)
    assert w.rymi.dnc.remove(PHONE) == {"status": "removed", "phone": PHONE}
