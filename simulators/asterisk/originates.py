"""Originate: the Asterisk calls a telephone, and runs an application or the dialplan once it is answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simulators.asterisk import causes
from simulators.asterisk.attempts import Attempt, target
from simulators.asterisk.channels import UNKNOWN, Headers, Party
from simulators.asterisk.dialplan import ONLY_AGI, Dialplan
from simulators.asterisk.legs import Leg
from simulators.asterisk.local_calls import LocalCall, place
from simulators.phones import BadNumber

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange

_CALLER: Final = re.compile(r'\s*"?([^"<]*?)"?\s*<([^>]*)>\s*')
_FAILED, _RANG_OUT, _ANSWERED = 0, 3, 4  # Reason, as pbx_outgoing_attempt gives it


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What Originate asks for. `seconds` is how long it may ring, `exten` where it goes without an application."""

    channel: str
    seconds: float
    application: str = ""
    data: str = ""
    context: str = ""
    exten: str = ""
    priority: int = 1
    other_id: str = ""
    caller: Party = field(default_factory=Party)
    channel_id: str = ""
    action_id: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


class Origination:
    """One call that is made; `done(went_well)` runs at its answer or failure, before OriginateResponse is told."""

    def __init__(self, exchange: Exchange, order: Order, done: Callable[[bool], None]) -> None:
        self._exchange = exchange
        self._order = order
        self._done = done
        self._attempt: Attempt | LocalCall | None = None

    def start(self) -> None:
        order, exchange = self._order, self._exchange
        taken = {leg.channel.uniqueid for leg in exchange.legs.values()} & {order.channel_id, order.other_id}
        made = None if taken else self._made()
        if made is None:
            self._respond("Failure", _FAILED)
            return
        self._attempt = made
        for leg in filter(None, (made.leg, made.leg.other)):
            for name, value in order.variables.items():
                leg.assign(name, value)
        made.leg.after(order.seconds, self._rang_out)
        made.start()

    def _made(self) -> Attempt | LocalCall | None:
        """The channel to what is called, None for what cannot be dialled."""
        order, exchange = self._order, self._exchange
        try:
            if place(order.channel) is not None:
                return LocalCall(exchange, order.channel, self._tried, uniqueid=order.channel_id, other=order.other_id)
            aim = target(order.channel)
            if aim is None:
                return None
            return Attempt(exchange, aim, self._tried, shown=order.caller, uniqueid=order.channel_id)
        except (BadNumber, LookupError):
            return None

    def _tried(self, one: Attempt | LocalCall) -> None:
        if one.is_answered:
            self._answered(one)
        else:
            self._respond("Failure", _FAILED)

    def _answered(self, one: Attempt | LocalCall) -> None:
        first = self._exchange.conditions.dial_response_first
        if first:
            self._respond("Success", _ANSWERED)
        leg = one.leg
        leg.up()
        one.dial_end("ANSWER")
        self._run(leg)
        if not first:
            self._respond("Success", _ANSWERED)

    def _run(self, leg: Leg) -> None:
        order = self._order
        if order.exten:
            leg.channel.context, leg.channel.exten = order.context, order.exten
        leg.app = Dialplan(self._exchange, leg, () if order.exten else ONLY_AGI, order.priority)
        leg.app.start()

    def _rang_out(self) -> None:
        one = self._attempt
        if one is None or one.is_answered or one.refusal is not None:
            return
        one.give_up()
        one.leg.channel.cause, one.leg.channel.sip_cause = causes.NO_ANSWER, 480
        one.leg.over()
        self._respond("Failure", _RANG_OUT)

    def _respond(self, response: str, reason: int) -> None:
        order = self._order
        leg = self._attempt.leg if self._attempt else None
        went_well = response == "Success"
        self._done(went_well)
        headers: Headers = [("ActionID", order.action_id)] if order.action_id else []
        headers += [("Response", response)]
        headers += [("Channel", leg.channel.name if leg and went_well else order.channel)]
        if order.application:
            headers += [("Application", order.application), ("Data", order.data)]
        else:
            headers += [("Context", order.context), ("Exten", order.exten)]
        headers += [
            ("Reason", str(reason)),
            ("Uniqueid", leg.channel.uniqueid if leg else order.channel_id or UNKNOWN),
            ("CallerIDNum", order.caller.number or UNKNOWN),
            ("CallerIDName", order.caller.name or UNKNOWN),
        ]
        self._exchange.tell("call", "OriginateResponse", headers)


def caller(written: str) -> Party:
    """Read CallerID: `Name <number>`, or a number."""
    found = _CALLER.fullmatch(written)
    return Party(found[2], found[1]) if found else Party(written.strip())
