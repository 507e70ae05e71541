"""Counting in a real Redis: one trip, and windows that end."""

import contextlib
import subprocess
import time

import pytest
from django.core.cache import cache
from redis import Redis, RedisError

from accounts import keys
from common.api import limits
from rymi_site import processes
from tests import processes as servers
from tests.api import Api


@pytest.fixture(scope="module")
def redis_url():
    binary = processes.valkey_binary()
    if binary is None:
        pytest.skip("no Valkey for this platform")
    port = servers.free_port()
    server = subprocess.Popen(
        [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    client = Redis(port=port)
    for _ in range(100):
        with contextlib.suppress(RedisError):
            client.ping()
            break
        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(10)


@pytest.fixture
def redis(redis_url, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis_url,
        }
    }
    cache.clear()
    return cache._cache.get_client(None, write=True)


def test_it_counts_and_reads_in_one_trip(redis):
    cache.set("entry", 1_700_000_000_000_000_000, None)
    first = limits.count_beside("entry", ["a", "b"])
    second = limits.count_beside("entry", ["a"])

    assert first == (1_700_000_000_000_000_000, [1, 1])
    assert second == (1_700_000_000_000_000_000, [2])
    assert limits.count_beside("nothing", []) == (None, [])
    calls = redis.info("commandstats")
    assert calls["cmdstat_evalsha"]["calls"] >= 3


def test_a_window_ends_by_itself(redis):
    limits.count("a")
    limits.count("a")

    [name] = redis.keys("*limit:a:*")
    assert 0 < redis.ttl(name) <= 2 * limits.WINDOW


def test_the_script_is_loaded_again_where_it_was_forgotten(redis):
    limits.count("a")
    redis.script_flush()

    assert limits.count("a") == 2


@pytest.mark.django_db
def test_the_sixty_first_request_of_sixty_is_refused(redis, workspace):
    api = Api(workspace)

    answers = [api.get("/keys/self") for _ in range(61)]

    assert {each.status_code for each in answers[:60]} == {200}
    assert answers[60].status_code == 429
    assert 1 <= int(answers[60]["Retry-After"]) <= 60


@pytest.mark.django_db(transaction=True)
def test_a_revoked_key_is_out_with_the_next_request(redis, workspace):
    api = Api(workspace)
    assert api.get("/keys/self").status_code == 200
    assert api.get("/keys/self").status_code == 200  # remembered by now

    for key in workspace.api_keys.all():
        keys.revoke(key, by=None)

    assert api.get("/keys/self").status_code == 401
