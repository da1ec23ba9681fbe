"""Events of Asterisk 11 and older, in the form that they have today."""

from __future__ import annotations

from typing import Final

from ivr.ami.messages import Message

_SUB_EVENTS: Final = {"start": "AsyncAGIStart", "exec": "AsyncAGIExec", "end": "AsyncAGIEnd"}
OLDER: Final = {"asyncagi": frozenset(_SUB_EVENTS.values()), "dtmf": frozenset({"DTMFBegin", "DTMFEnd"})}
"""The old names in small letters, and the names of today that they may stand for."""


def modern(message: Message) -> Message:
    """Return the event under its name of today: AsyncAGI and its SubEvent, DTMF and its Begin or End."""
    older = message.event.lower()
    if older not in OLDER:
        return message
    name = _SUB_EVENTS.get(message.get("SubEvent").lower(), "") if older == "asyncagi" else _dtmf(message)
    if not name:
        return message
    headers = ((key, name if key.lower() == "event" else value) for key, value in message.headers)
    return Message(tuple(headers), message.output)


def _dtmf(message: Message) -> str:
    if message.get("End").lower() == "yes":
        return "DTMFEnd"
    return "DTMFBegin" if message.get("Begin").lower() == "yes" else ""
