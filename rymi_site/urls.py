"""The map: pages, admin, callbacks, health. The public API's map is ``api_urls``."""

from django.contrib import admin
from django.urls import include, path

from rymi_site import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("jump/", pages.jump, name="jump"),
    path("healthz", pages.health, name="health"),
    path("accounts/", include("allauth.urls")),
    path("hijack/", include("hijack.urls")),
    path("", include("accounts.urls")),
    path("", include("agents.urls")),
    path("", include("billing.urls")),
    path("", include("telephony.urls")),
    path("admin/", admin.site.urls),
]
