"""One message on its way: over which link, segment by segment, and over which other one when that link fails it.

A segment that was answered with a throttle status or one about the bind, or never written, was surely not taken:
another link that fits may have it at once. Segments that were taken bind the rest of the message to links that cut a
text alike, because the phone joins them by their numbers.

Thousands go by in a second: no message has a coroutine or a Deferred of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Protocol

from clinic import outbox
from clinic.installation import Installation
from clinic.outbox import Outgoing, SentPart, Settled
from gateway.counters import submits
from smpp import messages, receipts, routing
from smpp import status as statuses
from smpp.kinds import MessageClass
from smpp.letterhead import Letterhead
from smpp.link import Link, NotAnswered, Submit
from smpp.segments import TextTooLong
from smpp.status import StatusClass

MOST_UNCERTAIN = 3
MOST_PREPARED = 1_000
"""Texts of no usual kind that are kept cut and encoded: all words of a broadcast with few placeholders."""
NOT_TAKEN = frozenset({StatusClass.THROTTLE, StatusClass.BIND})
"""Answers that are about the link or its bind, not about the message."""
PAUSES = tuple(dt.timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 1800, 3600))


class NoLink(Exception):
    """No link that is configured will ever carry this message."""


class Courier:
    """Submits messages over `links`; `only` names the one that carries all that name none, "" is any.

    `on_net` tells the phones that the contract counts as its own.
    """

    def __init__(
        self,
        links: Mapping[str, Link],
        installation: Installation,
        now: Callable[[], dt.datetime],
        only: str = "",
        *,
        on_net: Callable[[str], bool] = lambda phone: False,  # noqa: ARG005
    ) -> None:
        self.links, self.only, self.now, self.on_net = links, only, now, on_net
        self.source = installation.service_number
        self._letterheads: dict[str, Letterhead] = {}
        # Where no link asks for a prefix all messages of a class go alike.
        alike = not any(link.settings.prefixes for link in links.values())
        self._by_class: dict[MessageClass, list[Link]] | None = {} if alike else None

    def segments(self, link: Link, message: Outgoing, now: dt.datetime) -> list[bytes]:
        """All submits of a message. Raises TextTooLong, PduError."""
        letterhead = self._letterheads.get(link.name)
        if letterhead is None:
            letterhead = Letterhead(link.settings, source=self.source, kept=MOST_PREPARED)
            self._letterheads[link.name] = letterhead
        return letterhead.octets(message.text, message.phone, message.id, _validity(message.expires_at, now))

    def choose(self, message: Outgoing, begun: str, failed: set[str] | None, *, calm: bool) -> Link | None:
        """The link to submit over now; with `calm` none that is throttled. Raises NoLink.

        A message that was begun stays with its link, else goes over one that cuts the text alike.
        """
        usable = self._fitting(message, begun)
        if len(usable) == 1 and not (failed or calm):
            return usable[0] if usable[0].may_submit else None
        if failed:
            usable = [link for link in usable if link.name not in failed]
        if calm:
            usable = [link for link in usable if not link.throttled]
        mine = [link for link in usable if link.name == begun] if begun else []
        return (self._best(mine, message) if mine else None) or self._best(usable, message)

    def _best(self, links: list[Link], message: Outgoing) -> Link | None:
        if len(links) == 1:  # known to fit
            return links[0] if links[0].may_submit else None
        return routing.choose(links, destination=message.phone, message_class=message.message_class)

    def _fitting(self, message: Outgoing, begun: str) -> list[Link]:
        if self._by_class is not None and not (message.link or begun):
            fitting = self._by_class.get(message.message_class)
            if fitting is None:
                fitting = self._by_class[message.message_class] = self._carrying(message, begun)
            return fitting
        return self._carrying(message, begun)

    def _carrying(self, message: Outgoing, begun: str) -> list[Link]:
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


class Watcher(Protocol):
    """Who is told how journeys go."""

    def entered(self, journey: Journey, link: str) -> None:
        """It is on its way over this link."""

    def left(self, journey: Journey, link: str) -> None:
        """It is so no longer: a call to `ended` follows, or another one to `entered`."""

    def taken(self, journey: Journey, part: SentPart) -> None:
        """The SMS centre took a segment. `Settled` tells it once more."""

    def refused(self, journey: Journey) -> None:
        """It surely did not take the one that was posted last."""

    def ended(self, journey: Journey, settled: Settled) -> None: ...


class Journey:
    """A message between its claim and its outcome; the owner of its submits (`smpp.link.Poster`).

    `began` is when it was claimed, `claimed` too, by the reactor's clock. `sent` are the segments that were taken on
    this journey.
    """

    __slots__ = (
        "_calm", "_courier", "_failed", "_number", "_put_back", "_segments", "_watcher", "began", "claimed", "link",
        "message", "sent",
    )  # fmt: skip

    def __init__(
        self, message: Outgoing, courier: Courier, watcher: Watcher, began: dt.datetime, claimed: float
    ) -> None:
        self.message, self.began, self.claimed = message, began, claimed
        self.link: Link | None = None
        self.sent: list[SentPart] = []
        self._courier, self._watcher = courier, watcher
        self._segments: list[bytes] = []
        self._number = 0
        self._failed: set[str] | None = None
        self._calm = False
        self._put_back: tuple[str, dt.timedelta] = ("link down", PAUSES[0])

    @property
    def place(self) -> tuple[int, int]:
        """The number of the segment that was posted last, and how many there are."""
        return self._number, len(self._segments)

    def go(self) -> None:
        """Take the best link that has not failed it yet; without one it is put back."""
        message = self.message
        begun = message.sent_over or (self.sent[0].link if self.sent else "")
        try:
            link = self._courier.choose(message, begun, self._failed, calm=self._calm)
            if link is None:
                error, pause = self._put_back
                self._end(error, self._courier.now() + pause, counts=False)
                return
            self._segments = self._courier.segments(link, message, self.began)
        except NoLink as error:
            self._end(str(error))
            return
        except (TextTooLong, ValueError) as error:
            self._end(type(error).__name__)
            return
        self.link = link
        self._number = 0
        self._watcher.entered(self, link.name)
        self._next(link)

    def _next(self, link: Link) -> None:
        """Post the next segment that is missing; without one all are taken."""
        segments = self._segments
        while self._number < len(segments):
            self._number += 1
            if not self._was_taken(self._number):
                link.post(Submit(segments[self._number - 1], self.message.message_class, self))
                return
        self._leave(link)
        self._end(None)

    def _was_taken(self, number: int) -> bool:
        """On this journey or an earlier one: mostly none was."""
        return bool(self.message.sent or self.sent) and (
            number in self.message.sent or any(part.number == number for part in self.sent)
        )

    def answered(self, submit: Submit) -> None:
        link, kind = self.link, submit.kind
        if link is None or kind is None:
            raise RuntimeError("an answer to nothing")
        if submit.status == statuses.ESME_ROK:
            smsc_id = receipts.normalise(submit.message_id, link.settings.message_id_form, "response")
            part = SentPart(self._number, link.name, smsc_id)
            self.sent.append(part)
            self._watcher.taken(self, part)
            self._next(link)
            return
        submits(link.name, kind.value)
        self._watcher.refused(self)
        error = statuses.name(submit.status or 0)
        self._leave(link)
        if kind in NOT_TAKEN:
            self._calm = self._calm or kind is StatusClass.THROTTLE
            self._put_back = error, _pause(self.message)
            self._over_another(link)
        else:
            most = {StatusClass.PERMANENT: 0, StatusClass.UNCERTAIN: MOST_UNCERTAIN}.get(kind, outbox.MOST_TRIES)
            self._end(error, self._later(most))

    def unanswered(self, submit: Submit, error: Exception) -> None:  # noqa: ARG002  # as every poster takes them
        link = self.link
        if link is None:
            raise RuntimeError("an answer to nothing")
        lost = isinstance(error, NotAnswered)
        submits(link.name, "not answered" if lost else "link down")
        self._leave(link)
        if lost:
            self._end("not answered", self._later(outbox.MOST_UNANSWERED[self.message.message_class]), unknown=True)
        else:
            self._over_another(link)

    def _over_another(self, link: Link) -> None:
        self._failed = {link.name} | (self._failed or set())
        self.go()

    def _leave(self, link: Link) -> None:
        self._watcher.left(self, link.name)

    def _later(self, most: int) -> dt.datetime | None:
        message = self.message
        return None if message.attempts + 1 >= most else self._courier.now() + _pause(message)

    def _end(
        self, error: str | None, retry_at: dt.datetime | None = None, *, counts: bool = True, unknown: bool = False
    ) -> None:
        message = self.message
        on_net = message.on_net if message.on_net is not None else self._courier.on_net(message.phone)
        segments = len(self._segments) or None
        settled = Settled(message, self.sent, error, retry_at, counts, unknown, segments, self.began, on_net)
        self._watcher.ended(self, settled)


@lru_cache(256)
def _validity(expires_at: dt.datetime, now: dt.datetime) -> str:
    """The same for all of a broadcast that were claimed together."""
    return relative(expires_at - now)


def _pause(message: Outgoing) -> dt.timedelta:
    return PAUSES[min(message.attempts, len(PAUSES) - 1)]


def relative(time: dt.timedelta) -> str:
    """A relative SMPP time (3.4 section 7.1.1): `000001000000000R` is one day; months and years are not used."""
    time = max(time, dt.timedelta(minutes=1))
    hours, seconds = divmod(time.seconds, 3600)
    return f"0000{time.days:02}{hours:02}{seconds // 60:02}{seconds % 60:02}000R"
