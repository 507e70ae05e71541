"""How people come in and keep their doors, in a real browser. Pictures of every page."""

import re

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache

from accounts import invitations, keys, members, sign_in_links, staff
from accounts.models import User
from tests import factories
from tests.authenticator import code_of
from tests.browser import accessible, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery staple"


@pytest.fixture
def lena(workspace):
    user = User.objects.create_user(
        "lena@example.com", PASSWORD, first_name="Lena", last_name="Moreau"
    )
    factories.MembershipFactory(workspace=workspace, user=user, role="admin")
    return user


def sign_in(page, email="lena@example.com", password=PASSWORD):
    page.goto("/accounts/login/")
    page.get_by_label("Mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_signing_up_founds_a_workspace(open_page):
    page = open_page(path="/accounts/signup/", timezone_id="Asia/Tokyo")
    accessible(page)
    picture(page, "sign-up")

    page.get_by_label("Your name").fill("Ada Okafor")
    page.get_by_label("Mail").fill("ada@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/")

    ada = User.objects.get(email="ada@example.com")
    assert (ada.first_name, ada.last_name) == ("Ada", "Okafor")
    assert ada.time_zone == "Asia/Tokyo"
    page.get_by_text("Ada Okafor’s workspace").first.wait_for()


def test_a_wrong_password_says_so_and_keeps_the_address(open_page, lena):
    page = open_page(path="/accounts/login/")
    accessible(page)
    picture(page, "sign-in")

    sign_in(page, password="wrong")

    page.get_by_text("That did not work").wait_for()
    assert page.get_by_label("Mail").input_value() == "lena@example.com"
    picture(page, "sign-in-failed")


def test_a_forgotten_password_is_set_again(open_page, lena):
    page = open_page(path="/accounts/password/reset/")
    picture(page, "password-reset")
    page.get_by_label("Mail").fill("lena@example.com")
    page.get_by_role("button", name="Send the letter").click()
    page.get_by_role("heading", name="The letter is on its way").wait_for()
    picture(page, "password-reset-sent")

    link = re.search(r"https?://\S+", mail.outbox[0].body)[0]
    page.goto(link)
    picture(page, "password-reset-choose")
    for field in page.locator("input[type=password]").all():
        field.fill("another good phrase")
    page.get_by_role("button", name="Use this password").click()
    page.get_by_role("heading", name="Your password is changed").wait_for()

    sign_in(page, password="another good phrase")
    page.wait_for_url("**/")


def test_a_code_by_mail_signs_in(open_page, lena):
    page = open_page(path="/accounts/login/")
    page.get_by_role("link", name="Mail me a code").click()
    picture(page, "sign-in-code")
    page.get_by_label("Mail").fill("lena@example.com")
    page.get_by_role("button", name="Mail me a code").click()
    page.wait_for_url("**/code/confirm/**")
    picture(page, "sign-in-code-confirm")

    code = re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", mail.outbox[0].body, re.M)[1]
    page.locator("input[name=code]").fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()

    page.wait_for_url("**/")


def test_an_authenticator_app_is_asked_for_after_the_password(
    open_page, lena, same_half_minute
):
    page = open_page()
    sign_in(page)
    page.wait_for_url("**/")
    page.goto("/settings/profile/")
    accessible(page)
    picture(page, "profile")
    page.get_by_role("link", name="Set up").click()
    picture(page, "reauthenticate")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Cannot scan it?").click()
    secret = page.locator("#totp-secret").inner_text()
    accessible(page)
    picture(page, "totp-activate")
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    accessible(page)
    picture(page, "recovery-codes")

    held = Authenticator.objects.get(user=lena, type="totp")
    assert secret not in str(held.data)
    assert get_adapter().decrypt(held.data["secret"]) == secret

    other = open_page()
    sign_in(other)
    other.get_by_role("heading", name="One more proof").wait_for()
    accessible(other)
    picture(other, "totp-ask")
    assert other.get_by_text("Use a passkey").count() == 0  # there is none
    other.get_by_label("Code").fill("000000")
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.get_by_text("Incorrect code").wait_for()
    cache.clear()  # the code of this half minute was used to set the app up
    other.get_by_label("Code").fill(code_of(secret))
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.wait_for_url("**/")


def test_a_passkey_is_added_and_signs_in(open_page, lena, live_server):
    page = open_page()
    # Passkeys belong to a name, not to an address.
    home = live_server.url.replace("127.0.0.1", "localhost")
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )
    page.goto(f"{home}/accounts/login/")
    page.get_by_label("Mail").fill("lena@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{home}/")
    page.goto(f"{home}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Add a passkey").wait_for()
    accessible(page)
    picture(page, "passkey-add")
    page.locator("input[name=passwordless]").check()
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert Authenticator.objects.filter(user=lena, type="webauthn").exists()
    page.goto(f"{home}/accounts/2fa/webauthn/")
    picture(page, "passkeys")

    page.context.clear_cookies()
    page.goto(f"{home}/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()

    page.wait_for_url(f"{home}/")
    page.get_by_text("Lena Moreau").first.wait_for()

    page.context.clear_cookies()
    page.goto(f"{home}/accounts/login/")
    page.get_by_label("Mail").fill("lena@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{home}/")


def test_a_one_time_link_wants_a_click(open_page, lena):
    path = sign_in_links.make(lena)
    page = open_page(path=path)
    picture(page, "sign-in-link")

    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url("**/")
    stale = open_page(path=path)
    stale.get_by_text("does not work any more").wait_for()
    picture(stale, "sign-in-link-used")


def test_members_are_invited_changed_and_removed(open_page, lena, viewer):
    page = open_page(user=lena, path="/settings/members/")
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("Mail address").fill("ruth")
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("is not an e-mail address").wait_for()
    accessible(page)
    picture(page, "members-invite-refused", full=False)
    page.get_by_label("Mail address").fill("ruth@example.com")
    page.get_by_label("Editor").check(force=True)
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("Invitation sent").wait_for()
    picture(page, "members-invited", full=False)
    link = page.locator("#invitation-link").inner_text()
    page.get_by_role("button", name="Done").click()
    page.locator("#people").get_by_text("ruth@example.com").wait_for()

    row = page.locator("tr", has_text=viewer.email)
    with page.expect_response("**/role/"):
        row.locator("select").select_option("editor")
    assert viewer.memberships.get().role == "editor"
    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_response("**/removal/"):
        page.locator("tr", has_text=viewer.email).get_by_text("Remove").click()
    page.locator("#people").get_by_text(viewer.email).wait_for(state="detached")
    assert not viewer.memberships.exists()
    page.reload()
    page.get_by_text("changed the role of").first.wait_for()
    accessible(page)
    picture(page, "members")

    guest = open_page(path="/invitations/" + link.rstrip("/").rsplit("/", 1)[1] + "/")
    accessible(guest)
    picture(guest, "invitation")
    guest.get_by_role("link", name="Make an account").click()
    assert guest.get_by_label("Mail").input_value() == "ruth@example.com"
    guest.get_by_label("Your name").fill("Ruth Abel")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Make the account").click()
    guest.wait_for_url("**/")
    ruth = User.objects.get(email="ruth@example.com")
    assert [each.role for each in ruth.memberships.all()] == ["editor"]
    assert not ruth.account_memberships.exists()


def test_a_known_person_accepts_an_invitation(open_page, workspace, lena, stranger):
    _, link = invitations.invite(
        workspace=workspace, email=stranger.email, role="viewer", by=lena
    )
    path = "/invitations/" + link.rstrip("/").rsplit("/", 1)[1] + "/"
    wrong = open_page(user=lena, path=path)
    wrong.get_by_text("You are signed in as lena@example.com").wait_for()
    picture(wrong, "invitation-wrong-person")

    page = open_page(user=stranger, path=path)
    picture(page, "invitation-accept")
    page.get_by_role("button", name="Join the workspace").click()
    page.wait_for_url("**/")

    assert stranger.memberships.filter(workspace=workspace, role="viewer").exists()
    page.locator(".brand b", has_text=workspace.name).wait_for()


def test_switching_workspace_shows_the_other_one(open_page, lena):
    factories.MembershipFactory(user=lena, workspace__name="Parcelway", role="viewer")
    page = open_page(user=lena, path="/settings/members/")

    page.get_by_role("button", name="Ours").first.click()
    page.locator("#workspaces").get_by_role("button", name="Parcelway").click()
    page.wait_for_url("**/")

    page.locator(".brand b", has_text="Parcelway").wait_for()
    assert page.get_by_role("link", name="Members").count() == 0  # a viewer there


def test_a_key_is_shown_once_and_revoked(open_page, lena, workspace):
    page = open_page(user=lena, path="/settings/keys/")
    accessible(page)
    picture(page, "keys-empty")
    page.get_by_role("button", name="New secret key").first.click()
    page.get_by_label("Name").fill("Nightly export")
    accessible(page)
    picture(page, "keys-new", full=False)
    page.get_by_role("button", name="Make the key").click()
    raw = page.locator("#raw-key").inner_text()
    accessible(page)
    picture(page, "keys-made", full=False)
    assert keys.authenticate(raw).label == "Nightly export"
    page.get_by_role("button", name="I have stored it").click()
    page.locator("#keys").get_by_text("Nightly export").wait_for()
    picture(page, "keys")
    assert raw not in page.content()
    page.reload()
    assert raw not in page.content()

    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_response("**/revocation/"):
        page.get_by_role("button", name="Revoke").click()

    assert keys.authenticate(raw) is None
    page.get_by_text("No keys yet").wait_for()


def test_appearance_keeps_the_theme(open_page, lena):
    page = open_page(user=lena, path="/settings/appearance/")
    accessible(page)
    picture(page, "appearance")

    page.locator("main").get_by_role("button", name="Dark").click()
    page.goto("/settings/profile/")

    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_one_signs_out_ones_other_browsers(open_page, lena):
    there = open_page()
    sign_in(there)
    there.wait_for_url("**/")
    here = open_page()
    sign_in(here)
    here.wait_for_url("**/")

    here.goto("/settings/profile/")
    here.get_by_role("button", name="Sign out everywhere else").click()
    here.get_by_text("All other browsers are signed out").wait_for()

    there.reload()
    assert "/accounts/login/" in there.url


def test_pages_of_the_account(open_page, lena, workspace):
    page = open_page(user=lena)
    for name, path in {
        "password-change": "/accounts/password/change/",
        "email-change": "/accounts/email/",
        "workspace-new": "/workspaces/new/",
        "sign-out": "/accounts/logout/",
    }.items():
        page.goto(path)
        accessible(page)
        picture(page, name)


def test_whoever_is_in_no_workspace_is_told_what_to_do(open_page, workspace, lena):
    second = factories.MembershipFactory(workspace=workspace, role="admin").user
    members.remove(workspace=workspace, user_id=lena.id, by=second)

    page = open_page(user=lena, path="/")

    accessible(page)
    picture(page, "no-workspace")
    page.get_by_label("Name").fill("Mine")
    page.get_by_role("button", name="Make the workspace").click()
    page.wait_for_url("**/")
    assert lena.account_memberships.get().role == "owner"


def test_the_support_desk_works_under_the_strict_policy(open_page, lena, workspace):
    """Any error in the page's console fails the test, refused scripts included."""
    support, _ = staff.add("support@example.com")
    page = open_page(user=support, path="/admin/")
    picture(page, "desk-home", full=False)
    page.keyboard.press("Control+k")
    page.locator("#search-input-command").type("lena", delay=60)
    page.locator("#command-results-list").get_by_text("lena@example.com").wait_for()
    picture(page, "desk-search", full=False)
    page.goto("/admin/accounts/user/")
    picture(page, "desk-list", full=False)
    page.get_by_role("link", name="lena@example.com").click()
    picture(page, "desk-record", full=False)
    page.get_by_role("link", name="Act as this person").click()
    picture(page, "desk-reason", full=False)
    page.get_by_label("Why").fill("Cannot find the keys page")
    page.get_by_role("button", name="Act as this person").click()
    page.wait_for_url("**/")

    page.get_by_text("You are looking at the Studio as lena@example.com").wait_for()
    picture(page, "hijacked")
    page.get_by_role("button", name="Stop").click()
    page.wait_for_url("**/admin/")
