import csv
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common import clock, ids
from telephony import reports
from tests.factories import AgentFactory, CallFactory
from tests.studio import sample

HTMX = {"HX-Request": "true"}


@pytest.fixture
def agent(workspace):
    return AgentFactory(workspace=workspace, name="Reception")


def url(name, *args):
    return reverse(f"telephony:{name}", args=args)


def text(response):
    body = b"".join(response) if response.streaming else response.content
    return body.decode()


PAGES_OF_A_CALL = ("call-detail", "call-bill", "call-transcript", "call-recording")


@pytest.mark.parametrize("name", PAGES_OF_A_CALL)
def test_a_strangers_call_is_not_there(studio, name):
    theirs = CallFactory()

    assert studio.get(url(name, theirs.id)).status_code == 404


def test_a_strangers_call_cannot_be_ended(studio):
    theirs = CallFactory(status="queued")

    assert studio.post(url("call-end", theirs.id)).status_code == 404


def test_strangers_calls_are_in_no_list(studio, agent):
    theirs = CallFactory(caller="+15550009")

    asked = {"live": str(theirs.id), "newest": str(ids.floor(clock.now()))}
    for name in ("call-list", "call-export"):
        assert "+15550009" not in text(studio.get(url(name)))
    assert str(theirs.id) not in text(studio.get(url("call-news"), asked))


@pytest.mark.parametrize("name", ["call-list", "call-news", "call-export"])
def test_nobody_is_sent_to_sign_in(client, db, name):
    response = client.get(url(name))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_the_list_makes_few_queries_however_long(
    studio, agent, django_assert_max_num_queries
):
    CallFactory.create_batch(60, agent=agent)
    AgentFactory.create_batch(20, workspace=agent.workspace)
    studio.get(url("call-list"))  # what is done once a minute is done

    with django_assert_max_num_queries(12):
        page = studio.get(url("call-list"))

    assert text(page).count("<tr id=") == reports.PAGE


def test_a_call_makes_few_queries_however_long(
    studio, agent, django_assert_max_num_queries
):
    call = sample.talk(agent)
    studio.get(url("call-detail", call.id))

    with django_assert_max_num_queries(12):
        studio.get(url("call-detail", call.id))
    with django_assert_max_num_queries(12):
        studio.get(url("call-bill", call.id))


def test_htmx_gets_the_rows_alone_and_a_clean_address(studio, agent):
    CallFactory(agent=agent, status="failed")

    asked = {"state": "failed", "q": "", "agent": ""}
    page = studio.get(url("call-list"), asked, headers=HTMX)

    assert "<html" not in text(page)
    assert page["HX-Push-Url"] == "/calls/?state=failed"
    assert "HX-Request" in page["Vary"]


def test_a_page_brought_back_is_whole(studio, agent):
    restore = {**HTMX, "HX-History-Restore-Request": "true"}

    assert "<html" in text(studio.get(url("call-list"), headers=restore))


def test_what_cannot_be_read_is_said_and_left_out(studio, agent):
    CallFactory(agent=agent)
    asked = {"agent": "nonsense", "span": "between", "since": "2026-02-31"}

    page = text(studio.get(url("call-list"), asked))

    assert page.count('role="alert"') == 2
    assert page.count("<tr id=") == 1


@pytest.mark.parametrize(
    ("span", "hits"), [("today", 1), ("yesterday", 1), ("week", 2), ("month", 3)]
)
def test_spans_of_days(studio, agent, span, hits):
    noon = timezone.localtime().replace(hour=12, minute=0)
    for days in (0, 1, 20, 40):
        CallFactory(agent=agent, id=ids.floor(noon - timedelta(days=days)))

    page = text(studio.get(url("call-list"), {"span": span}))

    assert page.count("<tr id=") == hits


def test_news_redraw_live_rows_and_count_calls_that_came(studio, agent):
    live = CallFactory(agent=agent, status="in_progress", end_reason="")
    news = url("call-news")
    asked = {"live": f"{live.id},nonsense", "newest": str(live.id)}
    later = ids.floor(clock.now() + timedelta(seconds=1))
    CallFactory(agent=agent, id=later)

    page = text(studio.get(news, asked))

    assert f'<tr id="call-{live.id}" hx-swap-oob="true">' in page
    assert "1 new call: show" in page


def test_polling_ends_with_the_last_live_call_of_an_older_page(studio, agent):
    ended = CallFactory(agent=agent)

    page = text(studio.get(url("call-news"), {"live": str(ended.id)}))

    assert "every 5s" not in page


def test_an_export_is_csv_that_runs_no_formula(studio, agent, monkeypatch):
    monkeypatch.setattr(reports, "CHUNK", 1)
    CallFactory(agent=agent, caller='=HYPERLINK("http://x")', summary="@SUM(1)")
    CallFactory(agent=agent, caller="+447700900418", charge_micros=4_200_000)

    page = studio.get(url("call-export"))
    number, formula = sorted(
        csv.DictReader(text(page).splitlines()), key=lambda row: row["caller"] < "+"
    )

    assert page["Content-Disposition"].endswith('.csv"')
    assert (number["caller"], number["cost_usd"]) == ("+447700900418", "0.0420")
    assert formula["caller"].startswith("'=")
    assert formula["what_happened"] == "'@SUM(1)"


def test_a_transcript_is_text_with_what_was_not_heard(studio, agent):
    call = sample.talk(agent)

    words = text(studio.get(url("call-transcript", call.id)))

    assert words.startswith("0:00 Agent: Hello, Brightwater Dental")
    assert "[not heard: Friday at nine, or Monday at half past]" in words


def test_a_call_that_ended_while_watched_is_loaded_anew(studio, agent):
    call = CallFactory(agent=agent)

    page = studio.get(url("call-detail", call.id), headers=HTMX)

    assert page["HX-Refresh"] == "true"


def test_a_waiting_call_is_called_off(studio, agent):
    call = CallFactory(agent=agent, status="queued", end_reason="")

    studio.post(url("call-end", call.id))
    call.refresh_from_db()

    assert call.status == "canceled"


def test_a_live_call_is_asked_to_end(studio, agent):
    call = CallFactory(agent=agent, status="in_progress", end_reason="")

    studio.post(url("call-end", call.id))
    call.refresh_from_db()

    assert call.end_requested_at is not None


def test_who_may_only_look_ends_no_call(client, viewer, agent):
    client.force_login(viewer)
    call = CallFactory(agent=agent, status="in_progress", end_reason="")

    assert client.get(url("call-detail", call.id)).status_code == 200
    assert client.post(url("call-end", call.id)).status_code == 403
