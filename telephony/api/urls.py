"""The telephony part of the public API."""

from django.urls import path

from telephony.api import realtime

urlpatterns = [
    path("realtime/token", realtime.gone),
    path("webrtc/token", realtime.gone),
]
