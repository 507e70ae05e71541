"""The do-not-call list in Studio."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from telephony import do_not_call
from tests import factories

pytestmark = pytest.mark.django_db


def test_numbers_are_added_by_hand_and_from_a_file(studio, workspace):
    file = SimpleUploadedFile(
        "list.csv", b"name,phone\nSam,+44 7700 900123\nAda,none\n"
    )

    studio.post(
        "/numbers/do-not-call/new/", {"numbers": "+15550100300\nnonsense", "file": file}
    )

    phones = set(workspace.do_not_call.values_list("phone", flat=True))
    assert phones == {"+15550100300", "+447700900123"}
    page = studio.get("/numbers/do-not-call/").content.decode()
    assert "+44 7700 900123" in page
    assert "1 could not be read" in page


def test_a_number_is_checked_however_it_is_written(studio, workspace):
    do_not_call.add(workspace, "+447700900123")

    def said(number):
        page = studio.get("/numbers/do-not-call/", {"q": number})
        return page.content.decode()

    assert "is not called" in said("0044 7700 900 123")
    assert "may be called" in said("+447700900124")
    assert "is not a phone number" in said("x")


def test_a_number_is_taken_off(studio, workspace):
    entry = do_not_call.add(workspace, "+447700900123")

    studio.post(f"/numbers/do-not-call/{entry.id}/removal/")

    assert not workspace.do_not_call.exists()


def test_a_strangers_list_is_not_touched(studio, db):
    entry = do_not_call.add(factories.WorkspaceFactory(), "+447700900123")

    answer = studio.post(f"/numbers/do-not-call/{entry.id}/removal/")

    assert answer.status_code == 404


def test_who_may_only_look_adds_nobody(client, viewer, workspace):
    client.force_login(viewer)

    client.post("/numbers/do-not-call/new/", {"numbers": "+447700900123"})

    assert not workspace.do_not_call.exists()
