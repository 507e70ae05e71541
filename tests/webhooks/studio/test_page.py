import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.webhooks.studio import sample

HTMX = {"HTTP_HX_REQUEST": "true"}
PAGE = "/settings/webhooks/"


@pytest.fixture
def log(workspace):
    return sample.log(workspace)


def test_the_page_asks_the_database_as_often_for_a_long_log(studio, workspace, log):
    studio.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        studio.get(PAGE)
    for _ in range(4):
        sample.log(workspace)

    with CaptureQueriesContext(connection) as many:
        page = studio.get(PAGE)

    assert page.content.count(b"<tr>") >= 20
    assert len(many) == len(few)


def test_a_secret_is_on_no_page_but_the_one_that_shows_it_once(studio, log):
    said = b"".join(
        studio.get(path, **HTMX).content
        for path in (PAGE, f"{PAGE}endpoints/{log.id}/", f"{PAGE}deliveries/")
    )

    assert log.secret.encode() not in said


def test_a_form_with_errors_keeps_what_was_typed(studio):
    answer = studio.post(
        f"{PAGE}endpoints/new/",
        {
            "url": "https://localhost/x",
            "events": ["call.completed"],
            "alert_email": "a@b.example",
        },
        **HTMX,
    )

    assert answer.status_code == 422
    assert b"https://localhost/x" in answer.content
    assert b"a@b.example" in answer.content


@pytest.mark.parametrize("cursor", ["<nonsense", ">", "<", "x" * 500])
def test_a_strange_cursor_shows_the_first_page(studio, log, cursor):
    answer = studio.get(f"{PAGE}deliveries/", {"cursor": cursor}, **HTMX)

    assert answer.status_code == 200
    assert b"call.completed" in answer.content


def test_pages_are_cut_by_key_in_both_directions(studio, workspace, log, monkeypatch):
    from webhooks import reports

    whole = [
        each.pk
        for each in reports.delivery_page(workspace, reports.Filters(), size=99).rows
    ]
    first = reports.delivery_page(workspace, reports.Filters(), size=2)
    second = reports.delivery_page(workspace, reports.Filters(), first.older, size=2)
    back = reports.delivery_page(workspace, reports.Filters(), second.newer, size=2)

    assert [each.pk for each in [*first.rows, *second.rows]] == whole[:4]
    assert back.rows == first.rows
    assert not first.newer
    assert not back.newer


@pytest.mark.parametrize("verb", ["pause", "resume", "secret", "deletion", "sample"])
def test_the_neighbour_s_endpoint_is_not_there(studio, verb):
    foreign = factories.EndpointFactory()

    answer = studio.post(f"{PAGE}endpoints/{foreign.id}/{verb}/", **HTMX)

    assert answer.status_code == 404
