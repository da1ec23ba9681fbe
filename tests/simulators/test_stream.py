"""A reader that falls behind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.web.test.requesthelper import DummyRequest

from simulators.stream import HEARTBEAT, Stream


class Reader(DummyRequest):
    """A request whose octets are read here."""

    def __init__(self) -> None:
        super().__init__([b"events"])

    def registerProducer(self, producer: Stream, streaming: bool) -> None:
        assert streaming

    def read(self) -> str:
        octets, self.written = b"".join(self.written), []
        return octets.decode()


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def left() -> list[str]:
    return []


@pytest.fixture
def stream(reader: Reader, clock: Clock, left: list[str]) -> Iterator[Stream]:
    numbers = count(1)
    stream = Stream(reader, clock, lambda: {"number": next(numbers)})
    stream.start(lambda: left.append("left"))
    return stream


def test_the_state_comes_first_and_after_each_change(stream: Stream, reader: Reader) -> None:
    assert reader.read().startswith('event: phone\ndata: {"number": 1}\n\n')
    stream.changed()
    assert reader.read() == 'event: phone\ndata: {"number": 2}\n\n'


def test_who_is_slow_misses_what_is_out_of_date(stream: Stream, reader: Reader, clock: Clock) -> None:
    reader.read()
    stream.pauseProducing()
    stream.changed()
    stream.changed()
    clock.advance(HEARTBEAT)
    assert reader.read() == ""
    stream.resumeProducing()
    assert reader.read() == 'event: phone\ndata: {"number": 2}\n\n'
    stream.pauseProducing()
    stream.resumeProducing()
    assert reader.read() == ""


def test_a_quiet_stream_shows_that_it_lives(stream: Stream, reader: Reader, clock: Clock) -> None:
    reader.read()
    clock.advance(HEARTBEAT)
    assert reader.read() == ": still here\n\n"


def test_a_reader_that_leaves_is_forgotten(stream: Stream, reader: Reader, clock: Clock, left: list[str]) -> None:
    reader.processingFailed(Failure(ConnectionDone()))
    assert (left, clock.getDelayedCalls()) == (["left"], [])
