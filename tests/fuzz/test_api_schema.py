"""The API's own description, thrown at it: no 5xx, and nothing that is not described.

    RYMI_FUZZ_CASES=40 pytest tests/fuzz          (cases for each operation; 6 by default)

One line at the end tells how many cases ran.
"""

import os
from collections import Counter

import hypothesis
import orjson
import pytest
import schemathesis
from django.conf import settings
from django.core import signals
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.validation import validate_schema
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from rymi_site import api_schema
from tests.architecture import world as worlds

CASES = int(os.environ.get("RYMI_FUZZ_CASES", "6"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Waits for somebody outside, or is a page of its own.
LEFT_OUT = ("/v1/agents/enrich-company",)
seen: Counter[int] = Counter()


def described():
    schema = schemathesis.openapi.from_dict(orjson.loads(api_schema.document()))
    schema.app = get_wsgi_application()
    return schema


SCHEMA = described()
OPERATIONS = [
    found.ok()
    for found in SCHEMA.get_all_operations()
    if not found.ok().path.startswith(LEFT_OUT)
]

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One of everything, and a key that may do everything; rolled back at the end."""
    # The application would give the test's own connection back after each request.
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    with django_db_blocker.unblock(), transaction.atomic():
        made = worlds.build()
        made.workspace.plan = "enterprise"
        made.workspace.save()
        yield made
        transaction.set_rollback(True)
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


@pytest.fixture(scope="module", autouse=True)
def _told():
    yield
    print(f"\nfuzz: {sum(seen.values())} cases {dict(sorted(seen.items()))}")  # noqa: T201  # the record of the run


def name(operation):
    return f"{operation.method.upper()} {operation.path}"


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_no_request_breaks_it(world, operation):
    raw = world.keys["account key" if "account_id" in operation.path else "own key"]

    @hypothesis.settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        derandomize="RYMI_FUZZ_RANDOM" not in os.environ,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(
        case=hypothesis.strategies.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        )
    )
    def fuzz(case):
        cache.clear()  # limits have tests of their own
        known = {
            k: v for k, v in world.values.items() if k in (case.path_parameters or {})
        }
        if known:
            case.path_parameters = {**case.path_parameters, **known}
        for header in ("Rymi-Workspace", "Idempotency-Key"):
            case.headers.pop(header, None)
        sid = transaction.savepoint()
        try:
            response = case.call(headers={"Authorization": f"Bearer {raw}"})
        finally:
            transaction.savepoint_rollback(sid)
        seen[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    fuzz()


def test_the_description_is_valid():
    """What is not is not checked above either."""
    validate_schema(orjson.loads(api_schema.document()))


def test_the_description_covers_the_api():
    assert len(OPERATIONS) > 60
    assert settings.SPECTACULAR_SETTINGS["TITLE"]
