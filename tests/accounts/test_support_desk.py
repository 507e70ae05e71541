"""The admin, all apps of it: staff find, look, and act with a reason."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts import keys, staff
from accounts.models import AuditEntry, User
from billing import wallet
from telephony.models import Fanout, Leg, Pickup
from tests import factories
from tests.architecture import world as worlds


def url(model, page="changelist", *args):
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=args)


@pytest.fixture
def world(db):
    return worlds.build()


@pytest.fixture
def support(db):
    """A browser of somebody in the support group, without conversations."""
    user, _ = staff.add("support@example.com")
    client = Client()
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def root(db):
    user = User.objects.create_superuser("root@example.com")
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("model", "quoted"),
    [
        ("User", lambda w: w.people["viewer"].email),
        ("User", lambda w: str(w.people["viewer"].id)),
        ("Workspace", lambda w: w.people["viewer"].email),
        ("Workspace", lambda w: w.keys["own key"][:10]),
        ("Workspace", lambda w: str(w.workspace.id)),
        ("ApiKey", lambda w: w.keys["own key"]),
        ("ApiKey", lambda w: w.keys["own key"][:10]),
        ("Call", lambda w: worlds.CANARY),
        ("Call", lambda w: w.values["call_id"]),
        ("Call", lambda w: f"call_{w.values['call_id']}"),
        ("Call", lambda w: str(w.workspace.id)),
        ("Agent", lambda w: w.values["agent_id"]),
        ("Wallet", lambda w: w.people["viewer"].email),
        ("LedgerEntry", lambda w: worlds.CANARY),
    ],
)
def test_a_customer_is_found_by_what_they_quote(support, world, model, quoted):
    found = next(each for each in admin.site._registry if each.__name__ == model)
    factories.CallFactory()
    keys.create(workspace=factories.WorkspaceFactory(), kind="workspace", scopes=["*"])

    page = support.get(url(found), {"q": quoted(world)})

    assert page.context["cl"].result_count >= 1
    assert page.context["cl"].result_count < found.objects.count() or model in (
        "Wallet",
        "LedgerEntry",
    )


def do(client, record, deed, **form):
    meta = record._meta
    address = reverse(
        f"admin:{meta.app_label}_{meta.model_name}_{deed}", args=[record.pk]
    )
    return client.post(address, form)


def test_revoking_a_key_wants_a_reason(support, workspace):
    key, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])

    refused = do(support, key, "revoke")
    assert refused.status_code == 200
    assert keys.authenticate(raw)

    assert do(support, key, "revoke", reason="Leaked on a forum").status_code == 302
    assert keys.authenticate(raw) is None
    entry = AuditEntry.objects.get(verb="key.revoked")
    assert (entry.actor, entry.reason) == (support.user, "Leaked on a forum")
    assert entry.workspace == workspace


def test_disabling_a_person_ends_their_sessions(support, client, viewer):
    client.force_login(viewer)
    assert client.get("/").status_code == 200

    do(support, viewer, "disable", reason="Asked for it by letter")

    assert client.get("/").status_code == 302
    do(support, viewer, "enable", reason="Asked for it by letter")
    viewer.refresh_from_db()
    assert viewer.is_active


def test_adjusting_a_balance_books_once_however_often_one_clicks(support, workspace):
    purse = wallet.open(workspace)
    before = purse.balance_micros
    form = {
        "credits": "12.50",
        "reason": "Call with a dead line",
        "once": "0199c0de-0000-7000-8000-000000000001",
    }

    for _ in range(2):
        assert do(support, purse, "adjust", **form).status_code == 302

    purse.refresh_from_db()
    assert purse.balance_micros - before == 12_500_000
    assert AuditEntry.objects.get(verb="wallet.adjusted").reason == form["reason"]


def test_a_live_call_is_ended(support):
    call = factories.CallFactory(status="queued", end_reason="", ended_at=None)

    do(support, call, "end", reason="Stuck since an hour")

    call.refresh_from_db()
    assert not call.is_live()
    assert AuditEntry.objects.get(verb="call.ended").target == str(call.pk)


def test_a_queue_is_paused_and_its_customer_is_told_why(support, world):
    queue = world.workspace.fanouts.get()
    page = support.get(url(Fanout, "change", queue.pk)).content.decode()
    assert "Not yet called 1" in page

    do(support, queue, "pause", reason="Calls people at night")

    queue.refresh_from_db()
    assert queue.status == Fanout.Status.PAUSED
    written = AuditEntry.objects.get(verb="fanout.paused")
    assert (written.target, written.reason) == (queue.name, "Calls people at night")


def test_a_call_shows_its_lines_and_who_picked_up(support, world):
    leg = world.workspace.legs.first()
    Leg.objects.filter(pk=leg.pk).update(hang_up_cause="user-busy")
    heard = [{"kind": "words", "says": "leave a message for Ruth"}]
    Pickup.objects.update_or_create(
        call=leg.call,
        defaults={
            "workspace": world.workspace,
            "judged": "voicemail",
            "signals": heard,
        },
    )

    page = support.get(url(type(leg.call), "change", leg.call_id)).content.decode()

    assert "user-busy" in page
    assert leg.to_number in page
    assert "voicemail" in page.lower()
    assert "Ruth" not in page  # what was said is behind a permission of its own


def test_conversations_stand_behind_a_permission_of_their_own(support, world):
    call = world.workspace.calls.get()

    for deed in ("transcript", "recording"):
        assert do(support, call, deed, reason="The customer asked").status_code == 403
    page = support.get(url(type(call), "change", call.pk)).content.decode()

    assert "asked" not in page.replace(str(call), "")
    assert not AuditEntry.objects.filter(verb__endswith=".opened").exists()


def test_opening_a_conversation_is_written_down(support, world):
    staff.add("support@example.com", conversations=True)
    call = world.workspace.calls.get()

    read = do(support, call, "transcript", reason="The customer asked")
    heard = do(support, call, "recording", reason="The customer asked")

    assert f"{worlds.CANARY} speaking" in read.content.decode()
    verbs = AuditEntry.objects.filter(workspace=world.workspace, actor=support.user)
    assert {each.verb for each in verbs} == {"transcript.opened", "recording.opened"}
    audio = heard.context["audio"]
    assert support.get(audio).status_code == 200
    assert support.get(audio.split("?")[0]).status_code == 404


def test_a_ticket_for_audio_is_no_use_to_others(support, world, root):
    staff.add("support@example.com", conversations=True)
    heard = do(
        support, world.workspace.calls.get(), "recording", reason="The customer asked"
    )

    assert root.get(heard.context["audio"]).status_code == 404


def test_acting_as_a_customer_is_seen_and_written_down(support, world):
    viewer = world.people["viewer"]

    refused = do(support, viewer, "act_as")
    assert refused.status_code == 200
    done = do(support, viewer, "act_as", reason="Cannot find the calls page")

    assert done.status_code == 302
    page = support.get("/")
    assert page.wsgi_request.user == viewer
    assert "looking at the Studio as" in page.content.decode()
    started = AuditEntry.objects.get(verb="hijack.started", workspace=world.workspace)
    assert started.actor == support.user
    assert started.reason == "Cannot find the calls page"

    support.post("/hijack/release/", {"next": "/admin/"})
    assert support.get("/admin/").status_code == 200
    assert AuditEntry.objects.filter(verb="hijack.ended").exists()


def test_what_is_done_while_acting_as_a_customer_names_both(support, world):
    admin_of_ours = world.people["admin"]
    do(support, admin_of_ours, "act_as", reason="They asked me to do it")

    support.post(
        reverse("accounts:key-revocation", args=[world.values["key_id"]]),
        headers={"HX-Request": "true"},
    )

    entry = AuditEntry.objects.filter(verb="key.revoked").latest("id")
    assert (entry.actor, entry.staff) == (admin_of_ours, support.user)


@pytest.mark.parametrize(
    "path", ["/settings/profile/", "/accounts/password/set/", "/accounts/email/"]
)
def test_acting_as_a_customer_stops_at_how_they_sign_in(support, world, path):
    do(support, world.people["viewer"], "act_as", reason="Only looking around")

    for method in ("get", "post"):
        answer = getattr(support, method)(path, {"password1": "x", "email": "x@y.zz"})
        assert answer.status_code == 403


@pytest.mark.parametrize("target", ["staff", "root", "disabled"])
def test_nobody_acts_as_staff_or_as_the_disabled(support, target):
    person = factories.UserFactory(
        is_staff=target == "staff",
        is_superuser=target == "root",
        is_active=target != "disabled",
    )

    do(support, person, "act_as", reason="Just because I can")

    assert support.get("/admin/").wsgi_request.user == support.user


def test_support_without_the_right_may_look_but_not_act(db, workspace):
    user, _ = staff.add("new@example.com")
    user.groups.get().permissions.remove(
        *user.groups.get().permissions.exclude(codename__startswith="view_")
    )
    client = Client()
    client.force_login(user)
    key, raw = keys.create(workspace=workspace, kind="workspace", scopes=["*"])

    page = client.get(url(type(key), "change", key.pk))
    assert page.status_code == 200
    assert "/revoke" not in page.content.decode()
    assert do(client, key, "revoke", reason="Just because").status_code == 403
    assert keys.authenticate(raw)


def test_the_palette_lists_a_few_matches_of_each_kind(support, db):
    factories.UserFactory.create_batch(25)

    page = support.get("/admin/search/", {"s": "person", "extended": "1"})

    assert page.status_code == 200
    assert page.content.decode().count("person") < 25
