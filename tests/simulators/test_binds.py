"""Who gets in, and when."""

from __future__ import annotations

from typing import Any

import pytest

from smpp import status
from smpp.pdu import BindTransceiver
from smpp.session import events


@pytest.mark.parametrize("code", [status.ESME_RINVPASWD, status.ESME_RALYBND, status.ESME_RBINDFAIL, 0x0401])
def test_every_bind_refused_with_a_chosen_status(make_network: Any, code: int) -> None:
    network = make_network(bind_refuse=code)
    esme = network.bound()
    assert (esme.refused, network.smsc.deliveries.binds) == ([code], ())
    network.change(bind_refuse=0)
    assert esme.bind().session.bound


def test_a_late_answer(make_network: Any) -> None:
    network = make_network(bind_latency=5)
    esme = network.bound()
    network.wait(4.9)
    assert not esme.session.bound
    network.wait(0.1)
    assert esme.session.bound


def test_an_answer_that_comes_too_late_binds_nobody(make_network: Any) -> None:
    network = make_network(bind_latency=5, bind_limit=1)
    network.bound().hang_up()
    network.wait(5)
    assert network.smsc.deliveries.binds == ()
    network.change(bind_latency=0)
    assert network.bound().session.bound


def test_no_answer(make_network: Any) -> None:
    network = make_network(bind_silent=True)
    esme = network.bound()
    network.wait(9)
    assert (esme.told, esme.pipe.writes) == ([], [])


def versions(esme: Any) -> list[dict[str, Any]]:
    return [dict(event.response.tlvs) for event in esme.told if isinstance(event, events.Bound)]


def test_no_sc_interface_version(make_network: Any) -> None:
    network = make_network(bind_no_version=True)
    assert versions(network.bound()) == [{}]
    network.change(bind_no_version=False)
    assert versions(network.bound()) == [{"sc_interface_version": 0x34}]


def test_who_binds_with_an_older_version_gets_no_tlvs(network: Any) -> None:
    bind = BindTransceiver(system_id="caredial", password="caredial", interface_version=0x33)
    assert versions(network.esme().send(bind)) == [{}]


def test_a_limit_of_binds(make_network: Any) -> None:
    network = make_network(bind_limit=2)
    first, _, third = network.bound("transmitter"), network.bound("receiver"), network.bound()
    assert third.refused == [status.ESME_RALYBND]
    first.hang_up()
    assert third.bind().session.bound


def test_a_lost_session_counts_for_a_while(make_network: Any) -> None:
    network = make_network(bind_limit=1, bind_linger=20)
    network.bound().hang_up()
    again = network.bound()
    network.wait(19)
    again.bind()
    assert again.refused == [status.ESME_RALYBND] * 2
    network.wait(1)
    assert again.bind().session.bound


def test_one_that_unbound_does_not(make_network: Any) -> None:
    network = make_network(bind_limit=1, bind_linger=20)
    polite = network.bound()
    polite.told += polite.session.close(network.now)
    polite.flow()
    assert network.bound().session.bound


def test_who_tries_again_too_soon_has_to_wait_longer(make_network: Any) -> None:
    network = make_network(bind_pause=5)
    network.bound().hang_up()
    again = network.bound()
    network.wait(4.9)
    again.bind()
    assert again.refused == [status.ESME_RBINDFAIL] * 2
    network.wait(5)
    assert again.bind().session.bound
