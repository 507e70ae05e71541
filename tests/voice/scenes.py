"""Scenes that several tests play."""

from tests.voice.stage import Stage


async def one_turn(stage: Stage, until=10):
    await stage.answer()
    stage.says("I would like a table for two.", at=1)
    await stage.until(until)


async def one_slow_turn(stage: Stage):
    """The same, with time for one vendor after another to be late."""
    await one_turn(stage, until=14)


async def two_turns(stage: Stage):
    await stage.answer()
    stage.says("I would like a table for two.", at=1)
    stage.says("On Friday evening at seven.", at=6)
    await stage.until(14)
