"""The telephones' part of the handset page's API: what `simulators.http` answers for them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, get_args

from simulators.asterisk.causes import Manner
from simulators.asterisk.exchange import Exchange
from simulators.asterisk.telephones import Call, Heard, Telephone

Body = Mapping[str, Any]
MANNERS: Final = get_args(Manner)


class BadRequest(ValueError):
    """A request that is no JSON, or lacks a field."""


class TelephonePages:
    """Keys of telephones, tasks of the Asterisk, by the words of the API."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        get = exchange.phones.get
        self.keys: dict[str, Callable[[str, Body], object]] = {
            "call": lambda number, body: exchange.call(number, text(body, "to"), str(body.get("name") or "")),
            "key": lambda number, body: get(number).press(text(body, "key")),
            "hangup": lambda number, _: get(number).hang_up(),
            "answer": lambda number, _: get(number).answer(),
            "reject": lambda number, _: get(number).reject(),
            "voice": lambda number, body: get(number).speak(_samples(body)),
            "manner": lambda number, body: self._behave(get(number), body),
        }
        self.tasks: dict[str, Callable[[Body], Body]] = {
            "drop": lambda _: {"dropped": exchange.drop()},
            "restart": self._restart,
        }

    def call(self, number: str) -> Body | None:
        """Return a telephone's call as JSON, None where it has not had one. Raises BadNumber."""
        phone = self.exchange.phones.get(number)
        return None if phone.call is None else _call(phone, phone.call, self.exchange.clock.seconds())

    def sound(self, number: str, heard: str) -> Path | None:
        """Return the file of a sound that this telephone has heard on this call."""
        if not heard.isascii() or not heard.isdigit():
            return None
        return self.exchange.phones.get(number).sound(int(heard))

    def follow(self, number: str, changed: Callable[[], None]) -> list[Callable[[], None]]:
        """Have `changed` run when the telephone's call changes; return what ends it."""
        return [self.exchange.phones.get(number).subscribe(changed), self.exchange.subscribe(changed)]

    def state(self) -> Body:
        exchange = self.exchange
        return {
            "hotline": exchange.hotline.number,
            "managers": exchange.listeners,
            "channels": [
                {
                    "channel": leg.channel.name,
                    "uniqueid": leg.channel.uniqueid,
                    "state": leg.channel.state.name.capitalize(),
                    "number": leg.phone.number,
                    "application": leg.channel.application,
                }
                for leg in exchange.legs.values()
            ],
            "conditions": exchange.conditions.model_dump(),
        }

    def _behave(self, phone: Telephone, body: Body) -> None:
        manner = body.get("manner")
        if manner is not None and manner not in MANNERS:
            raise BadRequest(f"'manner' is null or one of {', '.join(MANNERS)}")
        phone.manner = manner

    def _restart(self, body: Body) -> Body:
        seconds = body.get("seconds", 0)
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= 86400:
            raise BadRequest("'seconds' is 0 to 86400")
        announce, keep = bool(body.get("announce", True)), bool(body.get("keep_calls", False))
        return {"dropped": self.exchange.restart(seconds=seconds, announce=announce, keep_calls=keep)}


def text(body: Body, name: str) -> str:
    """Return a field that is a text. Raises BadRequest."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadRequest(f"{name!r} is missing, or no text")
    return value


def _samples(body: Body) -> bytes:
    try:
        return base64.b64decode(text(body, "samples"), validate=True)
    except binascii.Error:
        raise BadRequest("'samples' is no base64") from None


def _call(phone: Telephone, call: Call, now: float) -> Body:
    return {
        "id": call.id,
        "state": call.state,
        "peer": call.peer,
        "partner": call.partner,
        "incoming": call.incoming,
        "since": call.since,
        "now": now,
        "ending": call.ending,
        "recording": call.recording,
        "saying": None if call.saying is None else _heard(phone.number, call.saying),
        "heard": [_heard(phone.number, one) for one in call.heard],
    }


def _heard(number: str, heard: Heard) -> Body:
    sound = None if heard.path is None else f"/api/phones/{number}/sounds/{heard.id}"
    return {"id": heard.id, "text": heard.text, "seconds": heard.seconds, "at": heard.at, "sound": sound}
