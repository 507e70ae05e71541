"""Dashboards' sockets."""

from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from accounts.access import RIGHTS, workspace_of_scope
from telephony import board

FORBIDDEN = 4403


class LiveBoard(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # untyped
    """Says ``{"type": "changed"}`` whenever a call of the workspace began or ended."""

    studio_right = "see"
    group = ""

    async def connect(self) -> None:
        """Let in who may see the workspace's calls."""
        found = await database_sync_to_async(workspace_of_scope)(self.scope)
        if found is None or self.studio_right not in RIGHTS[found[1]]:
            await self.close(code=FORBIDDEN)
            return
        self.group = board.group_of(found[0].pk)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, *args: Any, **kwargs: Any) -> None:
        """Boards have nothing to say."""

    async def calls_changed(self, event: dict[str, Any]) -> None:
        """Pass it on."""
        await self.send_json({"type": "changed"})
