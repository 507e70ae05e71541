import structlog
from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from common import http


class RymiSiteConfig(AppConfig):
    """The roof."""

    name = "rymi_site"

    def ready(self) -> None:
        try:
            http.configure(allow=settings.OUTBOUND_ALLOW, proxy=settings.OUTBOUND_PROXY)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"OUTBOUND_ALLOW lists networks such as 10.20.0.0/16: {error}"
            ) from None
        _log_no_variables()
        # Registered by being imported.
        from accounts.api import schema  # noqa: F401  # registers itself
        from rymi_site import (
            checks,  # noqa: F401  # registers itself
            components,
            database,  # noqa: F401  # registers itself
        )
        from rymi_site.celery import app

        components.register()
        # Celery looks for tasks when a worker starts; ``later`` knows them by name in
        # every process.
        app.autodiscover_tasks(force=True)


def _log_no_variables() -> None:
    """Write tracebacks plainly: with Rich at hand they would tell what each frame held,
    keys and callers' words included."""
    *others, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(
        exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*others, plain])
