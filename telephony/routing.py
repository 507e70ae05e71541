"""Socket paths."""

from typing import Any

media: list[Any] = []  # carriers and browsers: a token in the first message
dashboards: list[Any] = []  # Studio: a session


def media_process(application: Any) -> Any:
    """Wrap the media process's application with what it does at start and stop."""

    async def run(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await application(scope, receive, send)
            return
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    return run
