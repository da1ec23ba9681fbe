"""What comes over the links: USSD to the menus, receipts to the outbox, SMS to the commands.

An SMS, and each segment of a long one, is stored before the SMS centre is told that we have it, and answered from the
store: while the database is away the answer waits, and what a crash leaves unanswered is answered after the next
start. USSD is never stored: a late answer is worth nothing. Where too much waits, the SMS centre is asked to bring it
later; it has the disk for that, and we keep to our memory.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain, repeat
from typing import Any, Protocol

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from clinic import inbox, long_texts, phones
from clinic.errors import ClinicError
from clinic.inbox import Came, Incoming, Reply
from clinic.receipts import Told
from dialogs.talk import Runs
from gateway.counters import SMS_RECEIVED, count_receipt
from gateway.journal import Full, Journal
from gateway.together import Together
from smpp import parts, status, ussd
from smpp import receipts as wire_receipts
from smpp.kinds import Alphabet
from smpp.link import Link
from smpp.parts import Part
from smpp.pdu import DeliverSm

log = logging.getLogger("caredial.inbound")

MOST_RECEIPTS = 5_000
"""Receipts that may wait for the database."""
MOST_STORING = 2_000
"""SMS that may wait for the database."""
MOST_UNANSWERED = 10_000
MOST_OF_A_PHONE = 20
"""SMS in memory that are stored and wait for their answer: in all, and of one phone, which may be a robot."""
PAUSES = (1.0, 5.0, 15.0, 60.0)
"""Seconds between tries to store an answer while the database is away; the last stands for all that follow."""


class Menus(Protocol):
    """Takes USSD indications; must return quickly. False: there is no room, the network may bring it again later."""

    def received(self, link: str, indication: ussd.Indication, bind: str) -> bool: ...


class Commands(Protocol):
    """Answers an SMS with a text, or with None."""

    def answer(self, phone: str, text: str, inbox_id: int) -> Awaitable[str | None]: ...


class Inbound:
    """The receiver of every link: `delivered` gives the command_status that answers a deliver_sm."""

    def __init__(
        self,
        store: Runs,
        menus: Menus,
        commands: Commands,
        now: Callable[[], dt.datetime],
        *,
        clock: IReactorTime,
        region: str,
        journal: Journal | None = None,
    ) -> None:
        """`journal` may be shared with who sends: so a receipt is never written before its message's outcome."""
        self._store, self._menus, self._commands, self._clock = store, menus, commands, clock
        self._now, self._region = now, region
        self._journal = journal or Journal(store, now, clock, region=region)
        self._received, self._replies = Together(store, inbox.receive_all), Together(store, inbox.answer_all)
        self._storing = 0
        self._waiting = 0
        self._unanswered: Counter[str] = Counter()
        self._turns: dict[str, DeferredLock] = {}

    def delivered(self, link: Link, pdu: DeliverSm, bind: str) -> Awaitable[int] | int:
        """Take one deliver_sm. ESME_ROK only when it may be forgotten by the SMS centre (SMPP 3.4 section 4.6).

        ESME_RMSGQFUL where too many wait, ESME_RX_T_APPN where the database does not answer: both ask for it again.
        """
        if link.settings.ussd is not None:
            indication = ussd.read(pdu, link.settings.ussd)
            if indication is not None:
                taken = self._menus.received(link.name, indication, bind)
                return status.ESME_ROK if taken else status.ESME_RMSGQFUL
        receipt = wire_receipts.read(pdu, link.settings.default_alphabet)
        if receipt is not None:
            return self._receipt(link, receipt, pdu)
        if wire_receipts.is_acknowledgement(pdu):
            SMS_RECEIVED.labels("acknowledgement").inc()
            return status.ESME_ROK
        return self._answer(self._sms(link, pdu, bind))

    async def _answer(self, taken: Awaitable[int]) -> int:
        try:
            return await taken
        except ClinicError as error:
            return _refusal(error)

    def _numbers(self, pdu: DeliverSm) -> frozenset[str]:
        """The phones of a PDU: the sender's, and the receiver's, as some networks do not turn a receipt round."""
        found = set()
        for address in (pdu.source, pdu.destination):
            with suppress(phones.BadPhone):
                found.add(phones.canonical(address.number, self._region))
        return frozenset(found)

    def _receipt(self, link: Link, receipt: wire_receipts.Receipt, pdu: DeliverSm) -> Deferred[int] | int:
        """No coroutine: where something was sent, thousands come in a second."""
        state = receipt.state.name.lower()
        count_receipt(link.name, state)
        if not receipt.message_id:
            return status.ESME_ROK
        smsc_id = wire_receipts.normalise(receipt.message_id, link.settings.message_id_form, "receipt")
        phones_of = self._numbers(pdu) if receipt.forgeable else None
        told = Told(smsc_id, state, receipt.error or None, phones_of, (pdu.source.number, pdu.destination.number))
        try:
            written = self._journal.receipt(link.name, told, most=MOST_RECEIPTS)
        except Full:
            return status.ESME_RMSGQFUL
        return written.addCallbacks(_written, _not_written)

    async def _sms(self, link: Link, pdu: DeliverSm, bind: str) -> int:
        try:
            phone = phones.canonical(pdu.source.number, self._region)
        except phones.BadPhone:
            SMS_RECEIVED.labels("no phone").inc()
            return status.ESME_ROK  # a name as sender cannot be answered; the SMS centre need not keep it
        self._refuse_overload(phone)
        self._storing += 1
        try:
            incoming = await self._stored(link, pdu, bind, phone)
        finally:
            self._storing -= 1
        if incoming is not None:
            self._take(incoming)
        return status.ESME_ROK

    def _refuse_overload(self, phone: str) -> None:
        if (
            self._storing >= MOST_STORING
            or self._waiting >= MOST_UNANSWERED
            or self._unanswered[phone] >= MOST_OF_A_PHONE
        ):
            SMS_RECEIVED.labels("refused").inc()
            raise Full

    async def _stored(self, link: Link, pdu: DeliverSm, bind: str, phone: str) -> Incoming | None:
        """The text, stored; None for one that we had, and for a segment that waits for others."""
        part, default = parts.part(pdu), link.settings.default_alphabet
        if part.total == 1:
            text = _text(default, [part])
            came = Came(link.name, bind, frozenset(link.bind_ids), phone, text, self._now())
            incoming = await self._received.put(came)
            SMS_RECEIVED.labels("repeated" if incoming is None else "stored").inc()
        else:
            where: dict[str, Any] = {"link": link.name, "bind": bind, "live": link.bind_ids, "phone": phone}
            where |= {"now": self._now(), "join": partial(_text, default)}
            incoming = await self._store.run(long_texts.receive, part=part, **where)
            SMS_RECEIVED.labels("segment" if incoming is None else "stored").inc()
        return incoming

    async def recover(self) -> None:
        """Answer what a crash left unanswered."""
        for incoming in await self._store.run(inbox.unhandled, most=MOST_UNANSWERED):
            self._take(incoming)

    def _take(self, incoming: Incoming) -> None:
        done = Deferred.fromCoroutine(self._in_turn(incoming))
        done.addErrback(lambda failure: log.error("an SMS could not be answered: %r", failure.value))

    async def _in_turn(self, incoming: Incoming) -> None:
        """One phone's messages are answered one after the other, in their order; phones do not wait for each other."""
        turn = self._turns.setdefault(incoming.phone, DeferredLock())
        self._unanswered[incoming.phone] += 1
        self._waiting += 1
        await turn.acquire()
        try:
            reply = await self._commands.answer(incoming.phone, incoming.text, incoming.id)
            await self._answered(incoming, reply)
        finally:
            turn.release()
            self._waiting -= 1
            self._unanswered[incoming.phone] -= 1
            if not self._unanswered[incoming.phone]:
                del self._unanswered[incoming.phone], self._turns[incoming.phone]

    async def _answered(self, incoming: Incoming, reply: str | None) -> None:
        """However long the database is away: what waits here is bounded, the SMS centre keeps the rest."""
        for pause in chain(PAUSES, repeat(PAUSES[-1])):
            try:
                await self._replies.put(Reply(incoming, reply, self._now()))
            except ClinicError as error:
                if not error.retry:
                    raise
            else:
                return
            await deferLater(self._clock, pause)


def _text(default: Alphabet, segments: Sequence[Part]) -> str:
    """The text of all segments, as it can be stored: PostgreSQL refuses NUL, and the SMS centre would bring it for
    ever."""
    return parts.join(segments, default).replace("\0", "")


def _written(_: None) -> int:
    return status.ESME_ROK


def _not_written(failure: Failure) -> int:
    failure.trap(ClinicError)
    return _refusal(failure.value)


def _refusal(error: BaseException | None) -> int:
    if isinstance(error, Full):
        return status.ESME_RMSGQFUL
    return status.ESME_RX_T_APPN if getattr(error, "retry", False) else status.ESME_RX_P_APPN
