"""Calling a telephone: a channel to it, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulators.asterisk import causes
from simulators.asterisk.causes import Refusal
from simulators.asterisk.channels import Party, State
from simulators.asterisk.legs import Leg
from simulators.asterisk.telephones import Ending
from simulators.phones import BadNumber

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange

_TECHNOLOGIES: Final = frozenset({"PJSIP", "SIP", "IAX2", "DAHDI", "LOCAL"})
_NUMBER: Final = re.compile(r"\+?\d{3,15}")
ENDINGS: Final[dict[Refusal, Ending]] = {
    causes.BUSY_HERE: "busy",
    causes.DECLINED: "rejected",
    causes.NOT_FOUND: "unreachable",
    causes.CONGESTED: "no-line",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What a dial string names: PJSIP/NUMBER, PJSIP/NUMBER@ENDPOINT, PJSIP/ENDPOINT/sip:NUMBER@HOST."""

    endpoint: str
    number: str
    rest: str


def target(dial_string: str) -> Target | None:
    """Read a dial string; None for what this Asterisk cannot dial."""
    technology, _, rest = dial_string.partition("/")
    found = _NUMBER.search(rest.rpartition("/")[2].removeprefix("sip:"))
    if technology.upper() not in _TECHNOLOGIES or found is None:
        return None
    endpoint, slash, _ = rest.partition("/")
    if not slash:
        endpoint = rest.partition("@")[2] or found[0]
    return Target(endpoint, found[0], rest)


class Attempt:
    """One telephone that is rung. `done(attempt)` runs once, when it is answered or not; the channel is there still."""

    def __init__(
        self,
        exchange: Exchange,
        aim: Target,
        done: Callable[[Attempt], None],
        *,
        caller: Leg | None = None,
        shown: Party | None = None,
        uniqueid: str = "",
    ) -> None:
        """`caller` is the channel that dials, None for Originate, where `shown` is the caller that the phone sees.

        Raises BadNumber.
        """
        self.refusal: Refusal | None = None
        self.is_answered = False
        self._exchange = exchange
        self._aim = aim
        self._done = done
        self._caller = caller
        self._over = False
        phone = exchange.phones.get(aim.number)
        linked = caller.channel.linkedid if caller else ""
        self.leg = exchange.open(phone, endpoint=aim.endpoint, uniqueid=uniqueid, linkedid=linked)
        self.leg.ringing = self
        self._present(caller, shown or Party())

    def start(self) -> None:
        """Dial."""
        self._tell("DialBegin", ("DialString", self._aim.rest))
        refusal = self._at_once()
        if refusal is not None:
            wrong = refusal
            self.leg.after(self._exchange.conditions.phone_reaction, lambda: self.refused(wrong))
            return
        self.leg.channel.state = State.RINGING
        self._exchange.about(self.leg, "call", "Newstate")
        self._tell("DialState", ("DialStatus", "RINGING"))
        shown = self.leg.channel.caller.number
        self.leg.phone.begin(self.leg, shown, incoming=True, now=self._exchange.clock.seconds())
        if self._manner == "answers":
            self.leg.after(self._exchange.conditions.phone_answers_after, self.answered)

    def answered(self) -> None:
        if self._over or self._manner == "never":
            return
        self._over = self.is_answered = True
        self.leg.ringing = None
        self._done(self)

    def refused(self, refusal: Refusal) -> None:
        if self._over:
            return
        self._over, self.refusal = True, refusal
        channel = self.leg.channel
        channel.cause, channel.sip_cause = refusal.cause, refusal.sip
        more = (("Cause", str(refusal.cause)), ("TechCause", str(refusal.sip)))
        self._exchange.about(self.leg, "call", "HangupRequest", *more)
        self.dial_end(refusal.dial_end)
        self._done(self)
        self.leg.over(ENDINGS.get(refusal, "over"))

    def called_off(self) -> None:
        """Somebody hung the channel up while it rang."""
        if not self._over:
            self._over = True
            self._done(self)
            self.leg.over()

    def give_up(self) -> None:
        """Ring no longer; the caller closes the channel."""
        self._over = True
        self.leg.ringing = None

    def dial_end(self, status: str) -> None:
        self._tell("DialEnd", ("DialStatus", status))

    @property
    def _manner(self) -> causes.Manner:
        return self.leg.phone.manner or self._exchange.conditions.phone_manner

    def _at_once(self) -> Refusal | None:
        if self._exchange.happens(self._exchange.conditions.dial_congested):
            return causes.CONGESTED
        return causes.BUSY_HERE if self.leg.phone.in_call else causes.AT_ONCE.get(self._manner)

    def _present(self, caller: Leg | None, shown: Party) -> None:
        channel, exchange = self.leg.channel, self._exchange
        if caller is not None:
            channel.exten = caller.channel.exten
            shown = Party(caller.channel.exten)
            channel.connected = Party(caller.channel.caller.number, caller.channel.caller.name)
        channel.application = "AppDial2" if caller is None else "AppDial"
        channel.data = "(Outgoing Line)"
        line = (("Extension", channel.exten), ("Application", channel.application), ("AppData", channel.data))
        exchange.about(self.leg, "dialplan", "Newexten", *line)
        if shown.number:
            channel.caller = shown
            said = ("CID-CallingPres", "0 (Presentation Allowed, Not Screened)")
            exchange.about(self.leg, "call", "NewCallerid", said)
            if caller is None:
                channel.connected = Party(shown.number, shown.name)
            exchange.about(self.leg, "call", "NewConnectedLine")

    def _tell(self, event: str, more: tuple[str, str]) -> None:
        dialling = self._caller.channel.headers() if self._caller else []
        self._exchange.tell("call", event, [*dialling, *self.leg.channel.headers("Dest"), more])


def attempt(exchange: Exchange, dial_string: str, done: Callable[[Attempt], None], *, caller: Leg) -> Attempt | None:
    """Make an attempt for a part of Dial's argument; None for what cannot be dialled."""
    aim = target(dial_string)
    if aim is None:
        return None
    try:
        return Attempt(exchange, aim, done, caller=caller)
    except BadNumber:
        return None
