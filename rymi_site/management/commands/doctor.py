"""``manage.py doctor``: look at this machine and name each mend."""

import logging
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from rymi_site import doctor
from rymi_site.management.commands.rymi import port_of_public_url
from rymi_site.processes import Ports

SIGNS = {"ok": "ok", "note": "--", "bad": "!!"}
COLOURS = {"ok": 32, "note": 33, "bad": 31}


class Command(BaseCommand):
    """Print every finding; end with 1 when something has to be mended."""

    help = (
        "Check database, keys, broker, models and their hashes, ports, public address"
        " and clock. Changes nothing."
    )
    requires_system_checks = ()  # it tells of them itself

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=port_of_public_url())

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        logging.disable()  # each trouble is told once, in plain words
        _make_impatient()
        count = {"ok": 0, "note": 0, "bad": 0}
        last = ""
        for each in doctor.examine(Ports(host, port)):
            subject = each.subject if each.subject != last else ""
            last = each.subject
            count[each.tone] += 1
            self.stdout.write(f"  {self._sign(each.tone)} {subject:15} {each.told}")
            if each.mend:
                self.stdout.write(f"     {'':15} mend: {each.mend}")
        told = f"{count['bad']} to mend, {count['note']} to know, {count['ok']} well."
        if count["bad"]:
            raise CommandError(told)
        self.stdout.write(told)

    def _sign(self, tone: str) -> str:
        sign = SIGNS[tone]
        return f"\x1b[{COLOURS[tone]}m{sign}\x1b[0m" if self.stdout.isatty() else sign


def _make_impatient() -> None:
    """Ask a database at once and once; a pool would try for half a minute."""
    if connection.vendor == "postgresql":
        options = connection.settings_dict["OPTIONS"]
        options |= {"pool": False, "connect_timeout": round(doctor.PATIENCE_S)}
