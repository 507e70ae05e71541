"""Two neighbours for the route matrix: ours, with one of everything, and a stranger."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client

from accounts import invitations, keys
from accounts.models import User, Workspace
from agents import authoring, share_links, testers
from agents import config as configs
from agents.knowledge import sources
from agents.models import Agent, Change, ProviderKey
from agents.tools import connectors, secrets
from billing import wallet
from billing.models import Payment
from common import clock
from telephony.models import Call, Participant, Recording, TranscriptSegment
from tests import factories
from webhooks import outbox
from webhooks.models import Endpoint

NUMBER = "+15550177341"  # ours, too
CANARY = "Zaunkönig7341"  # stands in every text of ours; nobody else may read it


@dataclass
class World:
    """What the probes need: our objects' ids, and clients for each kind of visitor."""

    workspace: Workspace
    values: dict[str, str]  # of URL parameters that name one of our objects
    people: dict[str, User]
    keys: dict[str, str]  # raw API keys
    secrets: set[str] = field(default_factory=set)  # what a foreign body may not hold

    def visitor(self, name: str) -> Client:
        """Return a browser or a program of that kind."""
        client = Client(raise_request_exception=True)
        if name in self.people:
            client.force_login(self.people[name])
        elif name in self.keys:
            client = Client(headers={"Authorization": f"Bearer {self.keys[name]}"})
        if name == "stranger":
            session = client.session
            session["workspace"] = str(self.workspace.id)  # a forged wish
            session.save()
        return client


class House:
    """One of everything that a URL may name; each is made when first asked for."""

    def __init__(self, workspace: Workspace, owner: User) -> None:
        self.workspace = workspace
        self.owner = owner

    @cached_property
    def agent(self) -> Agent:
        agent = authoring.create(
            workspace=self.workspace,
            name=f"{CANARY} desk",
            config=configs.defaults(),
            by=self.owner,
        )
        authoring.edit(agent, changes={"name": f"{CANARY} reception"}, by=self.owner)
        agent.refresh_from_db()
        share_links.put(agent, fields={}, by=self.owner)
        return agent

    def client(self) -> Workspace:
        return factories.WorkspaceFactory(
            account=self.workspace.account,
            parent=self.workspace,
            name=f"{CANARY} client",
        )

    @cached_property
    def call(self) -> Call:
        now = clock.now()
        return factories.CallFactory(
            agent=self.agent,
            config=self.agent.config,
            caller=CANARY,
            summary=f"{CANARY} asked",
            started_at=now - timedelta(minutes=2),
            ended_at=now,
        )

    def change(self) -> Change:
        return Change.objects.filter(agent=self.agent).first()

    def delivery(self) -> Any:
        endpoint = self.endpoint  # there before the event is
        outbox.post(
            workspace=self.workspace,
            event="call.completed",
            data={"call_id": str(self.call.id), "summary": CANARY},
            key=f"call.completed:{self.call.id}",
            subject=f"call:{self.call.id}",
        )
        return endpoint.deliveries.get()

    @cached_property
    def endpoint(self) -> Endpoint:
        return factories.EndpointFactory(
            workspace=self.workspace, alert_email="canary@example.com"
        )

    def entry(self) -> Any:
        return self.workspace.do_not_call.create(phone=NUMBER, reason=CANARY)

    def fanout(self) -> Any:
        fanout = self.workspace.fanouts.create(agent=self.agent, name=CANARY)
        fanout.recipients.create(position=0, number=NUMBER, reason=CANARY)
        return fanout

    def gone(self) -> Agent:
        gone = authoring.create(
            workspace=self.workspace,
            name=CANARY,
            config=configs.defaults(),
            by=self.owner,
        )
        gone.deleted_at = clock.now()
        gone.save()
        return gone

    def hold(self) -> Any:
        return self.workspace.legal_holds.create(
            call=self.call, reason=CANARY, created_by=self.owner
        )

    def invitation(self) -> Any:
        invitation, _ = invitations.invite(
            workspace=self.workspace,
            email="ruth@example.com",
            role="viewer",
            by=self.owner,
        )
        return invitation

    def invoice(self) -> Any:
        return self.workspace.invoices.create(
            number=f"RY-{CANARY}-{self.payment.id.hex[-8:]}",
            kind="topup",
            status="paid",
            subtotal_minor=50_00,
            total_minor=50_00,
            billed_to=CANARY,
            payment=self.payment,
            key=CANARY,
            issued_at=clock.now(),
        )

    def leg(self) -> Any:
        return self.workspace.legs.create(
            call=self.call,
            participant=self.participant,
            provider="twilio",
            to_number=NUMBER,
        )

    def number(self) -> Any:
        return self.workspace.numbers.create(
            number=NUMBER, agent=self.agent, label=CANARY
        )

    @cached_property
    def participant(self) -> Participant:
        participant = Participant.objects.create(
            call=self.call, transport="webrtc", role="customer", identity=CANARY
        )
        TranscriptSegment.objects.create(
            call=self.call,
            participant=participant,
            speaker="user",
            text=f"{CANARY} speaking",
            sequence=1,
            started_at_ms=0,
            ended_at_ms=900,
        )
        return participant

    @cached_property
    def payment(self) -> Payment:
        return self.workspace.payments.create(
            kind="top_up", once=CANARY, credit_cents=50_00, failure=CANARY
        )

    def provider_key(self) -> ProviderKey:
        return ProviderKey.objects.create(
            workspace=self.workspace,
            provider="deepgram",
            account_name=CANARY,
            credentials={"api_key": CANARY},
            masked="dg-…",
        )

    def recording(self) -> Recording:
        folder = Path(settings.RECORDINGS_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.call.id}.wav").write_bytes(bytes(44))
        return Recording.objects.create(
            call=self.call,
            path=f"{self.call.id}.wav",
            status="completed",
            sample_rate=16_000,
        )

    def run(self) -> Any:
        return self.agent.eval_runs.create(
            workspace=self.workspace, mode="live", config={}, revision=1
        )

    def scenario(self) -> Any:
        return self.agent.scenarios.create(
            workspace=self.workspace, name=CANARY, origin="hand"
        )

    def snapshot(self) -> Any:
        return self.agent.snapshots.create(
            number=1, revision=1, config=self.agent.config, compiled_prompt=CANARY
        )

    def source(self) -> Any:
        return sources.add_text(
            agent=self.agent,
            title=f"{CANARY} prices",
            text=f"{CANARY} costs 62.",
            by=self.owner,
        )

    def tester(self) -> Any:
        return testers.invite(self.agent, email="tess@example.com", by=self.owner)[0]

    def ticket(self) -> Any:
        ticket = self.workspace.support_tickets.create(
            subject=f"{CANARY} is silent",
            category="other",
            description=f"{CANARY} says nothing since noon.",
            opened_by=self.owner,
        )
        ticket.messages.create(body=f"{CANARY} still", author=self.owner)
        return ticket

    def furnish(self) -> None:
        """Make what no URL names by an id, but a page may show."""
        secrets.put(
            workspace=self.workspace,
            name="SHOP_KEY",
            value=CANARY,
            host="api.example.com",
            by=self.owner,
        )
        connectors.connect(
            workspace=self.workspace,
            category="calendar",
            name=f"{CANARY} calendar",
            base_url="https://calendar.example.com",
            token=CANARY,
            by=self.owner,
        )
        self.workspace.pickups.create(call=self.call, judged="human")
        self.workspace.legs.create(
            call=self.call,
            participant=self.participant,
            provider="simulator",
            direction="outbound",
            to_number=NUMBER,
        )
        wallet.top_up(
            workspace=self.workspace,
            amount_micros=10**9,
            key=f"{CANARY}:top",
            note=CANARY,
        )


# URL parameter → what of the house it names; one line each, by name.
OBJECTS = {
    "agent_id": "agent",
    "agents:agent-restoration agent_id": "gone",
    "call_id": "call",
    "change_id": "change",
    "client_id": "client",
    "delivery_id": "delivery",
    "endpoint_id": "endpoint",
    "entry_id": "entry",
    "fanout_id": "fanout",
    "hold_id": "hold",
    "invitation_id": "invitation",
    "invoice_id": "invoice",
    "leg_id": "leg",
    "number_id": "number",
    "participant_id": "participant",
    "payment_id": "payment",
    "provider_key_id": "provider_key",
    "recording_id": "recording",
    "run_id": "run",
    "scenario_id": "scenario",
    "snapshot_id": "snapshot",
    "source_id": "source",
    "tester_id": "tester",
    "ticket_id": "ticket",
    "webhook_id": "endpoint",
}
# What ``build`` names besides; one line each, by name.
NAMED = {
    "account_id",
    "key_id",
    "member_id",
    "number",
    "phone",
    "publishable_key_id",
    "workspace_id",
}
PARAMETERS = OBJECTS.keys() | NAMED  # asked for before there is a database


def build() -> World:
    """Make our workspace with one of everything, and the people around it."""
    workspace = factories.WorkspaceFactory(name=f"{CANARY} house")
    people = {
        role: factories.MembershipFactory(workspace=workspace, role=role).user
        for role in ("admin", "editor", "client", "viewer")
    }
    people["stranger"] = factories.MembershipFactory(role="admin").user
    owner = people["admin"]
    house = House(workspace, owner)
    house.furnish()
    values = {name: str(_made(house, noun).pk) for name, noun in OBJECTS.items()}
    own_key, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])
    revoked, revoked_raw = keys.create(
        workspace=workspace, kind="workspace", scopes=["*"]
    )
    keys.revoke(revoked, by=owner)
    publishable, publishable_raw = keys.create(
        workspace=workspace, kind="publishable", agent_id=house.agent.id
    )
    _, foreign_raw = keys.create(
        workspace=people["stranger"].memberships.get().workspace,
        kind="workspace",
        scopes=["*"],
    )
    biller = factories.UserFactory()
    workspace.account.memberships.create(user=biller, role="billing")
    _, account_raw = keys.create(workspace=workspace, kind="account", scopes=["*"])
    values |= {
        "account_id": str(workspace.account_id),
        "accounts.api.accounts.AccountMemberDetail member_id": str(biller.id),
        "key_id": str(own_key.id),
        "member_id": str(people["viewer"].id),
        "number": NUMBER,
        "phone": NUMBER,
        "publishable_key_id": str(publishable.id),
        "workspace_id": str(workspace.id),
    }
    return World(
        workspace,
        values,
        people,
        {
            "own key": raw,
            "account key": account_raw,
            "revoked key": revoked_raw,
            "publishable key": publishable_raw,
            "foreign key": foreign_raw,
        },
        {CANARY, str(workspace.id), *values.values()},
    )


def _made(house: House, noun: str) -> Any:
    made = getattr(house, noun)
    return made() if callable(made) else made
