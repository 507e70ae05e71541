"""Reading all that the product shows and keeps, to look for what must not stand there."""

import json

from django.contrib import admin
from django.core.cache import cache
from django.db import connection

from tests.architecture.routes import all_routes
from tests.architecture.test_route_matrix import PLAIN

HTMX = {"HX-Request": "true"}
ENDS = {"account_logout", "hijack:release", "accounts:sign-in-link"}


def text(answer):
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    cookies = dict.fromkeys(answer.cookies, "")  # of their owner's own browser
    return body.decode(errors="replace") + json.dumps({**answer.headers, **cookies})


def read_everything(world):
    """Read every page and resource there is, as those who may read most."""
    said = []
    for name in ("admin", "staff", "account key"):
        visitor = world.visitor(name)
        visitor.raise_request_exception = False
        for route in all_routes():
            if route.name in ENDS:
                continue
            cache.clear()
            path = route.path(PLAIN | world.values | record_of(route.name))
            for headers in ({}, HTMX):
                answer = visitor.get(path, headers=headers)
                assert answer.status_code < 500 or answer.status_code in (502, 503), (
                    path
                )
                said.append(text(answer))
    return said


def record_of(name):
    """Return the id of a record that a page of the support desk is about."""
    for model in admin.site._registry:
        if name.startswith(f"admin:{model._meta.label_lower.replace('.', '_')}_"):
            first = model._default_manager.order_by("-pk").first()
            return {"object_id": str(first.pk)} if first else {}
    return {}


def dump():
    """Return every table as text."""
    tables = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute("SELECT * FROM " + connection.ops.quote_name(name))  # noqa: S608  # tables of ours
            tables.append(f"{name}: {cursor.fetchall()}")
    return tables
