"""The public API on one screen; everything else under /v1/ is a 404 in its shape."""

from django.urls import include, path, re_path

from common.api.errors import not_found

urlpatterns = [
    path("", include("accounts.api.urls")),
    re_path(r"", not_found),
]
