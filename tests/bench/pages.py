"""How long Studio's pages take with a million calls, on PostgreSQL.

``make bench-pages``: makes its own database, fills it once (``--fresh``: anew), asks for
each page as a signed-in owner and prints what the server took, with its queries. Fails
when a page of calls takes more than 50 ms, or any page makes more than 12 queries.
"""

import os
import sys
import tempfile
import time
from argparse import ArgumentParser
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

NAME = "rymi_bench_pages"
HERE = "postgres://postgres@127.0.0.1:5432/postgres"
SERVER = os.environ.get("DATABASE_URL", HERE).rsplit("/", 1)[0]
os.environ["DATABASE_URL"] = f"{SERVER}/{NAME}"
os.environ["DJANGO_SETTINGS_MODULE"] = "rymi_site.settings"
HOME = os.environ.setdefault("RYMI_VAR_DIR", tempfile.mkdtemp(prefix="rymi-bench-"))
os.makedirs(f"{HOME}/static", exist_ok=True)
os.environ.setdefault("LOG_LEVEL", "ERROR")

import django
import psycopg

CALLS, NEIGHBOURS, AGENTS, DAYS = 1_000_000, 50_000, 20, 365
LETTERS = """
INSERT INTO webhooks_event (id, workspace_id, type, key, subject, body, is_sample, created_at)
SELECT id, workspace_id, 'call.completed', 'call.completed:' || id, 'call:' || id,
  '{"type":"call.completed"}', false, created_at
FROM telephony_call WHERE workspace_id = %(workspace)s ON CONFLICT DO NOTHING;
INSERT INTO webhooks_delivery (id, workspace_id, endpoint_id, event_id, event_type, subject,
  state, attempts, attempts_before, next_at, last_status, last_error, created_at, finished_at)
SELECT (substr(e.id::text, 1, 35) || to_hex(n))::uuid, workspace_id, endpoint, e.id,
  'call.completed', subject,
  CASE WHEN hashtext(e.id::text) %% 100 = 1 THEN 'failed'
       WHEN hashtext(e.id::text) %% 5000 = 2 THEN 'held' ELSE 'delivered' END,
  CASE WHEN hashtext(e.id::text) %% 100 = 1 THEN 5
       WHEN hashtext(e.id::text) %% 40 = 3 THEN 2 ELSE 1 END,
  0, created_at, 200, '', created_at, created_at
FROM webhooks_event AS e, unnest(%(endpoints)s::uuid[]) WITH ORDINALITY AS to_each(endpoint, n)
WHERE workspace_id = %(workspace)s ON CONFLICT DO NOTHING;
INSERT INTO webhooks_attempt (id, delivery_id, number, started_at, url, request_headers,
  status, reply_headers, reply_body, truncated, error, elapsed_ms)
SELECT id, id, attempts, created_at, 'https://hooks.example.com/', '{}', 200, '{}', 'ok', false, '', 42
FROM webhooks_delivery WHERE workspace_id = %(workspace)s ON CONFLICT DO NOTHING;
"""
ENDPOINTS = 3

# Who took part in the newest calls, and what was recorded of them: lists read both.
PEOPLE = """
INSERT INTO telephony_participant (id, call_id, transport, role, status, identity, place,
  joined_at, left_at)
SELECT (substr(id::text, 1, 35) || n)::uuid, id,
  CASE WHEN role = 'customer' THEN 'webrtc' ELSE 'internal' END, role, 'left',
  CASE WHEN role = 'customer' THEN caller ELSE 'agent' END, 'floor', started_at, ended_at
FROM (SELECT * FROM telephony_call WHERE workspace_id = %(workspace)s
      ORDER BY id DESC LIMIT %(newest)s) AS newest,
  unnest('{customer,agent}'::text[]) WITH ORDINALITY AS each(role, n)
ON CONFLICT DO NOTHING;
INSERT INTO telephony_recording (id, call_id, path, format, status, sample_rate,
  duration_ms, size_bytes, peaks, created_at)
SELECT id, id, id::text, 'wav', 'completed', 16000, duration_ms, 7680000,
  (SELECT jsonb_agg(n %% 100) FROM generate_series(1, 800) AS n), ended_at
FROM telephony_call AS call WHERE workspace_id = %(workspace)s
ORDER BY call.id DESC LIMIT %(newest)s ON CONFLICT DO NOTHING;
"""
NEWEST = 20_000  # more than an offset can skip

BATCH = 100_000
LIMIT_MS, LIMIT_QUERIES = 50, 12
JUDGED = ("calls", "webhook", "analytics")

# Ids of version 7 over a year; states and channels in the shares of a busy workspace.
SEED = """
INSERT INTO telephony_call (
  id, workspace_id, agent_id, config, channel, direction, status, end_reason, end_detail,
  error_code, error_message, caller, metadata, variables, intelligence_status,
  created_at, started_at, ended_at, settled_at, duration_ms, exchanged_ms, billed_ms,
  charge_micros, rate_micros, turn_count, latency_p50_ms, latency_p95_ms, summary{more}
)
SELECT
  (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
   || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid,
  %(workspace)s, (%(agents)s::uuid[])[1 + n %% {agents}], '{{}}',
  CASE WHEN n %% 100 < 15 THEN 'text' WHEN n %% 100 < 20 THEN 'phone' ELSE 'browser' END,
  'test',
  CASE WHEN n %% 1000 < 50 THEN 'failed' WHEN n %% 1000 < 53 THEN 'no_answer'
       ELSE 'completed' END,
  CASE WHEN n %% 1000 < 50 THEN 'error' ELSE 'user_disconnect' END, '', '', '',
  '+44' || (7700000000 + (n * 7919) %% 200000), '{{}}', '{{}}', 'not_started',
  at, at, at + interval '2 minutes', at + interval '2 minutes',
  120000, 118000, 120000, 12000000, 6000000, 12, 700 + n %% 400, 1200 + n %% 900,
  'Moved the appointment to Friday at twenty past four'{values}
FROM (
  SELECT n, now() - make_interval(secs => ({total} - n) * {step}) AS at
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
) AS made
"""


def connect(database: str) -> psycopg.Connection:
    return psycopg.connect(f"{SERVER}/{database}", autocommit=True)


def database(fresh: bool) -> None:
    with connect("postgres") as server:
        if fresh:
            server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        known = "SELECT 1 FROM pg_database WHERE datname = %s"
        if not server.execute(known, [NAME]).fetchone():
            server.execute(f"CREATE DATABASE {NAME}")


def workspace_with_calls(email: str, count: int):
    """Return a workspace with so many calls; make what is missing."""
    from accounts.models import User
    from billing import wallet
    from billing.models import DailySpend, Wallet
    from common import clock
    from tests import factories

    user = User.objects.filter(email=email).first()
    if user is None:
        user = factories.UserFactory(email=email)
        workspace = factories.WorkspaceFactory(name=email)
        factories.MembershipFactory(user=user, workspace=workspace)
        factories.AgentFactory.create_batch(AGENTS, workspace=workspace)
        wallet.open(workspace)
        wallet.top_up(workspace=workspace, amount_micros=10**12, key=f"bench:{email}")
        purse = Wallet.objects.get(workspace=workspace)
        DailySpend.objects.bulk_create(
            DailySpend(
                wallet=purse,
                day=clock.now().date() - timedelta(days=back),
                spent_micros=10**9,
                billed_ms=10**8,
            )
            for back in range(DAYS)
        )
    workspace = user.memberships.get().workspace
    seed(workspace, count)
    return user, workspace


def seed(workspace, count: int) -> None:
    from telephony.models import Call

    have = Call.objects.filter(workspace=workspace).count()
    if have >= count:
        return
    agents = [str(each) for each in workspace.agents.values_list("id", flat=True)]
    extra = {"rate_lines": "'[]'", "price_book": "''", "epoch": "0", "carried_at": "''"}
    fields = {field.column for field in Call._meta.local_fields}
    extra = {name: value for name, value in extra.items() if name in fields}
    query = SEED.format(
        agents=AGENTS,
        total=count,
        step=DAYS * 86_400 / count,
        more="".join(f", {name}" for name in extra),
        values="".join(f", {value}" for value in extra.values()),
    )
    with connect(NAME) as server:
        server.execute("SET synchronous_commit = off")
        for first in range(have + 1, count + 1, BATCH):
            last = min(first + BATCH - 1, count)
            words = {"workspace": workspace.id, "agents": agents}
            server.execute(query, {**words, "first": first, "last": last})
            print(f"  {last:,} calls", file=sys.stderr)
        server.execute("VACUUM ANALYZE telephony_call")
    people(workspace)


def people(workspace) -> None:
    """Give the newest calls their people and a recording each."""
    with connect(NAME) as server:
        for each in filter(str.strip, PEOPLE.split(";")):
            server.execute(each, {"workspace": workspace.id, "newest": NEWEST})
        for table in ("participant", "recording"):
            server.execute(f"VACUUM ANALYZE telephony_{table}")


def letters(workspace) -> None:
    """Let every call have been told to three endpoints, by a try or more."""
    from tests import factories

    if workspace.webhook_deliveries.exists():
        return
    made = [
        factories.EndpointFactory(
            workspace=workspace, url=f"https://hooks{n}.example.com/"
        )
        for n in range(ENDPOINTS)
    ]
    words = {"workspace": workspace.id, "endpoints": [str(each.id) for each in made]}
    with connect(NAME) as server:
        server.execute("SET synchronous_commit = off")
        for each in filter(str.strip, LETTERS.split(";")):
            server.execute(each, words)
        for table in ("event", "delivery", "attempt"):
            server.execute(f"VACUUM ANALYZE webhooks_{table}")


def pages(workspace, call) -> dict[str, str]:
    """Return what is asked for: a name and an address."""
    from telephony.models import Call

    ids = Call.objects.filter(workspace=workspace).order_by("-id")
    deep = ids.filter(created_at__lt=call.created_at - timedelta(days=180)).first()
    agent = workspace.agents.order_by("name").first()
    calls = "/calls/"
    return {
        "home": "/",
        "home, live calls (every 5 s)": "/home/live/",
        "home, wires (every 20 s)": "/home/wires/",
        "calls": calls,
        "calls, 180 days back": f"{calls}?cursor=%3C{deep.id}",
        "calls, live": f"{calls}?state=live",
        "calls, failed": f"{calls}?state=failed",
        "calls, not connected": f"{calls}?state=unconnected",
        "calls, one agent": f"{calls}?agent={agent.id}",
        "calls, one agent, failed": f"{calls}?agent={agent.id}&state=failed",
        "calls, one agent, not connected, typed": (
            f"{calls}?agent={agent.id}&state=unconnected&channel=text"
        ),
        "calls, typed": f"{calls}?channel=text",
        "calls, last 7 days": f"{calls}?span=week",
        "calls, last 30 days, failed": f"{calls}?span=month&state=failed",
        "calls, a caller": f"{calls}?q=%2B44+7700+123456",
        "calls, the beginning of many callers": f"{calls}?q=%2B447700",
        "calls, nobody": f"{calls}?q=%2B49301",
        "calls, an id": f"{calls}?q={deep.id}",
        "calls, news (every 5 s)": f"{calls}news/?newest={call.id}&live={call.id}",
        "one call": f"{calls}{call.id}/",
        "one call, its bill": f"{calls}{call.id}/bill/",
        "agents": "/agents/",
        "providers": "/settings/providers/",
        **(
            _of_letters(workspace, deep) if workspace.webhook_endpoints.exists() else {}
        ),
        "analytics, 30 days": "/analytics/",
        "analytics, a year": "/analytics/?span=365",
        "analytics, a year, one agent": f"/analytics/?span=365&agent={agent.id}",
    }


def _of_letters(workspace, deep) -> dict[str, str]:
    log = "/settings/webhooks/"
    endpoint = workspace.webhook_endpoints.first()
    return {
        "webhook log": log,
        "webhook log, 180 days back": f"{log}?cursor=%3C{deep.id}",
        "webhook log, failed": f"{log}?state=failed",
        "webhook log, retried": f"{log}?state=retried",
        "webhook log, on the way": f"{log}?state=open",
        "webhook log, held": f"{log}?state=held",
        "webhook log, one endpoint": f"{log}?endpoint={endpoint.id}",
        "webhook log, one endpoint, failed": f"{log}?endpoint={endpoint.id}&state=failed",
        "webhook log, last hour": f"{log}?span=hour",
        "webhook log, a call": f"{log}?q=call:{deep.id}",
        "webhook log, an event": f"{log}?q=call.completed",
        "webhook log, no such event": f"{log}?q=agent.published",
        "a call's deliveries": f"{log}deliveries/of/?subject=call:{deep.id}",
    }


class Backends:
    """The CPU time of PostgreSQL's processes that serve us; needs it on this machine."""

    def __init__(self) -> None:
        self.watch = connect(NAME)

    def cpu_ms(self) -> float:
        others = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> %s"
        own = self.watch.info.backend_pid
        pids = self.watch.execute(others, [NAME, own]).fetchall()
        return sum(map(_on_cpu_ms, (pid for (pid,) in pids)))


def _on_cpu_ms(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
    except OSError:
        return 0.0


@dataclass
class Page:
    """What one page cost, each round: wall time and CPU time in ms, and its queries."""

    address: str
    queries: int = 0
    took: list = field(default_factory=list)
    work: list = field(default_factory=list)  # CPU of the web process and of PostgreSQL

    def count(self, client) -> None:
        """Warm up, and count the queries."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client.get(self.address)
        with CaptureQueriesContext(connection) as made:
            answer = client.get(self.address)
        self.queries = len(made)
        assert answer.status_code == 200, f"{self.address}: {answer.status_code}"

    def ask(self, client, backends: Backends) -> None:
        database, own = backends.cpu_ms(), time.process_time()
        began = time.perf_counter()
        client.get(self.address)
        self.took.append((time.perf_counter() - began) * 1000)
        own = (time.process_time() - own) * 1000
        self.work.append(own + backends.cpu_ms() - database)


def at(values: list[float], share: float) -> float:
    """Return what a share of the rounds kept within."""
    return sorted(values)[int(len(values) * share)]


def main() -> int:
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fresh", action="store_true", help="make the database anew")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument(
        "--only", nargs="*", default=[""], help="pages whose names hold one of these"
    )
    asked = parser.parse_args()
    database(asked.fresh)
    django.setup()

    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from common import clock
    from intelligence import rollups
    from tests.studio import sample

    settings.ALLOWED_HOSTS.append("testserver")
    call_command("migrate", verbosity=0)
    print(f"database {urlsplit(SERVER).hostname}/{NAME}", file=sys.stderr)
    workspace_with_calls("neighbour@bench.example", NEIGHBOURS)
    user, workspace = workspace_with_calls("owner@bench.example", asked.calls)
    if any(word in "webhook log, a call's deliveries" for word in asked.only):
        letters(workspace)
    began = time.perf_counter()
    rollups.advance(workspace, today=clock.now().date())
    print(f"days added up in {time.perf_counter() - began:.1f} s", file=sys.stderr)
    with connect(NAME) as server:  # as autovacuum does meanwhile, day by day
        server.execute("VACUUM ANALYZE intelligence_callsums")
    call = workspace.calls.filter(metadata={"bench": True}).first()
    if call is None:
        agent = workspace.agents.order_by("name").first()
        call = sample.talk(agent, metadata={"bench": True})
        sample.pay(call)
    client = Client()
    client.force_login(user)

    found = {
        name: Page(each)
        for name, each in pages(workspace, call).items()
        if any(word in name for word in asked.only)
    }
    for page in found.values():
        page.count(client)
    backends = Backends()
    for _ in range(asked.rounds):  # page by page, so that a busy moment hits them all
        for page in found.values():
            page.ask(client, backends)
    return tell(found)


def tell(found: dict[str, Page]) -> int:
    """Print the figures. A page is judged by the CPU time it costs, ours and the
    database's: on a quiet machine that is the wall time, on a busy one only this tells
    the page from its neighbours."""
    print(f"{'page':<42}{'work':>10}{'wall':>10}{'wall p95':>10}{'queries':>9}")
    for name, page in found.items():
        times = (at(page.work, 0.5), at(page.took, 0.5), at(page.took, 0.95))
        told = "".join(f"{each:>7.1f} ms" for each in times)
        print(f"{name:<42}{told}{page.queries:>9}")
    lists = [name for name in found if name.startswith(JUDGED)]
    worst = max(lists, key=lambda name: at(found[name].work, 0.5))
    queries = max(page.queries for page in found.values())
    is_good = at(found[worst].work, 0.5) <= LIMIT_MS and queries <= LIMIT_QUERIES
    print(
        f"pages {'pass' if is_good else 'FAIL'} on PostgreSQL; slowest list {_ms(found[worst])} ({worst}); at most {queries}"
        f" queries; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    return 0 if is_good else 1


def _ms(page: Page) -> str:
    return f"{at(page.work, 0.5):.0f} ms (wall {at(page.took, 0.5):.0f})"


if __name__ == "__main__":
    sys.exit(main())
