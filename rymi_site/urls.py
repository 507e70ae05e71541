"""The map: pages, admin, callbacks, health. The public API's map is ``api_urls``."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from hijack.views import ReleaseUserView

from rymi_site import pages
from rymi_site.signposts import signposts

# Sign-in has limits, second factors and passkeys; the admin's own form has none.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # allauth's own recipe

# Only the way out: support comes in through the admin, which asks for a reason.
hijack_urls = (
    [
        path(
            "release/",
            ReleaseUserView.as_view(success_url="admin:index"),
            name="release",
        )
    ],
    "hijack",
)
urlpatterns = [
    # First: patterns are tried one after the other, and programs ask most often.
    signposts("v1/", "rymi_site.api_urls"),
    path("", pages.home, name="home"),
    path("home/wires/", pages.home_wires, name="home-wires"),
    path("home/live/", pages.home_live, name="home-live"),
    path("home/setup/hidden/", pages.setup_hidden, name="setup-hidden"),
    path("jump/", pages.jump, name="jump"),
    path("healthz", pages.health, name="health"),
    # One page for all of it: the account's own.
    path("accounts/2fa/", pages.account),
    path("accounts/sessions/", pages.account),
    path("accounts/", include("allauth.urls")),
    path("hijack/", include(hijack_urls)),
    path("", include("accounts.urls")),
    path("", include("agents.urls")),
    path("", include("billing.urls")),
    path("", include("telephony.urls")),
    path("", include("intelligence.urls")),
    path("", include("webhooks.urls")),
    path("admin/", admin.site.urls),
]
handler500 = "rymi_site.pages.server_error"
