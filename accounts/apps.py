from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who owns it."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import hijacking, receivers

        hijacking.connect()
        receivers.connect()
