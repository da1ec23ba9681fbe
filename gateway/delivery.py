"""One message on its way: over which link, segment by segment, and over which other one when that link fails it.

A segment that was answered with a throttle status or one about the bind, or never written, was surely not taken:
another link that fits may have it at once. Segments that were taken bind the rest of the message to links that cut a
text alike, because the phone joins them by their numbers.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from clinic import outbox
from clinic.installation import Installation
from clinic.outbox import Outgoing, SentPart
from gateway.counters import counted
from smpp import messages, receipts, routing
from smpp import status as statuses
from smpp.link import Link, LinkDown, NotAnswered
from smpp.pdu import SubmitSm
from smpp.segments import TextTooLong
from smpp.status import StatusClass

MOST_UNCERTAIN = 3
NOT_TAKEN = frozenset({StatusClass.THROTTLE, StatusClass.BIND})
"""Answers that are about the link or its bind, not about the message."""
PAUSES = tuple(dt.timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 1800, 3600))


class Refused(Exception):
    """The SMS centre said no to a segment."""

    def __init__(self, status: int, kind: StatusClass) -> None:
        super().__init__(statuses.name(status))
        self.kind = kind


class NoLink(Exception):
    """No link that is configured will ever carry this message."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` None: all segments were taken; else when to try again (None: never), and whether the try counts."""

    error: str | None = None
    retry_at: dt.datetime | None = None
    counts: bool = True


class Courier:
    """Submits messages over `links`; `only` names the one that carries all that name none, "" is any.

    `load` counts the messages that are under way over each link.
    """

    def __init__(
        self, links: Mapping[str, Link], installation: Installation, now: Callable[[], dt.datetime], only: str = ""
    ) -> None:
        self.links, self.only = links, only
        self.load: Counter[str] = Counter()
        self._installation, self._now = installation, now

    async def send(self, message: Outgoing, sent: list[SentPart]) -> Outcome:
        """Submit what is missing of a message; `sent` gets the segments that were taken. Raises nothing."""
        try:
            return await self._over_any(message, sent)
        except NotAnswered:
            return Outcome("not answered", self._later(message, most=outbox.MOST_UNANSWERED[message.message_class]))
        except Refused as refusal:
            return Outcome(str(refusal), self._after(refusal.kind, message))
        except NoLink as error:
            return Outcome(str(error))
        except (TextTooLong, ValueError) as error:
            return Outcome(type(error).__name__)

    async def _over_any(self, message: Outgoing, sent: list[SentPart]) -> Outcome:
        """One link after the other, until one takes it all or none is left."""
        put_back, calm = Outcome("link down", self._now() + PAUSES[0], counts=False), False
        failed: set[str] = set()
        while (link := self._choose(message, sent, failed, calm=calm)) is not None:
            try:
                await self._over(link, message, sent)
            except LinkDown:
                pass
            except Refused as refusal:
                if refusal.kind not in NOT_TAKEN:
                    raise
                calm = calm or refusal.kind is StatusClass.THROTTLE
                put_back = Outcome(str(refusal), self._now() + _pause(message), counts=False)
            else:
                return Outcome()
            failed.add(link.name)
        return put_back

    def _choose(self, message: Outgoing, sent: list[SentPart], failed: set[str], *, calm: bool) -> Link | None:
        """The link to submit over now; with `calm` none that is throttled. Raises NoLink.

        A message that was begun stays with its link, else goes over one that cuts the text alike.
        """
        begun = message.sent_over or (sent[0].link if sent else "")
        usable = [link for link in self._fitting(message, begun) if link.name not in failed]
        if calm:
            usable = [link for link in usable if not link.throttled]
        mine = [link for link in usable if link.name == begun]
        return self._best(mine, message) or self._best(usable, message)

    def _best(self, links: list[Link], message: Outgoing) -> Link | None:
        return routing.choose(links, destination=message.phone, message_class=message.message_class)

    def _fitting(self, message: Outgoing, begun: str) -> Iterable[Link]:
        only = message.link or self.only
        if only and only not in self.links:
            raise NoLink(f"no link {only} is configured")
        if begun and begun not in self.links:
            raise NoLink(f"begun over link {begun}, which is no longer configured")
        fitting = [
            link
            for name, link in self.links.items()
            if only in {"", name} and routing.carries(link.settings, message.phone, message.message_class)
        ]
        if not fitting:
            raise NoLink(f"no link carries class {message.message_class} to this number")
        if not begun:
            return fitting
        shape = messages.shape(self.links[begun].settings)
        return [link for link in fitting if messages.shape(link.settings) == shape]

    async def _over(self, link: Link, message: Outgoing, sent: list[SentPart]) -> None:
        self.load[link.name] += 1
        try:
            for number, pdu in self._segments(link, message):
                if number not in message.sent and all(part.number != number for part in sent):
                    sent.append(await _submit(link, number, pdu))
        finally:
            self.load[link.name] -= 1

    def _segments(self, link: Link, message: Outgoing) -> Iterable[tuple[int, SubmitSm]]:
        pdus = messages.compose(
            link.settings,
            source=self._installation.service_number,
            destination=message.phone,
            text=message.text,
            reference=message.id,
        )
        validity = relative(message.expires_at - self._now())
        return enumerate((replace(pdu, validity_period=validity) for pdu in pdus), start=1)

    def _after(self, kind: StatusClass, message: Outgoing) -> dt.datetime | None:
        most = {StatusClass.PERMANENT: 0, StatusClass.UNCERTAIN: MOST_UNCERTAIN}.get(kind, outbox.MOST_TRIES)
        return self._later(message, most=most)

    def _later(self, message: Outgoing, *, most: int) -> dt.datetime | None:
        return None if message.attempts + 1 >= most else self._now() + _pause(message)


async def _submit(link: Link, number: int, pdu: SubmitSm) -> SentPart:
    answer = await counted(link, link.submit(pdu))
    if answer.status != statuses.ESME_ROK:
        raise Refused(answer.status, statuses.classify(answer.status, link.settings.vendor_classes))
    smsc_id = receipts.normalise(answer.message_id, link.settings.message_id_form, "response")
    return SentPart(number, link.name, smsc_id)


def _pause(message: Outgoing) -> dt.timedelta:
    return PAUSES[min(message.attempts, len(PAUSES) - 1)]


def relative(time: dt.timedelta) -> str:
    """A relative SMPP time (3.4 section 7.1.1): `000001000000000R` is one day; months and years are not used."""
    time = max(time, dt.timedelta(minutes=1))
    hours, seconds = divmod(time.seconds, 3600)
    return f"0000{time.days:02}{hours:02}{seconds // 60:02}{seconds % 60:02}000R"
