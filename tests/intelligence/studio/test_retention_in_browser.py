import pytest

from tests.browser import accessible, picture
from tests.intelligence.test_pipeline import work_out

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_windows_save_themselves_and_a_person_is_erased(signed_in, call):
    work_out(call)
    signed_in.goto("/settings/retention/")
    signed_in.select_option("select[name=recording]", "7")
    signed_in.wait_for_selector("text=Saved")
    accessible(signed_in, within="main")
    picture(signed_in, "retention")

    signed_in.fill("#lookup input", "+44 7700 900418")
    signed_in.click("text=Look it up")
    signed_in.wait_for_selector("#last-four")
    picture(signed_in, "retention-person", full=False)
    signed_in.fill("#last-four", "0418")
    signed_in.click("dialog >> text=Erase")

    signed_in.wait_for_selector("#receipts li")
    assert not call.transcript_segments.exists()
