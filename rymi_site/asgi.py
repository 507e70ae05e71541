"""The process entry points.

``application`` serves pages, API and dashboards' sockets, and either carries media
sockets itself or hands them on to the media process. ``media`` is that process.
"""

import os
from typing import Any

from rymi_site import kept_threads

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rymi_site.settings")
django_application = kept_threads.application()

from rymi_site import checks  # needs the settings

checks.refuse_to_start()

from channels.auth import AuthMiddlewareStack  # models come first
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings
from django.urls import re_path

from rymi_site.forwarding import Forwarder
from rymi_site.mcp_server import McpServer
from telephony import routing
from telephony.front_door import FrontDoor

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
        "http": FrontDoor(McpServer(django_application)),
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
