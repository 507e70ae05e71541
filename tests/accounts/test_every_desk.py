"""Every list and record of the admin, over two neighbours that are made once."""

import re

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.accounts.test_support_desk import url
from tests.architecture import world as worlds

DESKS = [
    model
    for model, desk in admin.site._registry.items()
    if model._meta.app_label != "rymi_site"
]
STYLED = re.compile(rb"<style|<[^>]*\sstyle=")  # the Content-Security-Policy has none


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Two neighbours, made once; what a test does to them is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield worlds.build()
        transaction.set_rollback(True)


@pytest.fixture
def root(db):
    user = User.objects.create_superuser("root@example.com")
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("model", DESKS, ids=lambda model: model.__name__)
def test_every_list_and_record_opens(root, world, model):
    listed = root.get(url(model))
    assert listed.status_code == 200
    assert not STYLED.search(listed.content)
    assert root.get(url(model), {"q": "nobody"}).status_code == 200
    assert root.get(url(model), {"q": str(world.workspace.id)}).status_code == 200
    record = model._default_manager.first()
    if record:
        page = root.get(url(model, "change", record.pk))
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        assert not STYLED.search(page.content)


@pytest.mark.parametrize("model", DESKS, ids=lambda model: model.__name__)
def test_nothing_can_be_added_changed_or_deleted_by_form(root, world, model):
    record = model._default_manager.first()

    assert root.get(url(model, "add")).status_code == 403
    if record:
        assert root.post(url(model, "change", record.pk), {}).status_code == 403
        assert root.post(url(model, "delete", record.pk), {}).status_code == 403


def test_lists_do_not_ask_more_for_more_rows(root, world):
    few = {model: queries_of_list(root, model) for model in DESKS}
    for n in range(3):
        more(n)

    many = {model: queries_of_list(root, model) for model in DESKS}

    for model in DESKS:
        assert len(many[model]) <= len(few[model]), "\n".join(many[model])


def queries_of_list(browser, model):
    """Open a list of the desk again; return what it asked the database."""
    browser.get(url(model))
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(url(model)).status_code == 200
    return [query["sql"][:200] for query in asked]


def more(n):
    """Make another neighbour with one of everything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worlds, "CANARY", f"Nachbar{n}")
        patch.setattr(worlds, "NUMBER", f"+1555017800{n}")
        worlds.build()
