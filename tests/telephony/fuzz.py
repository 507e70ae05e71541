"""Frames that no sane end sends: captures of good ones, bent in many ways."""

import base64
import json
import random

TWILIO = [
    {"event": "connected", "protocol": "Call", "version": "1.0.0"},
    {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": "MZ1",
        "start": {
            "accountSid": "AC1",
            "streamSid": "MZ1",
            "callSid": "CA1",
            "tracks": ["inbound"],
            "mediaFormat": {
                "encoding": "audio/x-mulaw",
                "sampleRate": 8000,
                "channels": 1,
            },
            "customParameters": {"token": "nope"},
        },
    },
    {
        "event": "media",
        "streamSid": "MZ1",
        "media": {
            "track": "inbound",
            "chunk": "2",
            "timestamp": "20",
            "payload": base64.b64encode(b"\xff" * 160).decode(),
        },
    },
    {"event": "dtmf", "streamSid": "MZ1", "dtmf": {"digit": "5"}},
    {"event": "mark", "streamSid": "MZ1", "mark": {"name": "u1:end"}},
]
PLIVO = [
    {
        "event": "start",
        "sequenceNumber": 0,
        "start": {
            "callId": "C1",
            "streamId": "S1",
            "accountId": "MA1",
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
        },
        "extra_headers": "{token=nope}",
    },
    {
        "event": "media",
        "streamId": "S1",
        "media": {
            "track": "inbound",
            "timestamp": "20",
            "chunk": 2,
            "payload": base64.b64encode(b"\xff" * 160).decode(),
        },
    },
    {"event": "dtmf", "streamId": "S1", "dtmf": {"digit": "5", "track": "inbound"}},
    {"event": "playedStream", "streamId": "S1", "name": "u1:end"},
    {"event": "clearedAudio", "streamId": "S1"},
]
TELNYX = [
    {"event": "connected", "version": "1.0.0"},
    {
        "event": "start",
        "sequence_number": "1",
        "stream_id": "S1",
        "start": {
            "call_control_id": "v3:1",
            "client_state": base64.b64encode(b"nope").decode(),
            "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1},
        },
    },
    {
        "event": "media",
        "stream_id": "S1",
        "media": {
            "track": "inbound",
            "chunk": "2",
            "timestamp": "20",
            "payload": base64.b64encode(b"\xff" * 160).decode(),
        },
    },
    {"event": "dtmf", "stream_id": "S1", "dtmf": {"digit": "5"}},
    {"event": "mark", "stream_id": "S1", "mark": {"name": "u1:end"}},
]
VONAGE = [
    {
        "event": "websocket:connected",
        "content-type": "audio/l16;rate=16000",
        "call_id": "C1",
        "token": "start",
    },
    {"event": "websocket:dtmf", "digit": "5", "duration": 260},
    {"event": "websocket:notify", "payload": {"name": "u1:end"}},
    {"event": "websocket:cleared"},
]
EXOTEL = [
    {"event": "connected"},
    {
        "event": "start",
        "sequence_number": "1",
        "stream_sid": "S1",
        "start": {
            "stream_sid": "S1",
            "call_sid": "C1",
            "custom_parameters": {"token": "nope"},
            "media_format": {"encoding": "audio/x-raw", "sample_rate": "16000"},
        },
    },
    {
        "event": "media",
        "stream_sid": "S1",
        "media": {
            "chunk": "2",
            "timestamp": "200",
            "payload": base64.b64encode(b"\0" * 3_200).decode(),
        },
    },
    {"event": "dtmf", "stream_sid": "S1", "dtmf": {"digit": "5"}},
    {"event": "mark", "stream_sid": "S1", "mark": {"name": "u1:end"}},
]
BROWSER = [
    {"type": "hello", "token": "nope", "rate": 16000},
    {"type": "text", "text": "Hello?"},
    {"type": "mark", "name": "u1:end"},
    {"type": "digit", "digit": "5"},
    {"type": "mute", "on": False},
]
SILENT = [BROWSER[2], BROWSER[4]]  # what the agent does not answer
ODD = [
    None, True, -1, 0, 1e308, 2**63, "", "\0", "\ud7ff", "é" * 999, [], {}, [[[]]],
    {"a": {}}, "NaN", "-Infinity", "%00", "<script>", "u1:end\n", '"}', "MZ1\\",
]  # fmt: skip
NOT_JSON = [
    "", " ", "{", "}", "[" * 5000, "nul", "\0", '"', "{'event':1}", "\ufeff{}",
    '{"event":"media","event":"stop"', '{"type":', "💥" * 50, "NaN", "1e999",
]  # fmt: skip


def frames(captures, count, seed=7):
    """Return ``count`` frames, text and binary; the same ones for the same seed."""
    dice = random.Random(seed)
    return [_frame(dice, captures) for _ in range(count)]


def _frame(dice, captures):
    kind = dice.random()
    if kind < 0.1:
        return dice.choice(NOT_JSON)
    if kind < 0.25:
        return dice.randbytes(dice.choice([0, 1, 2, 3, 159, 641]))
    message = json.loads(json.dumps(dice.choice(captures)))
    if kind < 0.75:
        _bend(dice, message)
        return json.dumps(message)
    text = json.dumps(message)
    at = dice.randrange(len(text))
    cut = text[:at] + dice.choice(["", "\0", "{", '"', "}", "é"])
    return cut + (text[at + 1 :] if dice.random() < 0.5 else "")


def _bend(dice, message):
    """Take a key away, or put something odd behind it, anywhere in the tree."""
    inner = [value for value in message.values() if isinstance(value, dict)]
    if inner and dice.random() < 0.6:
        _bend(dice, dice.choice(inner))
    elif message:
        key = dice.choice(list(message))
        if dice.random() < 0.3:
            del message[key]
        else:
            message[key] = dice.choice(ODD)
