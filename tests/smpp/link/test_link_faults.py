"""Whatever an SMSC does, each submit comes to exactly one end, and the end that it comes to is true."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from smpp import status
from smpp.codec import decode, encode
from smpp.link import Link, LinkDown, NotAnswered
from smpp.pdu import Bind, DeliverSm, SubmitSm, SubmitSmResp, Unbind, answer_to
from smpp.session.framing import Framer
from smpp.settings import LinkSettings

TIMEOUT = 10
UNKNOWN = b"\0\0\0\x10\0\0\x0b\xad\0\0\0\0\0\0\0\x05"
DEEDS = ("submit", "submit", "submit", "answer", "answer", "connect", "wait", "lose", "unbind", "talk_nonsense")
ANSWERS = (status.ESME_ROK, status.ESME_RTHROTTLED, status.ESME_RSYSERR)


class World:
    """A link with two binds, and an SMSC that does what it is told; it keeps book of what it has seen and said."""

    def __init__(self, smsc: Any, cable_clock: Clock) -> None:
        self.clock, self.smsc = cable_clock, smsc
        self.cables: list[Any] = []
        self.open: list[tuple[Any, SubmitSm, float]] = []  # where, what, when
        self.written: Counter[bytes] = Counter()
        self.throttled: Counter[bytes] = Counter()
        self.outcomes: dict[bytes, list[Any]] = {}
        self.urgent: set[bytes] = set()
        chosen = LinkSettings(window=2, binds=2, enquire_link=0, reconnect_max=2, response_timeout=TIMEOUT)
        self.link = Link("main", chosen, self, self.clock, target=smsc, jitter=lambda: 1.0)
        self.link.startService()
        self.listen()

    async def delivered(self, link: Link, pdu: DeliverSm, bind: str) -> int:
        return status.ESME_ROK

    # What may happen

    def submit(self, number: int) -> None:
        text, urgent = str(len(self.outcomes)).encode(), number % 2 == 0
        ends: list[Any] = []
        self.outcomes[text] = ends
        if urgent:
            self.urgent.add(text)
        bind = self.link.status().binds[number % 3 % 2].id if number % 3 else ""
        asked = Deferred.fromCoroutine(self.link.submit(SubmitSm(short_message=text), urgent=urgent, bind=bind))
        asked.addCallbacks(ends.append, lambda failure: ends.append(failure.type))

    def answer(self, number: int) -> None:
        if self.open:
            cable, pdu, written = self.open.pop(number % len(self.open))
            command_status = ANSWERS[number % len(ANSWERS)]
            heard = self.say(cable, encode(SubmitSmResp(sequence=pdu.sequence, status=command_status)))
            in_time = self.clock.seconds() < written + TIMEOUT
            self.throttled[pdu.short_message] += heard and in_time and command_status == status.ESME_RTHROTTLED

    def connect(self, _number: int) -> None:
        factory_and_attempt = self.smsc._attempt
        if not factory_and_attempt[1].called:
            self.smsc.accept_connection()
            self.cables.append(self.smsc.cable)

    def lose(self, number: int) -> None:
        if self.cables:
            cable = self.cables.pop(number % len(self.cables))
            self.open = [asked for asked in self.open if asked[0] is not cable]
            cable.drop()

    def unbind(self, number: int) -> None:
        if self.cables:
            self.say(self.cables[number % len(self.cables)], encode(Unbind(sequence=9)))

    def talk_nonsense(self, number: int) -> None:
        if self.cables:
            nonsense = (UNKNOWN, b"HTTP/1.1 400 Bad Request", encode(SubmitSmResp(sequence=999)))[number % 3]
            self.say(self.cables[number % len(self.cables)], nonsense)

    def wait(self, number: int) -> None:
        self.clock.advance(number % 13)

    # How the SMSC does it

    def say(self, cable: Any, octets: bytes) -> bool:
        """Say it if the link still listens there; tell whether it does."""
        listens = not cable.lost and not cable.disconnecting
        if listens:
            cable.protocol.dataReceived(octets)
        return listens

    def listen(self) -> None:
        """Hear what has been written; binds and unbinds are answered at once."""
        for cable in self.cables:
            for pdu in self.heard(cable):
                if isinstance(pdu, SubmitSm):
                    self.written[pdu.short_message] += 1
                    self.open.append((cable, pdu, self.clock.seconds()))
                elif isinstance(pdu, Bind | Unbind):
                    self.say(cable, encode(answer_to(pdu)))  # type: ignore[arg-type]

    def heard(self, cable: Any) -> Iterator[Any]:
        data = cable.value()
        cable.clear()
        return map(decode, Framer().feed(data))

    def end(self) -> None:
        stopped = self.link.stopService()
        for _ in range(4):
            self.listen()
            self.clock.advance(10)
        assert stopped.called
        assert self.clock.getDelayedCalls() == []


actions = st.tuples(st.sampled_from(DEEDS), st.integers(0, 1000))


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    logger = logging.getLogger("caredial.smpp")
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(logging.NOTSET)


@settings(max_examples=150)
@given(done=st.lists(actions, max_size=40))
def test_every_submit_comes_to_one_true_end(smsc_of: Any, done: list[tuple[str, int]]) -> None:
    clock = Clock()
    world = World(smsc_of(clock), clock)
    for action, number in [("connect", 0), ("connect", 0), *done]:
        getattr(world, action)(number)
        world.listen()
        world.listen()
    world.end()

    for text, ends in world.outcomes.items():
        (end,) = ends
        written, throttled = world.written[text], world.throttled[text]
        if end is LinkDown:
            assert written == throttled  # the SMSC surely has not got it
        elif end is NotAnswered:
            assert written == throttled + 1
        else:
            assert isinstance(end, SubmitSmResp)
            assert written == throttled + (end.status != status.ESME_RTHROTTLED)
        assert written <= 1 or text in world.urgent  # only what was surely not taken, and in a hurry, goes twice
