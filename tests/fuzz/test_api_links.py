"""The API by its own links: what one request made, the next ones ask for.

    RYMI_FUZZ_WALKS=40 pytest tests/fuzz/test_api_links.py       (walks; 20 by default)

Links come from the description: which answer has the id that which request asks for.
"""

import os
from collections import Counter

import hypothesis
import pytest
from django.core.cache import cache
from django.db import transaction

from tests.fuzz.test_api_schema import CHECKS, LEFT_OUT, SCHEMA, world

__all__ = ["world"]
WALKS = int(os.environ.get("RYMI_FUZZ_WALKS", "20"))
STEPS = 12  # requests in a walk
pytestmark = pytest.mark.django_db

Machine = SCHEMA.exclude(path_regex="^" + LEFT_OUT[0]).as_state_machine()


def walker(raw: str, seen: Counter) -> type:
    """Return a walk through the API with a key; what it did is undone at its end."""

    class Walk(Machine):
        def setup(self):
            self.sid = transaction.savepoint()

        def teardown(self):
            transaction.savepoint_rollback(self.sid)

        def before_call(self, case):
            cache.clear()  # limits have tests of their own
            for header in ("Rymi-Workspace", "Idempotency-Key"):
                case.headers.pop(header, None)

        def get_call_kwargs(self, case):
            return {"headers": {"Authorization": f"Bearer {raw}"}}

        def step(self, input):
            output = super().step(input)
            followed = input.transition is not None and input.is_applied
            seen["followed a link" if followed else "began"] += 1
            seen[str(output.response.status_code)] += 1
            return output

        def validate_response(self, response, case, **kwargs):
            case.validate_response(response, checks=CHECKS)

    return Walk


def test_no_walk_breaks_it(world):
    seen: Counter = Counter()
    walk = walker(world.keys["own key"], seen)
    walk.run(
        settings=hypothesis.settings(
            max_examples=WALKS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize="RYMI_FUZZ_RANDOM" not in os.environ,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
        )
    )
    assert seen["followed a link"]
    steps = seen["began"] + seen["followed a link"]
    print(f"\nfuzz: {steps} steps of walks {dict(sorted(seen.items()))}")  # noqa: T201  # the record of the run
