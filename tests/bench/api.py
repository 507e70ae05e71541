"""How quick the public API is, with a million calls, on PostgreSQL.

``make bench-api``: fills the database of ``make bench-pages`` once, then measures, in
one process, through the whole WSGI application:

- requests a second of one core, beside a bare Django view behind the same middleware
  (CPU time of this process and of PostgreSQL; at least a third of the bare view's),
- POST /v1/calls, CPU time (p95 at most 40 ms), which is its wall time on a machine that
  does nothing else; what the clock said stands beside it,
- lists at a million rows, CPU time (p95 at most 50 ms).

Fails where a limit is missed. The last line has the figures.
"""

import io
import itertools
import os
import sys
import time
from argparse import ArgumentParser

from tests.bench import pages  # sets the database before Django is set up

SHARE, POST_MS, LIST_MS = 1 / 3, 40, 50
visitors = itertools.count(1)


class Asker:
    """Asks the WSGI application as a server would."""

    def __init__(self, raw: str) -> None:
        from django.core.wsgi import get_wsgi_application

        self._raw, self._app = raw, get_wsgi_application()

    def __call__(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        path, _, query = path.partition("?")
        n = next(visitors)  # an address may only ask so often
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "REMOTE_ADDR": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}",
            "HTTP_AUTHORIZATION": f"Bearer {self._raw}",
            "CONTENT_TYPE": "application/json" if body else "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
        }
        status = 0

        def start(line: str, headers: list, exc_info: object = None) -> None:
            nonlocal status
            status = int(line[:3])

        answer = self._app(environ, start)
        content = b"".join(answer)
        answer.close()
        return status, content


def bare(request):
    """Answer as little as there is to answer."""
    from django.http import JsonResponse

    return JsonResponse({"status": "ok"})


BARE, SELF, TEN = "/bare", "/v1/keys/self", "/v1/calls?limit=10"
BATCH = 20  # requests between two looks at the clocks


def a_second(ask: Asker, backends: pages.Backends, count: int) -> dict[str, float]:
    """Return how many of each request a core answers in a second of its time.

    They take turns, a batch each, and the median batch counts: whatever else the
    machine does meets all of them alike.
    """
    for path in (BARE, SELF, TEN):
        for _ in range(20):
            assert ask("GET", path)[0] == 200, path
    took: dict[str, list[float]] = {path: [] for path in (BARE, SELF, TEN)}
    # Lists apart: they take so long that a key is read anew before each other batch,
    # which of a key that is busy happens once in five seconds.
    for paths in ((BARE, SELF), (TEN,)):
        for _ in range(count // BATCH):
            for path in paths:
                took[path].append(_batch(ask, backends, path))
    return {
        path: BATCH * 1000 / pages.at(batches, 0.5) for path, batches in took.items()
    }


def _batch(ask: Asker, backends: pages.Backends, path: str) -> float:
    """Return the CPU time of a batch of requests, in ms."""
    database, own = backends.cpu_ms(), time.process_time()
    for _ in range(BATCH):
        ask("GET", path)
    return (time.process_time() - own) * 1000 + backends.cpu_ms() - database


def main() -> int:
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--requests", type=int, default=600)
    parser.add_argument("--calls", type=int, default=pages.CALLS)
    asked = parser.parse_args()
    pages.database(fresh=False)
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.urls import path

    from accounts import keys
    from billing.models import Plan
    from common import collector
    from rymi_site import urls

    settings.ALLOWED_HOSTS.append("127.0.0.1")
    call_command("migrate", verbosity=0)
    _, workspace = pages.workspace_with_calls("owner@bench.example", asked.calls)
    workspace.plan = "enterprise"
    workspace.save()
    Plan.objects.filter(pk="enterprise").update(
        requests_per_minute=None, concurrent_calls=None, daily_calls=None
    )
    urls.urlpatterns.insert(0, path("bare", bare))
    _, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])
    ask, backends = Asker(raw), pages.Backends()
    collector.settle()  # as the web process does

    rates = a_second(ask, backends, asked.requests)
    posts = post_calls(ask, backends, workspace, asked.rounds * 5)
    lists = read_lists(ask, backends, workspace, asked.rounds)
    return tell(rates, posts, lists)


def post_calls(
    ask: Asker, backends: pages.Backends, workspace, count: int
) -> list[tuple[float, float]]:
    """Return what each start of a call cost and how long it took, in ms."""
    import orjson

    from agents import authoring, publishing
    from agents import config as configs
    from billing import wallet
    from telephony import calls
    from telephony.models import Call

    config = configs.parse({"persona": {"role": "clerk"}})
    agent = authoring.create(workspace=workspace, name="Bench", config=config, by=None)
    publishing.publish(agent, by=None)
    wallet.top_up(workspace=workspace, amount_micros=10**9, key=f"api:{agent.id}")
    browser = {"transport": "webrtc", "identity": "bench"}
    body = orjson.dumps({"agent_id": str(agent.id), "participants": [browser]})
    took = []
    for n in range(count):
        database, own = backends.cpu_ms(), time.process_time()
        began = time.perf_counter()
        status, content = ask("POST", "/v1/calls", body)
        wall = (time.perf_counter() - began) * 1000
        own = (time.process_time() - own) * 1000
        took.append((own + backends.cpu_ms() - database, wall))
        assert status == 201, content
        if n % 20 == 19:
            for call in Call.objects.filter(agent=agent, status="queued"):
                calls.cancel(call, by=None)
    for call in Call.objects.filter(agent=agent, status="queued"):
        calls.cancel(call, by=None)
    return took[5:]


def read_lists(ask: Asker, backends: pages.Backends, workspace, rounds: int) -> dict:
    """Return the CPU time of each list, in ms."""
    from telephony.models import Call

    ids = Call.objects.filter(workspace=workspace).order_by("-id")
    deep = ids[5_000:5_001].get().id
    agent = workspace.agents.order_by("id").first().id
    addresses = {
        "calls": "/v1/calls",
        "calls, 200": "/v1/calls?limit=200",
        "calls, cursor": f"/v1/calls?cursor={deep}",
        "calls, offset 10,000": "/v1/calls?offset=10000",
        "calls, failed": "/v1/calls?status=failed",
        "calls, live": "/v1/calls/active",
        "calls of an agent": f"/v1/agents/{agent}/calls",
        "queue": "/v1/calls/queue/stats",
        "agents": "/v1/agents",
    }
    many = with_many_agents()
    asked = {name: (ask, where) for name, where in addresses.items()}
    asked["agents, 500"] = (many, "/v1/agents?limit=500")
    found: dict[str, list[float]] = {name: [] for name in asked}
    for who, where in asked.values():
        status, content = who("GET", where)  # the long count is made once an hour
        assert status == 200, content
    for _ in range(rounds):
        for name, (who, where) in asked.items():
            database, own = backends.cpu_ms(), time.process_time()
            who("GET", where)
            own = (time.process_time() - own) * 1000
            found[name].append(own + backends.cpu_ms() - database)
    return found


def with_many_agents() -> Asker:
    """Return who asks in a workspace with as many agents as a page may have."""
    from accounts import keys
    from accounts.models import Workspace
    from tests import factories

    name = "Many agents"
    workspace = Workspace.objects.filter(name=name).first()
    if workspace is None:
        workspace = factories.WorkspaceFactory(name=name, plan="enterprise")
        factories.AgentFactory.create_batch(500, workspace=workspace)
    _, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])
    return Asker(raw)


def tell(rates: dict, posts: list[tuple[float, float]], lists: dict) -> int:
    for name, took in lists.items():
        print(
            f"{name:24} {pages.at(took, 0.5):6.1f} ms, p95 {pages.at(took, 0.95):6.1f} ms"
        )
    worst = max(pages.at(took, 0.95) for took in lists.values())
    share = rates[SELF] / rates[BARE]
    costs, walls = ([each[n] for each in posts] for n in (0, 1))
    post = pages.at(costs, 0.95)
    good = share >= SHARE and post <= POST_MS and worst <= LIST_MS
    print(
        f"bench-api: bare view {rates[BARE]:.0f}/s a core, API {rates[SELF]:.0f}/s"
        f" ({share:.2f} of it), list of 10 {rates[TEN]:.0f}/s;"
        f" POST /v1/calls p95 {post:.0f} ms (p50 {pages.at(costs, 0.5):.0f};"
        f" wall {pages.at(walls, 0.95):.0f} and {pages.at(walls, 0.5):.0f});"
        f" slowest list at a million rows p95 {worst:.0f} ms: {'ok' if good else 'MISSED'};"
        f" load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
