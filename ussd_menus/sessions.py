"""One USSD session on a link: whose turn it is, and how long each side may take.

| state    | who must speak | leaves it                                                                    |
| ours     | we, unasked    | `ask` -> waiting; `last` -> over (only in a session that we begin)            |
| thinking | we             | `ask` -> waiting; `last`, our time is up (told, end flagged), release -> over |
| waiting  | the subscriber | `answered` -> thinking; silence, release, a submit that failed -> over        |
| over     | nobody         | never: but for the last text, nothing is sent into it any more               |

A text may wait for its place on the link. It is taken back when the session is released, or its phone dials anew, also
where it is the last text of a session that is over.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from twisted.internet.defer import CancelledError, Deferred

from conf.texts.words import Language
from dialogs.talk import Gone
from smpp.link import LinkDown, NotAnswered
from smpp.pdu import SubmitSm, SubmitSmResp
from smpp.ussd import Dialect, Indication, reply
from ussd_menus.settings import MenuSettings

log = logging.getLogger("caredial.ussd")

Key = tuple[str, str, str]
"""Link, MSISDN, and the network's own key of a session (`Indication.key`)."""
Turn = Callable[[str, bool], SubmitSm]
"""Writes the text that it is our turn to send: as the last of the session, or as a question."""
Submit = Callable[[str, str, SubmitSm], Awaitable[SubmitSmResp]]
"""Sends over the link of this name, by the bind with this id while it lives; raises LinkDown or NotAnswered."""


class Delayed(Protocol):
    def active(self) -> bool: ...
    def cancel(self) -> None: ...


class Clock(Protocol):
    """What we use of Twisted's IReactorTime."""

    def seconds(self) -> float: ...
    def callLater(self, delay: float, callable: Callable[[], object]) -> Delayed: ...


class Counts(Protocol):
    """What an operator asks for."""

    def event(self, name: str) -> None:
        """Something happened to a session: begun, answered, ended, released, silent, slow, ..."""

    def took(self, seconds: float) -> None:
        """The time from the subscriber's input to our next text."""


class Register(Protocol):
    """Who keeps the sessions."""

    def over(self, session: UssdSession, event: str) -> None:
        """No more questions are asked; a last text may be under way. Told again when that comes to nothing."""

    def done(self, session: UssdSession) -> None:
        """The session is over, and nothing is under way."""


class UssdSession:
    """One session. `patience` gives the text that ends it when our own answer takes too long.

    `key` changes when the network numbers a session that we have begun. `language` is what our own texts are written
    in; the installation's until the subscriber's is known.
    """

    def __init__(
        self,
        key: Key,
        phone: str,
        turn: Turn,
        bind: str,
        *,
        dialect: Dialect,
        submit: Submit,
        clock: Clock,
        settings: MenuSettings,
        counts: Counts,
        language: Language,
        patience: Callable[[Language], str],
        register: Register,
    ) -> None:
        self.key = key
        self.phone = phone
        self.dialect = dialect
        self.language: Language = language
        self.over = False
        self._submit = submit
        self._clock = clock
        self._settings = settings
        self._counts = counts
        self._patience = patience
        self._register = register
        self._left = False
        self._unit: int | None = None
        self._units_count = False
        self._waiting: Deferred[str] | None = None
        self._timer: Delayed | None = None
        self._sending: Deferred[None] | None = None
        self._turn, self._bind = turn, bind
        self._heard_at = clock.seconds()

    async def ask(self, text: str) -> str:
        """Show `text` and wait for the answer; raises Gone when none will come. When cancelled the session is left."""
        if self.over:
            raise Gone
        waiting = self._waiting = Deferred[str]()
        self._watch(self._settings.subscriber_seconds, self._silent)
        self._send(text, end=False)
        try:
            return await waiting
        except CancelledError:
            self._waiting = None
            self.leave("cancelled")
            raise

    def last(self, text: str) -> None:
        """Show `text` and end the session; nothing happens when it is over already."""
        if not self.over:
            self._counts.event("ended")
            self._close("ended")
            self._send(text, end=True)

    def answered(self, indication: Indication, bind: str) -> None:
        """The subscriber's answer. One that nobody waits for, or that was heard before, is dropped as a repetition."""
        waiting = self._waiting
        if waiting is None or (self._units_count and indication.unit == self._unit):
            self._counts.event("late")
            return
        self._waiting = None
        self._counts.event("answered")
        self.heard(indication, bind)
        waiting.callback(indication.text)

    def leave(self, event: str) -> None:
        """The session is over without our doing: whoever waits for an answer is told Gone, our text is taken back."""
        if self._left:
            return
        self._left = True
        if not self.over:
            self._counts.event(event)
        self._close(event)
        if self._sending is not None and not self._sending.called:
            self._sending.cancel()
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.errback(Gone(event))
        self._register.done(self)

    def heard(self, indication: Indication, bind: str) -> None:
        """It is our turn now; the next text answers `indication`, and goes the way that it came."""
        self._turn, self._bind = partial(reply, indication, dialect=self.dialect), bind
        self._heard_at = self._clock.seconds()
        self._note_unit(indication.unit)
        self._watch(self._settings.answer_seconds, self._slow)

    def _note_unit(self, unit: int | None) -> None:
        """Dialogue units tell a repeated answer, but only of networks that count them: some send 0 for ever."""
        self._units_count = unit is not None and (self._units_count or self._unit not in (None, unit))
        self._unit = unit

    def _watch(self, seconds: float, then: Callable[[], None]) -> None:
        self._still()
        self._timer = self._clock.callLater(seconds, then)

    def _still(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _silent(self) -> None:
        self.leave("silent")

    def _slow(self) -> None:
        """Better an honest end than the network's timer; what the dialog says later goes nowhere."""
        self._counts.event("slow")
        self._close("slow")
        self._send(self._patience(self.language), end=True)

    def _close(self, event: str) -> None:
        self.over = True
        self._still()
        self._register.over(self, event)

    def _send(self, text: str, *, end: bool) -> None:
        """Submit without waiting: the subscriber's answer may overtake the SMS centre's.

        A text that waits too long for its place on the link is taken back: late, it might open another session.
        """
        self._counts.took(self._clock.seconds() - self._heard_at)
        sending = Deferred.fromCoroutine(self._deliver(self._turn(text, end), self._turn, end=end))
        self._sending = sending
        if not sending.called:
            giving_up = self._clock.callLater(self._settings.answer_seconds, sending.cancel)
            sending.addCallback(lambda _: giving_up.cancel() if giving_up.active() else None)

    async def _deliver(self, pdu: SubmitSm, turn: Turn, *, end: bool) -> None:
        """Once and never again: what is late on USSD is worthless, or reaches another session."""
        delivered = await self._delivered(pdu)
        if turn is not self._turn or self._left:
            return
        self._sending = None
        if not delivered:
            self._counts.event("undelivered")
            self.leave("broken")
        elif end:
            self._register.done(self)

    async def _delivered(self, pdu: SubmitSm) -> bool:
        try:
            response = await self._submit(self.key[0], self._bind, pdu)
        except (LinkDown, NotAnswered, CancelledError):
            return False
        except Exception:
            log.exception("a menu could not be sent")
            return False
        return response.status == 0
