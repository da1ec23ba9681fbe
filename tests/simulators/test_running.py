"""Listening and leaving."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock

from simulators.http import HandsetPages
from simulators.running import GOODBYE, PortTaken, Running
from simulators.ussd import Ending


class Reactor(MemoryReactorClock):
    """A reactor in memory, on which some ports are taken."""

    taken: tuple[int, ...] = ()

    def listenTCP(self, port: int, *rest: Any, **named: Any) -> Any:
        if port in self.taken:
            raise CannotListenError("127.0.0.1", port, OSError(98, "Address already in use"))
        return super().listenTCP(port, *rest, **named)


@pytest.fixture
def reactor() -> Reactor:
    return Reactor()


@pytest.fixture
def network(make_network: Any, reactor: Reactor) -> Any:
    return make_network(clock=reactor)


@pytest.fixture
def running(network: Any, reactor: Reactor) -> Running:
    return Running(reactor, network.server, HandsetPages(network.smsc, reactor), host="127.0.0.1")


def test_it_listens_on_both_ports(running: Running, reactor: Reactor) -> None:
    running.start(port=2775, http_port=8081)
    assert [(port, interface) for port, _, _, interface in reactor.tcpServers] == [
        (2775, "127.0.0.1"),
        (8081, "127.0.0.1"),
    ]


@pytest.mark.parametrize(("port", "option"), [(2775, "--port"), (8081, "--http-port")])
def test_a_taken_port_is_told_with_its_option(running: Running, reactor: Reactor, port: int, option: str) -> None:
    reactor.taken = (port,)
    with pytest.raises(PortTaken) as taken:
        running.start(port=2775, http_port=8081)
    assert str(taken.value) == (
        f"cannot listen on 127.0.0.1 port {port} (Address already in use): choose another with {option}"
    )


def test_slow_sessions_end_by_the_clock(running: Running, reactor: Reactor, network: Any) -> None:
    running.start(port=2775, http_port=8081)
    network.bound()
    handset = network.smsc.dialogues.dial("15400000001", "*120#")
    network.flow()
    reactor.advance(29)
    assert handset.in_session
    reactor.advance(1)
    assert handset.ussd.ending is Ending.TIMEOUT


def test_stopping_waits_for_esmes_to_leave(running: Running, network: Any) -> None:
    running.start(port=2775, http_port=8081)
    esme = network.bound()
    left: list[Any] = []
    running.stop().addBoth(left.append)
    assert left == []
    esme.flow()
    assert left == [None]


def test_stopping_does_not_wait_for_ever(running: Running, reactor: Reactor, network: Any) -> None:
    running.start(port=2775, http_port=8081)
    network.bound()
    left: list[Any] = []
    running.stop().addBoth(left.append)
    reactor.advance(GOODBYE)
    assert left == [None]
