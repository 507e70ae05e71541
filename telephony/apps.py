from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    """The talk: numbers, calls, carriers, live media."""

    name = "telephony"
