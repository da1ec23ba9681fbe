"""USSD sessions that we begin (network-initiated): a notice (USSN), a question (USSR), or the start of a dialog."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Final

from twisted.internet.defer import CancelledError, Deferred

from clinic import phones, subscribers
from clinic.errors import ClinicError
from conf import texts
from conf.texts.words import Language
from dialogs.talk import Desk, Gone
from smpp.link import LinkDown, NotAnswered
from smpp.pdu import Address, SubmitSm, SubmitSmResp
from smpp.ussd import push, pushed_key
from ussd_menus.open import UNNUMBERED, OpenSessions
from ussd_menus.sessions import Counts, Submit, Turn, UssdSession

INTERNATIONAL: Final = (1, 1)
"""Type of number and numbering plan of an MSISDN (SMPP 3.4 sections 5.2.5 and 5.2.6)."""


class NotShown(ClinicError):
    """The network did not take a text of ours, or the phone cannot be asked now."""

    retry = True


class TooLong(ClinicError):
    """A text that does not fit one screen of the link."""


class NoAnswer(ClinicError):
    """A question of ours was shown, and left without an answer."""


class Notice:
    """A notice on its way; it can be taken back while it waits for its place on the link."""

    def __init__(self, phone: str, sending: Deferred[SubmitSmResp]) -> None:
        self.phone, self.sending = phone, sending
        self.taken_back = ""

    def leave(self, event: str) -> None:
        self.taken_back = event
        self.sending.cancel()


class Pushes:
    """Begins sessions on phones. `patience` gives the text that ends one when our own answer takes too long."""

    def __init__(
        self,
        desk: Desk,
        sessions: OpenSessions,
        *,
        submit: Submit,
        counts: Counts,
        patience: Callable[[Language], str],
    ) -> None:
        self._desk, self._open, self._submit, self._counts = desk, sessions, submit, counts
        self._patience = patience
        self._numbers = count(1)

    async def tell(self, link: str, phone: str, text: str) -> None:
        """Show a notice; returns when the network has taken it. Raises NotShown, TooLong, phones.BadPhone.

        One that is late, or whose phone dials meanwhile, is not shown any more.
        """
        subscriber = self._free(phone)
        self._fitting(link, text)
        sending = Deferred.fromCoroutine(self._sent(link, self._first(link, subscriber)(text, True)))
        notice = Notice(subscriber, sending)
        self._open.last_texts.add(notice)
        giving_up = self._open.later(partial(notice.leave, "late"))
        try:
            response = await sending
        except (LinkDown, NotAnswered) as lost:
            raise NotShown(str(lost)) from lost
        except CancelledError:
            if notice.taken_back:
                raise NotShown(f"the text was not taken in time: {notice.taken_back}") from None
            raise
        finally:
            self._open.last_texts.remove(notice)
            if giving_up.active():
                giving_up.cancel()
        if response.status:
            raise NotShown(f"the network refused the text with 0x{response.status:x}")
        self._counts.event("told")

    async def ask(self, link: str, phone: str, text: str) -> str:
        """Ask, thank, and return the answer. Raises NotShown, NoAnswer, TooLong, phones.BadPhone.

        When cancelled the phone is free again.
        """
        self._fitting(link, text)
        thanks = texts.say(await self._language(phone), "talk.bye")  # before: an answer must not be lost over it
        session = self.begin(link, phone)
        try:
            answer = await session.ask(text)
            session.last(thanks)
        except Gone as gone:
            raise (NotShown if str(gone) == "broken" else NoAnswer)(f"no answer: {gone}") from gone
        except CancelledError:
            session.leave("cancelled")
            raise
        return answer

    def begin(self, link: str, phone: str) -> UssdSession:
        """Open a session whose first text is ours. Raises NotShown, phones.BadPhone."""
        subscriber = self._free(phone)
        turn = self._first(link, subscriber)
        known = pushed_key(turn("", False), self._open.dialects(link))
        self._counts.event("pushed")
        key = (link, subscriber.removeprefix("+"), known or UNNUMBERED)
        return self._open.add(key, subscriber, "", turn, self._patience)

    async def _sent(self, link: str, notice: SubmitSm) -> SubmitSmResp:
        return await self._submit(link, "", notice)

    def _free(self, phone: str) -> str:
        """The phone's canonical number, while it is in no session with us."""
        subscriber = phones.canonical(phone, self._desk.installation.region)
        if self._open.of(subscriber) is not None:
            raise NotShown("the phone is in a session already")
        if self._open.full or self._open.crowded:
            raise NotShown("too many sessions are open")
        return subscriber

    def _fitting(self, link: str, text: str) -> None:
        dialect = self._open.dialects(link)
        if not dialect.fits(text):
            raise TooLong(f"a screen holds {dialect.septets} characters, or {dialect.ucs2} where some are Chinese")

    def _first(self, link: str, phone: str) -> Turn:
        """Writes the text that begins a session; one that is also its last is a notice."""
        dialect, service = self._open.dialects(link), Address(self._desk.installation.ussd_code)
        subscriber, number = Address(phone.removeprefix("+"), *INTERNATIONAL), next(self._numbers)

        def write(text: str, end: bool) -> SubmitSm:
            return push(text, ask=not end, service=service, subscriber=subscriber, number=number, dialect=dialect)

        return write

    async def _language(self, phone: str) -> Language:
        subscriber = phones.canonical(phone, self._desk.installation.region)
        chosen = await self._desk.store.run(subscribers.language, phone=subscriber)
        return chosen or self._desk.installation.language
