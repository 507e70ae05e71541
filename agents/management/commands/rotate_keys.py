"""``manage.py rotate_keys``: put every encrypted field on the newest key."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agents import key_rotation


class Command(BaseCommand):
    """Rotate; safe to stop and to run again, and to run while calls go on."""

    help = (
        "Re-encrypt every encrypted field with the first of FERNET_KEYS. Put the new key"
        " in front of the old one, restart, run this, then drop the old key."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=key_rotation.BATCH)

    def handle(self, *args: Any, batch: int, **options: Any) -> None:
        if batch < 1:
            raise CommandError("--batch must be at least 1.")
        lost = []
        for count in key_rotation.rotate(batch):
            self.stdout.write(
                f"{count.label}: {count.seen} read, {count.rotated} re-encrypted"
            )
            lost += [f"{count.label} {key}" for key in count.lost]
        if lost:
            raise CommandError(
                f"{len(lost)} values open with none of FERNET_KEYS and were left as they"
                f" are; keep the old keys until they are mended: {', '.join(lost[:10])}"
            )
        self.stdout.write("Everything is on the newest key.")
