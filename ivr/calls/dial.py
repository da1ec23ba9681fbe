"""A call that we make, from Originate to its answer or to why there was none.

The Hangup's cause tells why (ITU-T Q.850): OriginateResponse calls busy and rejected the same. The order of the two
varies, and the answered call's AsyncAGIStart comes before both. The channel has a name of ours (`ChannelId`), by which
a gateway that was started anew knows whose call it is.
"""

from __future__ import annotations

import logging
import re
import secrets
from dataclasses import dataclass, field
from typing import Literal

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from ivr.ami.errors import AmiError, Refused
from ivr.ami.link import Link
from ivr.ami.messages import Message
from ivr.calls.channel import Channel
from ivr.calls.transfers import Way

log = logging.getLogger("caredial.calls")

Unreached = Literal["busy", "no_answer", "rejected", "congestion", "unreachable"]

_OURS = re.compile(r"caredial-out-(\d{1,18})-[0-9a-f]{8}")
GRACE_SECONDS = 1.0
"""In which the Hangup with the cause follows an OriginateResponse without one."""
ANSWER_SECONDS = 30.0
"""How much longer than it rings a dial may go without any word of Asterisk's."""
CONTEXT = "caredial-out"
"""Of the dialplan (conf/asterisk/extensions.conf), where a call of ours is handed to us."""
_RINGING = "5"  # ChannelState AST_STATE_RINGING
BUSY, REJECTED = 17, 21
NO_ANSWER = frozenset({0, 16, 18, 19, 20, 31})  # 0: Asterisk 16 where it rang out
NO_SUCH_NUMBER = frozenset({1, 2, 22, 28})


class NotReached(Exception):
    """Nobody answered. `outcome` tells why, `cause` is the number that the network gave for it."""

    def __init__(self, outcome: Unreached, cause: int | None) -> None:
        super().__init__(f"{outcome} (cause {cause})")
        self.outcome, self.cause = outcome, cause


class Away(Exception):
    """The Asterisk went away while it dialled: what became of the call is not known."""


def channel_id(message: int) -> str:
    """A new name for a call that tells this message of the outbox."""
    return f"caredial-out-{message}-{secrets.token_hex(4)}"


def message_of(uniqueid: str) -> int | None:
    """The message that a channel tells, None for one that we did not dial."""
    found = _OURS.fullmatch(uniqueid)
    return None if found is None else int(found[1])


@dataclass(slots=True)
class Dial:
    """One dial. `answered` fires with the channel, or fails with NotReached or Away."""

    uniqueid: str
    clock: IReactorTime
    answered: Deferred[Channel] = field(default_factory=Deferred)
    rang: bool = False
    action_id: str = ""

    async def originate(self, link: Link, way: Way, caller_id: str) -> Channel:
        """Dial; the channel once somebody has answered. Raises NotReached, Away."""
        headers = [
            ("Channel", way.dial),
            # A place in the dialplan: Asterisk lets only accounts of class system name the application AGI here.
            ("Context", CONTEXT),
            ("Exten", "s"),
            ("Priority", "1"),
            ("Async", "true"),
            ("ChannelId", self.uniqueid),
            ("Timeout", str(way.settings.ring_seconds * 1000)),
            ("CallerID", caller_id),
        ]
        try:
            self.action_id = (await link.act("Originate", headers)).action_id
        except Refused as error:
            self._fail(NotReached("congestion", None))
            log.warning("Asterisk does not dial: %s", error)
        except AmiError as error:
            # It may ring all the same, or have been answered: then we have its channel already.
            log.warning("Asterisk has not said whether it dials: %s", error)
            if not link.ready:
                self.lost()
        late = self.clock.callLater(way.settings.ring_seconds + ANSWER_SECONDS, self.lost)
        try:
            return await self.answered
        finally:
            if late.active():
                late.cancel()

    def heard(self, event: Message) -> None:
        """An event of this channel before it was answered."""
        match event.event:
            case "Newstate" if event.get("ChannelState") == _RINGING:
                self.rang = True
            case "DialState" if event.get("DialStatus") in {"RINGING", "PROGRESS"}:
                self.rang = True
            case "Hangup":
                cause = int(event.get("Cause", "0")) if event.get("Cause", "0").isdecimal() else 0
                self._fail(NotReached(self._outcome(cause), cause))
            case "OriginateResponse" if event.get("Response") == "Failure":
                self.clock.callLater(GRACE_SECONDS, self._fail, NotReached(self._by_reason(event), None))

    def lost(self) -> None:
        """Asterisk is gone, or says nothing."""
        self._fail(Away())

    def _fail(self, why: Exception) -> None:
        if not self.answered.called:
            self.answered.errback(why)

    def _outcome(self, cause: int) -> Unreached:
        if cause == BUSY:
            return "busy"
        if cause == REJECTED:
            return "rejected"
        if cause in NO_SUCH_NUMBER:
            return "unreachable"
        # Where it never rang, nobody can have failed to answer: a dead trunk ends with the same cause.
        return "no_answer" if cause in NO_ANSWER and self.rang else "congestion"

    def _by_reason(self, event: Message) -> Unreached:
        """AST_CONTROL_* of include/asterisk/frame.h: 5 busy, 8 congestion; 3 rang out."""
        return "busy" if event.get("Reason") == "5" else "no_answer" if self.rang else "congestion"
