"""Tests make their tables from the models; here the migrations prove to make the same."""

import os
import subprocess
import sys
import uuid

import pytest
from django.apps import apps
from django.db import ConnectionHandler, connection

from tests.processes import ROOT

BINDINGS = ("primary_key", "unique", "foreign_key", "check", "index", "orders")
OURS = tuple(
    f"{app.label}_" for app in apps.get_app_configs() if "site-packages" not in app.path
)
pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def migrated(tmp_path_factory, django_db_setup, django_db_blocker):
    """A database beside the test's that ``manage.py migrate`` made; yields its name."""
    if connection.vendor == "sqlite":
        name = str(tmp_path_factory.mktemp("migrated") / "fresh.db")
        run(MIGRATE, name)
        yield name
        return
    name = f"fresh_{uuid.uuid4().hex}"
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        run(MIGRATE, name)
        yield name
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(script, name):
    """Run a script on that database, with the product's settings; return what it printed."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SET_UP + script],
        cwd=ROOT,
        env={**os.environ, "FRESH": name},
        check=True,
        timeout=200,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


SET_UP = """
import os, django
from django.conf import settings
from django.core.management import call_command
settings.DATABASES["default"]["NAME"] = os.environ["FRESH"]
django.setup()
"""
MIGRATE = """
call_command("migrate", verbosity=0)
"""
# As it stood before the migrations were folded, whole and then not.
GROWN = """
from django.core.management.base import SystemCheckError
from django.db.migrations.recorder import MigrationRecorder
from billing.models import Plan
from rymi_site import database
rows = MigrationRecorder.Migration.objects
folded = rows.filter(name__in=["0001_first_release", "0002_seed_plans_and_skus"])
assert folded.delete()[0] == 7
Plan.objects.filter(pk="free").update(name="Starter")
database.prepare()
assert folded.count() == 7
assert Plan.objects.get(pk="free").name == "Starter"
rows.filter(app="telephony", name__gt="0012").delete()
try:
    database.prepare()
except SystemCheckError as error:
    print(error)
try:
    call_command("migrate", verbosity=0, skip_checks=False)
except SystemCheckError as error:
    print(error)
"""


def shape(database):
    """Return what a database has of ours: tables, their columns, and what binds them."""
    with database.cursor() as cursor:
        look = database.introspection
        return {
            table: (
                {
                    (column.name, column.type_code, column.display_size, column.null_ok)
                    for column in look.get_table_description(cursor, table)
                },
                sorted(
                    str((each["columns"], {kind: each.get(kind) for kind in BINDINGS}))
                    for each in look.get_constraints(cursor, table).values()
                ),
            )
            for table in look.table_names(cursor)
            if table.startswith(OURS)
        }


def test_an_empty_database_becomes_what_the_models_say(migrated):
    options = {**connection.settings_dict["OPTIONS"]}
    options.pop("pool", None)  # it would be the pool of the test's database
    alone = {**connection.settings_dict, "NAME": migrated, "OPTIONS": options}
    made = ConnectionHandler({"default": alone})["default"]
    try:
        assert shape(made) == shape(connection)
        with made.cursor() as cursor:
            cursor.execute("SELECT id FROM billing_plan")
            assert cursor.fetchall(), "no plans were seeded"
    finally:
        made.close()


def test_a_database_from_before_the_first_release_is_taken_over_or_refused(migrated):
    told = run(GROWN, migrated)

    assert told.count("The tables of telephony are older than the first release") == 2
    assert told.count("0013_queue_people_to_call") == 2  # what it lacks
    assert told.count("empty database") == 2  # what mends it
