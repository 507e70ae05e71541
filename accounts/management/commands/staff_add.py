"""Make somebody staff: ``manage.py staff_add support@example.com``."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts import sign_in_links, staff


class Command(BaseCommand):
    help = "Give a person the admin, as support; print a link that signs them in once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--superuser", action="store_true", help="may do everything in the admin"
        )
        parser.add_argument(
            "--conversations",
            action="store_true",
            help="may open transcripts and recordings (each opening is written down)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(
                f"{options['email']} is not an e-mail address."
            ) from error
        user, made = staff.add(
            options["email"],
            superuser=options["superuser"],
            conversations=options["conversations"],
        )
        path = sign_in_links.make(user)
        self.stdout.write(
            f"{user.email} is staff{' (new person)' if made else ''}.\n"
            f"Signs in once, within 15 minutes: {settings.PUBLIC_BASE_URL}{path}"
            "?next=/admin/"
        )
