"""The process entry point: pages by Django, sockets by Channels, media by a raw app."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rymi_site.settings")
django_application = get_asgi_application()

from telephony import routing  # noqa: E402  # models must be loaded first

application = ProtocolTypeRouter(
    {
        "http": django_application,
        # Media sockets bring a token of their own; dashboards bring a session.
        "websocket": URLRouter(
            [
                *routing.media,
                *[
                    routing.fallthrough(
                        AllowedHostsOriginValidator(
                            AuthMiddlewareStack(URLRouter(routing.dashboards))
                        )
                    )
                ],
            ]
        ),
    }
)
