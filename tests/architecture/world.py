"""Two neighbours for the route matrix: ours, with one of everything, and a stranger."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.test import Client

from accounts import invitations, keys
from accounts.models import User, Workspace
from agents import authoring, share_links
from agents import config as configs
from agents.knowledge import sources
from agents.models import Change, ProviderKey
from agents.tools import connectors, secrets
from billing import wallet
from common import clock
from telephony.models import Participant, Recording, TranscriptSegment
from tests import factories
from webhooks import outbox

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


def build() -> World:
    """Make our workspace with one of everything, and the people around it."""
    workspace = factories.WorkspaceFactory(name=f"{CANARY} house")
    people = {
        role: factories.MembershipFactory(workspace=workspace, role=role).user
        for role in ("admin", "editor", "client", "viewer")
    }
    people["stranger"] = factories.MembershipFactory(role="admin").user
    owner = people["admin"]
    objects = _objects(workspace, owner)
    own_key, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])
    revoked, revoked_raw = keys.create(
        workspace=workspace, kind="workspace", scopes=["*"]
    )
    keys.revoke(revoked, by=owner)
    publishable, publishable_raw = keys.create(
        workspace=workspace, kind="publishable", agent_id=objects["agent_id"].id
    )
    _, foreign_raw = keys.create(
        workspace=people["stranger"].memberships.get().workspace,
        kind="workspace",
        scopes=["*"],
    )
    values = {name: str(each.pk) for name, each in objects.items()}
    biller = factories.UserFactory()
    workspace.account.memberships.create(user=biller, role="billing")
    _, account_raw = keys.create(workspace=workspace, kind="account", scopes=["*"])
    values |= {
        "accounts.api.accounts.AccountMemberDetail member_id": str(biller.id),
        "member_id": str(people["viewer"].id),
        "key_id": str(own_key.id),
        "workspace_id": str(workspace.id),
        "account_id": str(workspace.account_id),
        "publishable_key_id": str(publishable.id),
    }
    values |= {"number": NUMBER, "phone": NUMBER}
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


def _objects(workspace: Workspace, owner: User) -> dict:
    """Return one object for each kind of id that a URL may carry."""
    agent = authoring.create(
        workspace=workspace,
        name=f"{CANARY} desk",
        config=configs.defaults(),
        by=owner,
    )
    authoring.edit(agent, changes={"name": f"{CANARY} reception"}, by=owner)
    agent.refresh_from_db()
    gone = authoring.create(
        workspace=workspace, name=CANARY, config=configs.defaults(), by=owner
    )
    gone.deleted_at = clock.now()
    gone.save()
    now = clock.now()
    call = factories.CallFactory(
        agent=agent,
        config=agent.config,
        caller=CANARY,
        summary=f"{CANARY} asked",
        started_at=now - timedelta(minutes=2),
        ended_at=now,
    )
    participant = Participant.objects.create(
        call=call, transport="webrtc", role="customer", identity=CANARY
    )
    TranscriptSegment.objects.create(
        call=call,
        participant=participant,
        speaker="user",
        text=f"{CANARY} speaking",
        sequence=1,
        started_at_ms=0,
        ended_at_ms=900,
    )
    folder = Path(settings.RECORDINGS_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{call.id}.wav").write_bytes(bytes(44))
    recording = Recording.objects.create(
        call=call, path=f"{call.id}.wav", status="completed", sample_rate=16_000
    )
    secrets.put(
        workspace=workspace,
        name="SHOP_KEY",
        value=CANARY,
        host="api.example.com",
        by=owner,
    )
    connectors.connect(
        workspace=workspace,
        category="calendar",
        name=f"{CANARY} calendar",
        base_url="https://calendar.example.com",
        token=CANARY,
        by=owner,
    )
    source = sources.add_text(
        agent=agent, title=f"{CANARY} prices", text=f"{CANARY} costs 62.", by=owner
    )
    wallet.top_up(
        workspace=workspace, amount_micros=10**9, key=f"{CANARY}:top", note=CANARY
    )
    share_links.put(agent, fields={}, by=owner)
    invitation, _ = invitations.invite(
        workspace=workspace, email="ruth@example.com", role="viewer", by=owner
    )
    provider_key = ProviderKey.objects.create(
        workspace=workspace,
        provider="deepgram",
        account_name=CANARY,
        credentials={"api_key": CANARY},
        masked="dg-…",
    )
    number = workspace.numbers.create(number=NUMBER, agent=agent, label=CANARY)
    blocked = workspace.do_not_call.create(phone=NUMBER, reason=CANARY)
    leg = workspace.legs.create(
        call=call, participant=participant, provider="twilio", to_number=NUMBER
    )
    payment = workspace.payments.create(
        kind="top_up", once=CANARY, credit_cents=50_00, failure=CANARY
    )
    endpoint = factories.EndpointFactory(
        workspace=workspace, alert_email="canary@example.com"
    )
    outbox.post(
        workspace=workspace,
        event="call.completed",
        data={"call_id": str(call.id), "summary": CANARY},
        key=f"call.completed:{call.id}",
        subject=f"call:{call.id}",
    )
    invoice = workspace.invoices.create(
        number=f"RY-{CANARY}-{payment.id.hex[-8:]}",
        kind="topup",
        status="paid",
        subtotal_minor=50_00,
        total_minor=50_00,
        billed_to=CANARY,
        payment=payment,
        key=CANARY,
        issued_at=now,
    )
    return {
        "scenario_id": agent.scenarios.create(
            workspace=workspace, name=CANARY, origin="hand"
        ),
        "run_id": agent.eval_runs.create(
            workspace=workspace, mode="live", config={}, revision=1
        ),
        "hold_id": workspace.legal_holds.create(
            call=call, reason=CANARY, created_by=owner
        ),
        "number_id": number,
        "entry_id": blocked,
        "leg_id": leg,
        "payment_id": payment,
        "endpoint_id": endpoint,
        "webhook_id": endpoint,
        "delivery_id": endpoint.deliveries.get(),
        "invoice_id": invoice,
        "agent_id": agent,
        "agents:agent-restoration agent_id": gone,
        "change_id": Change.objects.filter(agent=agent).first(),
        "call_id": call,
        "recording_id": recording,
        "participant_id": participant,
        "invitation_id": invitation,
        "provider_key_id": provider_key,
        "source_id": source,
    }


PARAMETERS = {  # what ``build`` makes one of; asked for before there is a database
    "hold_id",
    "scenario_id",
    "run_id",
    "number",
    "phone",
    "number_id",
    "entry_id",
    "leg_id",
    "payment_id",
    "endpoint_id",
    "webhook_id",
    "delivery_id",
    "invoice_id",
    "agent_id",
    "change_id",
    "call_id",
    "recording_id",
    "participant_id",
    "invitation_id",
    "provider_key_id",
    "source_id",
    "member_id",
    "key_id",
    "publishable_key_id",
    "workspace_id",
    "account_id",
}
