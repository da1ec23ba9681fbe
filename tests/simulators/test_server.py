"""Connections: who may bind, who is dropped, who leaves."""

from __future__ import annotations

from typing import Any

import pytest

from smpp import status
from smpp.pdu import Address, SubmitSm
from smpp.session import events


@pytest.mark.parametrize("mode", ["transceiver", "transmitter", "receiver"])
def test_a_known_account_binds(network: Any, mode: str) -> None:
    esme = network.bound(mode)
    assert esme.session.bound
    (bind,) = network.smsc.deliveries.binds
    assert (bind.account, bind.may_receive) == ("caredial", mode != "transmitter")
    response = next(event.response for event in esme.told if isinstance(event, events.Bound))
    assert response.tlvs == {"sc_interface_version": 0x34}


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ({"system_id": "stranger"}, status.ESME_RINVSYSID),
        ({"password": "wrong"}, status.ESME_RINVPASWD),
        ({"password": ""}, status.ESME_RINVPASWD),
    ],
)
def test_a_wrong_account_does_not(network: Any, who: dict[str, str], code: int) -> None:
    assert network.bound(**who).refused == [code]
    assert network.smsc.deliveries.binds == ()


def test_the_right_password_after_the_wrong_one(network: Any) -> None:
    assert network.bound(password="wrong").bind().session.bound


def test_who_does_not_bind_is_closed(network: Any) -> None:
    esme = network.esme()
    network.wait(30)
    assert esme.pipe.closed
    assert network.server.connections == set()


def test_who_is_silent_is_asked_and_then_closed(network: Any) -> None:
    alive, dead = network.bound(), network.bound()
    network.esmes.remove(dead)  # its octets are carried no more
    for _ in range(10):
        network.wait(30)
    assert (alive.pipe.closed, dead.pipe.closed) == (False, True)
    assert len(network.smsc.deliveries.binds) == 1


def test_a_dropped_bind_gives_its_unanswered_mail_to_the_next(network: Any) -> None:
    lost = network.bound(answers=None)
    network.smsc.send_sms("15400000001", "12580120", "BOOK")
    lost.flow()
    assert lost.texts == ["BOOK"]
    network.smsc.drop()
    network.wait(0)
    assert network.bound().texts == ["BOOK"]


def test_mail_that_is_not_answered_in_time_comes_again(network: Any) -> None:
    esme = network.bound(answers=None)
    network.smsc.send_sms("15400000001", "12580120", "BOOK")
    network.flow()
    network.wait(10)
    network.wait(0)
    assert esme.texts == ["BOOK", "BOOK"]


def test_the_window_is_kept(network: Any) -> None:
    esme = network.bound(answers=None)
    for number in range(15):
        network.smsc.send_sms("15400000001", "12580120", str(number))
    network.flow()
    assert len(esme.mail) == 10
    assert len(network.smsc.deliveries) == 5


def test_a_connection_is_dropped_after_so_many_requests(make_network: Any) -> None:
    network = make_network(session_close_after=3)
    esme = network.bound()
    for _ in range(2):
        esme.session.send(SubmitSm(destination=Address("15400000001")), network.now)
    esme.flow()
    assert not esme.pipe.closed
    for _ in range(3):
        esme.session.send(SubmitSm(destination=Address("15400000001")), network.now)
    esme.flow()
    assert esme.pipe.closed
    assert len(network.phone().messages) == 2
    assert len(network.bound().sms().responses) == 1


@pytest.mark.parametrize(("reset", "how"), [(False, "fin"), (True, "rst")])
def test_it_is_closed_by_fin_or_by_rst(make_network: Any, reset: bool, how: str) -> None:
    network = make_network(session_reset=reset)
    esme = network.bound()
    network.smsc.drop()
    assert esme.pipe.how == how


def test_unbind_after_so_many_requests(make_network: Any) -> None:
    network = make_network(session_unbind_after=3)
    esme = network.bound().sms(registered_delivery=0).sms(registered_delivery=0)
    assert (esme.codes, esme.over) == ([0, 0], ["UNBOUND_BY_PEER"])


def test_unbind_after_some_time(make_network: Any) -> None:
    network = make_network(session_unbind_seconds=60)
    esme = network.bound()
    network.wait(59)
    assert esme.over == []
    network.wait(1)
    assert esme.over == ["UNBOUND_BY_PEER"]


def test_nothing_is_left_to_be_done_for_who_has_gone(make_network: Any) -> None:
    network = make_network(session_unbind_seconds=60, submit_answer_delay=60)
    esme = network.bound()
    network.change(wire_glue=60, submit_reorder=5)
    esme.sms(registered_delivery=0).hang_up()
    assert network.clock.getDelayedCalls() == []


def test_octets_pile_up_while_nothing_is_read(make_network: Any) -> None:
    network = make_network(session_no_reading=True)
    unbound, esme = network.esme(), network.bound()
    network.change(submit_latency=0)
    assert (unbound.pipe.producerState, esme.pipe.producerState) == ("producing", "paused")
    network.change(session_no_reading=False)
    assert esme.pipe.producerState == "producing"


def test_unbind_is_answered_and_the_connection_closed(network: Any) -> None:
    esme = network.bound()
    esme.told += esme.session.close(network.now)
    esme.flow()
    assert (esme.over, esme.pipe.closed) == (["UNBOUND"], True)
    assert network.smsc.deliveries.binds == ()


def test_an_answer_after_the_connection_is_gone_is_dropped(make_network: Any) -> None:
    network = make_network(submit_latency=5)
    esme = network.bound().sms()
    esme.hang_up()
    network.wait(5)
    assert [sms.text for sms in network.phone().messages] == ["hello"]
    assert esme.responses == []


def test_nonsense_is_answered_and_closed(network: Any) -> None:
    esme = network.bound()
    esme.connection.dataReceived(b"GET / HTTP/1.1\r\n\r\n")
    esme.flow()
    assert esme.pipe.closed
    assert network.server.connections == set()


def test_leaving_unbinds_everybody(network: Any) -> None:
    esmes = [network.bound(), network.bound("receiver"), network.esme()]
    left: list[None] = []
    network.server.leave().addCallback(left.append)
    assert left == []
    network.flow()
    assert (left, [esme.pipe.closed for esme in esmes]) == ([None], [True, True, True])
    assert esmes[0].over == ["UNBOUND_BY_PEER"]


def test_leaving_an_empty_house_is_done_at_once(network: Any) -> None:
    left: list[None] = []
    network.server.leave().addCallback(left.append)
    assert left == [None]
