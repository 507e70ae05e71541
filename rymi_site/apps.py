from django.apps import AppConfig


class RymiSiteConfig(AppConfig):
    """The roof."""

    name = "rymi_site"

    def ready(self) -> None:
        # Registered by being imported.
        from accounts.api import schema  # noqa: F401
        from rymi_site import checks  # noqa: F401
