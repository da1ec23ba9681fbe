"""Traces for people who watch: each reader gets its PDUs as lines of JSON, and never holds up a link.

A reader that is slow gets a bounded queue; what does not fit is left out, and the reader told how much.
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.web.server import Request
from zope.interface import implementer

from smpp import tlv
from smpp.codec import decode
from smpp.link import Link
from smpp.pdu import Address, GenericNack, Pdu, PduError
from smpp.trace import Traced, describe, line

MOST_WAITING = 1_000
"""Lines kept for a reader that is slow."""
MOST_REQUESTS = 1_000
"""Requests of the wanted phone whose answers are waited for."""


class Filter:
    """Which PDUs concern a phone: those that carry its number, and the answers to them. "" is all."""

    def __init__(self, phone: str) -> None:
        self._digits = "".join(character for character in phone if character.isdigit())
        self._asked: OrderedDict[tuple[str, bool, int], None] = OrderedDict()

    def wants(self, traced: Traced) -> bool:
        if not self._digits:
            return True
        try:
            pdu = decode(traced.octets)
        except PduError:
            return False
        if pdu.name.endswith("_resp") or isinstance(pdu, GenericNack):
            return self._asked.pop((traced.bind, not traced.sent, pdu.sequence), self) is None
        if not any(number.endswith(self._digits) for number in _numbers(pdu)):
            return False
        self._asked[(traced.bind, traced.sent, pdu.sequence)] = None
        if len(self._asked) > MOST_REQUESTS:
            self._asked.popitem(last=False)
        return True


def _numbers(pdu: Pdu) -> Iterable[str]:
    for field in pdu.__struct_fields__:
        value = getattr(pdu, field)
        for each in value if isinstance(value, tuple | list) else (value,):
            address = each if isinstance(each, Address) else getattr(each, "address", None)
            if isinstance(address, Address):
                yield address.number


@implementer(IPushProducer)
class Reader:
    """One who reads a trace. `write` takes a line at once; `ended` is called when nobody reads any more."""

    def __init__(self, request: Request, ended: Callable[[], None]) -> None:
        self._request = request
        self._waiting: deque[bytes] = deque()
        self._paused, self._dropped, self._over = False, 0, False
        self._ended = ended
        self.done: Deferred[None] = Deferred()
        request.notifyFinish().addBoth(lambda _: self.stopProducing())
        request.registerProducer(self, True)

    def write(self, document: dict[str, Any]) -> None:
        octets = json.dumps(document, ensure_ascii=False).encode() + b"\n"
        if not self._paused:
            self._request.write(octets)
        elif len(self._waiting) < MOST_WAITING:
            self._waiting.append(octets)
        else:
            self._dropped += 1

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        while self._waiting and not self._paused:
            self._request.write(self._waiting.popleft())
        if self._dropped and not self._paused:
            dropped, self._dropped = self._dropped, 0
            self.write({"dropped": dropped})

    def stopProducing(self) -> None:
        """Nobody reads any more, or the daemon stops."""
        if not self._over:
            self._over = True
            self._waiting.clear()
            self._ended()
            if self._request.channel is not None:  # the connection may be gone already, and took it along
                self._request.unregisterProducer()
            self.done.callback(None)


def follow(reader: Reader, link: Link, wanted: Filter, *, texts: bool) -> Callable[[], None]:
    """Write every PDU of this link that is wanted; the result ends it."""
    dictionary = tlv.dictionary(link.settings.vendor_tlvs)

    def seen(traced: Traced) -> None:
        if wanted.wants(traced):
            described = describe(traced.octets, texts=texts, dictionary=dictionary)
            reader.write(
                {
                    "at": traced.at,
                    "link": traced.link,
                    "bind": traced.bind,
                    "sent": traced.sent,
                    "pdu": described,
                    "line": line(described),
                }
            )

    return link.watch(seen)
