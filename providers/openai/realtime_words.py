"""What is said to OpenAI's Realtime API, and what it says, in its words and in ours. Pure."""

from collections.abc import Iterator
from typing import Any

import orjson

from providers.ports import (
    AudioFormat,
    Encoding,
    Message,
    RealtimeRequest,
    RealtimeUsage,
    ToolCall,
    ToolSpec,
)

DEFAULT_VOICE = "marin"
TRANSCRIBER = "gpt-4o-mini-transcribe"  # writes down what the caller says
_EAGERNESS = {"fast": "high", "balanced": "auto", "patient": "low"}
_TELEPHONE: dict[Encoding, str] = {"mulaw": "audio/pcmu", "alaw": "audio/pcma"}
_WIDE = AudioFormat("pcm_s16le", 24_000)  # the only linear one it takes


def _told(format: AudioFormat) -> dict[str, Any]:
    """Name an audio format as the vendor does."""
    if format.sample_rate == 8000 and format.encoding in _TELEPHONE:
        return {"type": _TELEPHONE[format.encoding]}
    return {"type": "audio/pcm", "rate": _WIDE.sample_rate}


def spoken(format: AudioFormat) -> AudioFormat:
    """Return the format that it takes and makes where this one is wanted."""
    return format if "rate" not in _told(format) else _WIDE


def session(request: RealtimeRequest) -> dict[str, Any]:
    """Return the session as the vendor is to hold it."""
    transcription: dict[str, Any] = {"model": TRANSCRIBER}
    if language := request.language.split("-")[0]:
        transcription["language"] = language
    if request.keywords:
        transcription["prompt"] = ", ".join(request.keywords)
    return {
        "type": "realtime",
        "instructions": request.prompt,
        "output_modalities": ["audio"],
        "max_output_tokens": request.max_tokens or "inf",
        "tools": [_tool(tool) for tool in request.tools],
        "tool_choice": "auto",
        "audio": {
            "input": {
                "format": _told(request.format),
                "transcription": transcription,
                "turn_detection": {
                    "type": "semantic_vad",
                    "eagerness": _EAGERNESS[request.patience],
                    "create_response": False,
                    "interrupt_response": False,
                },
            },
            "output": {
                "format": _told(request.voice_format),
                "voice": request.voice or DEFAULT_VOICE,
            },
        },
    }


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }


def items(messages: list[Message]) -> Iterator[dict[str, Any]]:
    """Return what was said before as items of the vendor's conversation."""
    for message in messages:
        if message.role == "tool":
            yield output(message.tool_call_id, message.text)
            continue
        if message.text:
            kind = "output_text" if message.role == "assistant" else "input_text"
            yield {
                "type": "message",
                "role": message.role,
                "content": [{"type": kind, "text": message.text}],
            }
        for call in message.tool_calls:
            yield {
                "type": "function_call",
                "call_id": call.id,
                "name": call.name,
                "arguments": orjson.dumps(call.arguments).decode(),
            }


def output(call_id: str, text: str) -> dict[str, Any]:
    """Return what a tool gave back as an item."""
    return {"type": "function_call_output", "call_id": call_id, "output": text}


def calls(items: Any) -> Iterator[ToolCall]:
    """Return the tools that are wanted among a reply's items."""
    for item in items:
        if item["type"] == "function_call":
            try:
                arguments = orjson.loads(item.get("arguments") or "{}")
            except orjson.JSONDecodeError:
                arguments = {}
            if not isinstance(arguments, dict):
                arguments = {}
            yield ToolCall(item["call_id"], item["name"], arguments)


def usage(told: dict[str, Any]) -> RealtimeUsage:
    """Return what a reply used."""
    inward = told.get("input_token_details") or {}
    cached = inward.get("cached_tokens_details") or {}
    outward = told.get("output_token_details") or {}
    return RealtimeUsage(
        input_tokens=inward.get("text_tokens", 0),
        cached_input_tokens=cached.get("text_tokens", 0),
        output_tokens=outward.get("text_tokens", 0),
        audio_input_tokens=inward.get("audio_tokens", 0),
        cached_audio_tokens=cached.get("audio_tokens", 0),
        audio_output_tokens=outward.get("audio_tokens", 0),
    )
