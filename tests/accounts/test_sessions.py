from datetime import timedelta

from django.contrib.sessions.models import Session

from accounts import access, sessions
from common import clock


def test_eight_silent_hours_end_a_session(studio, time_machine):
    assert studio.get("/").status_code == 200

    time_machine.move_to(clock.now() + timedelta(hours=8, minutes=1, seconds=1))

    assert "/accounts/login/" in studio.get("/")["Location"]


def test_a_busy_session_ends_after_thirty_days(studio, time_machine):
    began = clock.now()
    for hours in range(0, 30 * 24, 7):
        time_machine.move_to(began + timedelta(hours=hours, seconds=1))
        assert studio.get("/settings/appearance/").status_code == 200

    time_machine.move_to(began + timedelta(days=30, seconds=2))

    assert studio.get("/").status_code == 302


def test_a_session_that_is_over_opens_no_socket(owner, workspace):
    seen = clock.now() - timedelta(hours=9)
    scope = {"user": owner, "session": {sessions.SEEN: seen.timestamp()}}

    assert access.workspace_of_scope(scope) is None
    assert access.workspace_of_scope({"user": owner, "session": {}}) is not None


def test_end_all_signs_out_everywhere(studio, owner):
    studio.get("/")

    assert sessions.end_all(owner) == 1

    assert not Session.objects.exists()
    assert studio.get("/").status_code == 302


def test_a_quiet_request_writes_nothing(studio, django_assert_max_num_queries):
    studio.get("/settings/appearance/")

    with django_assert_max_num_queries(12) as asked:
        studio.get("/settings/appearance/")

    assert not [q for q in asked if not q["sql"].startswith("SELECT")]
