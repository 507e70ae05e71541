"""The accounts part of the public API."""

from django.urls import path

from accounts.api import keys

urlpatterns = [
    path("auth/api-keys", keys.KeyList.as_view()),
    path("auth/api-keys/<uuid:key_id>", keys.KeyDetail.as_view()),
    path("keys/self", keys.KeySelf.as_view()),
]
