from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who owns it."""

    name = "accounts"
