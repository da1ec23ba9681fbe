"""What comes over the links: USSD to the menus, receipts to the outbox, SMS to the commands.

An SMS is stored before the SMS centre is told that we have it, and answered from the store: what a crash leaves
unanswered is answered after the next start. USSD is never stored: a late answer is worth nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from twisted.internet.defer import Deferred, DeferredLock

from clinic import inbox, phones, receipts
from clinic.errors import ClinicError
from clinic.inbox import Incoming
from dialogs.talk import Runs
from gateway.counters import RECEIPTS, SMS_RECEIVED
from smpp import receipts as wire_receipts
from smpp import status, ussd
from smpp.link import Link
from smpp.pdu import DeliverSm
from smpp.segments import Reassembly

log = logging.getLogger("caredial.inbound")

RECOVER_AT_ONCE = 500


class Menus(Protocol):
    """Takes USSD indications; must return quickly."""

    def received(self, link: str, indication: ussd.Indication) -> None: ...


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
        region: str,
    ) -> None:
        self._store, self._menus, self._commands = store, menus, commands
        self._now, self._region = now, region
        self._parts = Reassembly()
        self._turns: dict[str, DeferredLock] = {}

    async def delivered(self, link: Link, pdu: DeliverSm) -> int:
        """Take one deliver_sm. ESME_ROK only when it may be forgotten by the SMS centre (SMPP 3.4 section 4.6)."""
        if link.settings.ussd:
            indication = ussd.read(pdu, ussd.dialect(link.settings))
            if indication is not None:
                self._menus.received(link.name, indication)
                return status.ESME_ROK
        try:
            receipt = wire_receipts.read(pdu)
            if receipt is not None:
                return await self._receipt(link, receipt)
            return await self._sms(link, pdu)
        except ClinicError as error:
            return status.ESME_RX_T_APPN if error.retry else status.ESME_RX_P_APPN

    async def _receipt(self, link: Link, receipt: wire_receipts.Receipt) -> int:
        if receipt.message_id:
            await self._store.run(
                receipts.record,
                link=link.name,
                smsc_id=wire_receipts.normalise(receipt.message_id, link.settings.message_id_form, "receipt"),
                state=receipt.state.name.lower(),
                error=receipt.error or None,
                now=self._now(),
            )
        RECEIPTS.labels(receipt.state.name.lower()).inc()
        return status.ESME_ROK

    async def _sms(self, link: Link, pdu: DeliverSm) -> int:
        text = self._parts.add(pdu, time.monotonic())
        if text is None:
            return status.ESME_ROK
        try:
            phone = phones.canonical(pdu.source.number, self._region)
        except phones.BadPhone:
            SMS_RECEIVED.labels("no phone").inc()
            return status.ESME_ROK  # a name as sender cannot be answered; the SMS centre need not keep it
        storable = text.replace("\0", "")  # PostgreSQL refuses NUL: the SMS centre would bring it for ever
        incoming = await self._store.run(
            inbox.receive, link=link.name, bind=link.bind_id, phone=phone, text=storable, now=self._now()
        )
        SMS_RECEIVED.labels("repeated" if incoming is None else "stored").inc()
        if incoming is not None:
            self._take(incoming)
        return status.ESME_ROK

    async def recover(self) -> None:
        """Answer what a crash left unanswered."""
        for incoming in await self._store.run(inbox.unhandled, most=RECOVER_AT_ONCE):
            self._take(incoming)

    def _take(self, incoming: Incoming) -> None:
        done = Deferred.fromCoroutine(self._in_turn(incoming))
        done.addErrback(lambda failure: log.error("an SMS could not be answered: %r", failure.value))

    async def _in_turn(self, incoming: Incoming) -> None:
        """One phone's messages are answered one after the other, in their order; phones do not wait for each other."""
        turn = self._turns.setdefault(incoming.phone, DeferredLock())
        await turn.acquire()
        try:
            reply = await self._commands.answer(incoming.phone, incoming.text, incoming.id)
            await self._store.run(inbox.answer, incoming=incoming, reply=reply, now=self._now())
        finally:
            turn.release()
            if not turn.locked:
                self._turns.pop(incoming.phone, None)
