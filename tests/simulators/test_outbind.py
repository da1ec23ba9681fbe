"""outbind: the SMS centre connects and asks to be bound to."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.testing import MemoryReactorClock

from simulators.outbind import AGAIN, Outbinds
from smpp.pdu import Outbind, PduError


def reach(network: Any, reactor: MemoryReactorClock, **how: Any) -> tuple[Any, ...]:
    Outbinds(reactor, network.server).say("esme.test", 9000, "smsc", "secret", **how)
    return reactor.tcpClients[-1]


def test_the_esme_is_told_and_binds(network: Any) -> None:
    host, port, factory, *_ = reach(network, MemoryReactorClock())
    assert (host, port) == ("esme.test", 9000)
    esme = network.esme(connection=factory.buildProtocol(None)).flow()
    outbind = esme.told[0].pdu
    assert isinstance(outbind, Outbind)
    assert (outbind.system_id, outbind.password) == ("smsc", "secret")
    assert esme.bind().session.bound
    assert esme.sms().codes == [0]


def test_who_is_wanted_always_is_asked_again(make_network: Any) -> None:
    network = make_network()
    _, _, factory, *_ = reach(network, MemoryReactorClock(), again=AGAIN)
    connector = Connector()
    factory.clientConnectionFailed(connector, Failed())
    network.wait(AGAIN)
    factory.clientConnectionLost(connector, Failed())
    network.wait(AGAIN)
    assert connector.tries == 2


def test_once_is_once(network: Any) -> None:
    _, _, factory, *_ = reach(network, MemoryReactorClock())
    connector = Connector()
    factory.clientConnectionFailed(connector, Failed())
    network.wait(AGAIN)
    assert connector.tries == 0


def test_a_password_that_no_outbind_can_carry(network: Any) -> None:
    with pytest.raises(PduError):
        Outbinds(MemoryReactorClock(), network.server).say("esme.test", 9000, "smsc", "longer than 8")


class Connector:
    def __init__(self) -> None:
        self.tries = 0

    def connect(self) -> None:
        self.tries += 1


class Failed:
    def getErrorMessage(self) -> str:
        return str(ConnectionRefusedError())
