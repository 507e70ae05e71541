from datetime import UTC, datetime

from agents import config, tools


def test_the_time_is_told_unless_switched_off():
    off = config.parse({"tools": [{"tool_id": "datetime_now", "enabled": False}]})

    assert [spec.name for spec in tools.specs(config.defaults())] == ["datetime_now"]
    assert tools.specs(off) == ()


def test_the_time_is_the_business_own():
    now = datetime(2026, 11, 24, 20, 5, tzinfo=UTC)

    assert tools.spoken_time(now, "America/New_York") == (
        "Tuesday, November 24, 2026, 3:05 PM (America/New_York)"
    )


async def test_an_unknown_tool_is_told_in_words():
    assert "no tool named" in await tools.Toolbox("UTC").run("fly", {})
