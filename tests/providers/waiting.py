"""Waiting for what comes when it comes."""

import asyncio


async def eventually(holds, within=5.0):
    """Return once ``holds()`` is true; fail after ``within`` seconds."""
    async with asyncio.timeout(within):
        while not holds():  # what is waited for has no event
            await asyncio.sleep(0.01)
