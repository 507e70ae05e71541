import logging
import sys
import tomllib

from django.conf import settings
from django.utils.module_loading import import_string

from rymi_site.log_lines import OURS


def lines(name, extra, exc_info=None):
    """Return what is read of something that a logger says."""
    how = settings.LOGGING["formatters"]["plain"]
    said = logging.getLogger(name).makeRecord(
        name, logging.WARNING, __file__, 1, "winding_down", (), exc_info, extra=extra
    )
    return import_string(how["()"])(how["format"]).format(said)


def test_what_is_said_beside_a_message_is_read():
    line = lines("telephony.winding_down", {"live_calls": 3})

    assert line.endswith("WARNING telephony.winding_down winding_down live_calls=3")


def test_a_traceback_stands_below_it():
    try:
        raise ValueError("broken")
    except ValueError:
        line = lines("telephony.live", {"call": "c1"}, sys.exc_info())

    first, *_, last = line.splitlines()
    assert first.endswith("winding_down call=c1")
    assert last == "ValueError: broken"


def test_what_others_put_there_is_not():
    assert "secret" not in lines("django.request", {"request": "secret"})


def test_all_our_packages_are_ours():
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())

    assert set(project["tool"]["importlinter"]["root_packages"]) == OURS
