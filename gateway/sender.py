"""The sender: claims messages from the outbox, submits their segments, settles what became of them.

Journal first: a claim is committed before a segment is written. After a crash a claimed message's outcome is
unknown; it is sent once more, because a T-code that comes twice is better than one that never comes. Segments that
the SMS centre took are never sent again.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec.structs import replace
from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from clinic import outbox
from clinic.installation import Installation
from clinic.outbox import Outgoing, SentPart
from dialogs.talk import Runs
from gateway.counters import SMS_SENT
from smpp import messages, receipts
from smpp import status as statuses
from smpp.link import Link, LinkDown, NotAnswered
from smpp.pdu import SubmitSm
from smpp.segments import TextTooLong
from smpp.status import StatusClass

log = logging.getLogger("caredial.sender")

MOST_UNCERTAIN = 3
PAUSES = tuple(dt.timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 1800, 3600))


class Route(Protocol):
    """Chooses the link to send over; None when none is up."""

    def __call__(self) -> Link | None: ...


class Refused(Exception):
    """The SMS centre said no to a segment."""

    def __init__(self, status: int, kind: StatusClass) -> None:
        super().__init__(statuses.name(status))
        self.kind = kind


class Sender(Service):
    """Works through the outbox while it runs; `wake` makes it look at once."""

    def __init__(
        self,
        store: Runs,
        route: Route,
        installation: Installation,
        clock: IReactorTime,
        now: Callable[[], dt.datetime],
        *,
        node: str,
        batch: int = 50,
        poll_seconds: float = 2.0,
    ) -> None:
        self._store, self._route, self._installation = store, route, installation
        self._clock, self._now, self._node = clock, now, node
        self._batch, self._poll_seconds = batch, poll_seconds
        self._next: IDelayedCall | None = None
        self._round: Deferred[None] | None = None
        self._again = False

    def startService(self) -> None:
        super().startService()
        self._begin(self._recover())

    def stopService(self) -> Deferred[None] | None:
        """Claims nothing more; what is under way is settled first."""
        super().stopService()
        if self._next is not None and self._next.active():
            self._next.cancel()
        return self._round

    def wake(self) -> None:
        """Look at the outbox at once (to be called in the reactor's thread)."""
        if self._round is not None:
            self._again = True
        elif self.running:
            self._begin(self._work())

    def _begin(self, work: object) -> None:
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._round = Deferred.fromCoroutine(work)  # type: ignore[arg-type]
        self._round.addErrback(lambda failure: log.error("the outbox could not be worked on: %s", failure.value))
        self._round.addCallback(self._rest)

    def _rest(self, _: object) -> None:
        self._round = None
        again, self._again = self._again, False
        if self.running:
            self._next = self._clock.callLater(0 if again else self._poll_seconds, self.wake)

    async def _recover(self) -> None:
        found = await self._store.run(outbox.recover, sender=self._node, now=self._now())
        if found:
            log.warning("%d messages of a sender that died are sent once more", found)
        await self._work()

    async def _work(self) -> None:
        while self.running and self._route() is not None:
            batch = await self._store.run(outbox.claim, sender=self._node, most=self._batch, now=self._now())
            await DeferredList([self._delivery(message) for message in batch])
            if len(batch) < self._batch:
                break

    def _delivery(self, message: Outgoing) -> Deferred[None]:
        """One that could not be settled stays claimed: after the lease it is taken up again (outbox.recover)."""
        done = Deferred.fromCoroutine(self._deliver(message))
        return done.addErrback(lambda failure: log.error("message %d was not settled: %r", message.id, failure.value))

    async def _deliver(self, message: Outgoing) -> None:
        """Submit one message and settle it; whatever goes wrong is written down, never lost."""
        sent: list[SentPart] = []
        error, retry_at, counts = await self._submit_all(message, sent)
        SMS_SENT.labels("sent" if error is None else "put back" if retry_at else "failed").inc()
        await self._store.run(
            outbox.settle, message=message.id, parts=sent, retry_at=retry_at, error=error, counts=counts
        )

    async def _submit_all(self, message: Outgoing, sent: list[SentPart]) -> tuple[str | None, dt.datetime | None, bool]:
        """The error (None: all taken), when to try again, and whether the try counts."""
        link = self._route()
        if link is None:
            return "link down", self._now() + PAUSES[0], False
        try:
            for number, pdu in self._segments(link, message):
                sent.append(await self._submit(link, number, pdu))
        except LinkDown:
            return "link down", self._now() + PAUSES[0], False
        except NotAnswered:
            # Nobody knows whether it was taken: once more is right for what we send, twice more is not.
            return "not answered", self._later(message, most=2), True
        except Refused as refusal:
            return str(refusal), self._after(refusal.kind, message), refusal.kind is not StatusClass.THROTTLE
        except (TextTooLong, ValueError) as error:
            return type(error).__name__, None, True
        return None, None, True

    def _segments(self, link: Link, message: Outgoing) -> Sequence[tuple[int, SubmitSm]]:
        pdus = messages.compose(
            link.settings,
            source=self._installation.service_number,
            destination=message.phone,
            text=message.text,
            reference=message.id,
        )
        validity = relative(message.expires_at - self._now())
        pdus = [replace(pdu, validity_period=validity) for pdu in pdus]
        return [(number, pdu) for number, pdu in enumerate(pdus, start=1) if number not in message.sent]

    async def _submit(self, link: Link, number: int, pdu: SubmitSm) -> SentPart:
        answer = await link.submit(pdu)
        if answer.status != statuses.ESME_ROK:
            raise Refused(answer.status, statuses.classify(answer.status, link.settings.vendor_classes))
        smsc_id = receipts.normalise(answer.message_id, link.settings.message_id_form, "response")
        return SentPart(number, link.name, smsc_id)

    def _after(self, kind: StatusClass, message: Outgoing) -> dt.datetime | None:
        most = {StatusClass.PERMANENT: 0, StatusClass.UNCERTAIN: MOST_UNCERTAIN}.get(kind, outbox.MOST_TRIES)
        return self._later(message, most=most)

    def _later(self, message: Outgoing, *, most: int) -> dt.datetime | None:
        if message.attempts + 1 >= most:
            return None
        return self._now() + PAUSES[min(message.attempts, len(PAUSES) - 1)]


def relative(time: dt.timedelta) -> str:
    """A relative SMPP time (3.4 section 7.1.1): `000001000000000R` is one day; months and years are not used."""
    time = max(time, dt.timedelta(minutes=1))
    hours, seconds = divmod(time.seconds, 3600)
    return f"0000{time.days:02}{hours:02}{seconds // 60:02}{seconds % 60:02}000R"
