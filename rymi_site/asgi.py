"""The process entry points.

``application`` serves pages, API and dashboards' sockets, and either carries media
sockets itself or hands them on to the media process. ``media`` is that process.
"""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rymi_site.settings")
django_application = get_asgi_application()

from rymi_site import checks  # noqa: E402  # needs the settings

checks.refuse_to_start()

from channels.auth import AuthMiddlewareStack  # noqa: E402  # models come first
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import re_path  # noqa: E402

from rymi_site.forwarding import Forwarder  # noqa: E402
from rymi_site.mcp_server import McpServer  # noqa: E402
from telephony import routing  # noqa: E402

# Media sockets bring a token of their own; dashboards bring a session.
dashboards: Any = AllowedHostsOriginValidator(
    AuthMiddlewareStack(URLRouter(routing.dashboards))
)
media_sockets: Any = (
    Forwarder(settings.MEDIA_INTERNAL_URL)
    if settings.MEDIA_INTERNAL_URL
    else URLRouter(routing.media)
)
application = ProtocolTypeRouter(
    {
        "http": McpServer(django_application),
        "websocket": URLRouter(
            [re_path(r"^(?=media/)", media_sockets), re_path(r"^", dashboards)]
        ),
    }
)
media = routing.media_process(
    ProtocolTypeRouter(
        {"http": django_application, "websocket": URLRouter(routing.media)}
    )
)
