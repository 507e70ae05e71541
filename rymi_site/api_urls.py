"""The public API on one screen; everything else under /v1/ is a 404 in its shape."""

from django.urls import include, path, re_path

from common.api.errors import not_found
from rymi_site import api_schema

urlpatterns = [
    path("openapi.json", api_schema.schema, name="api-schema"),
    path("docs", api_schema.docs, name="api-docs"),
    path("", include("telephony.api.urls")),  # calls, which are asked for most
    path("", include("accounts.api.urls")),
    path("", include("billing.api.urls")),
    path("", include("agents.api.urls")),
    path("", include("intelligence.api.urls")),
    path("", include("webhooks.api.urls")),
    re_path(r"", not_found),
]
