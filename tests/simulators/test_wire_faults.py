"""What a session wrote leaves otherwise than it was meant."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from smpp import status
from smpp.pdu import Address, EnquireLink, GenericNack, SubmitSm
from smpp.session import events


def pdus(octets: bytes) -> list[tuple[int, int, int]]:
    """command_length, command_id and command_status of each PDU."""
    found = []
    while octets:
        length, command_id, code, _ = struct.unpack_from(">LLLL", octets)
        found.append((length, command_id, code))
        octets = octets[length:]
    return found


def after_bind(esme: Any) -> Any:
    esme.pipe.writes.clear()
    return esme


def ask(esme: Any) -> None:
    """The ESME's own enquire_link, sent as its timer would."""
    esme.connection.dataReceived(struct.pack(">LLLL", 16, 0x15, 0, 77))


def test_enquire_link_is_answered_or_not(make_network: Any) -> None:
    network = make_network(session_no_enquire_link=True)
    esme = after_bind(network.bound())
    ask(esme)
    assert esme.pipe.writes == []
    assert esme.sms().codes == [0]  # all else goes on
    network.change(session_no_enquire_link=False)
    after_bind(esme)
    ask(esme)
    assert pdus(b"".join(esme.pipe.writes)) == [(16, 0x80000015, 0)]


def test_a_half_open_connection(make_network: Any) -> None:
    network = make_network()
    esme = after_bind(network.bound())
    network.change(session_half_open=True)
    esme.sms()
    ask(esme)
    network.wait(600)
    assert (esme.pipe.writes, esme.pipe.closed, len(network.phone().messages)) == ([], False, 0)
    network.change(session_half_open=False)
    assert esme.pipe.closed  # whoever comes back does not know the connection


def test_junk_stands_before_each_so_manieth_pdu(make_network: Any) -> None:
    network = make_network(wire_junk="unknown-command", wire_junk_every=2)
    esme = after_bind(network.bound())
    for _ in range(4):
        esme.send(SubmitSm(destination=Address("15400000001")))
    sent = [command_id for _, command_id, _ in pdus(b"".join(esme.pipe.writes))]
    assert sent == [0x80000004, 0x00000999, 0x80000004, 0x80000004, 0x00000999, 0x80000004]
    nacks = [pdu for pdu in esme.told if isinstance(pdu, events.Malformed)]
    assert [nack.error.status for nack in nacks] == [status.ESME_RINVCMDID] * 2
    assert not esme.pipe.closed


def test_octets_too_many_at_the_end_of_an_answer(make_network: Any) -> None:
    esme = after_bind(make_network(wire_trailing=3).bound()).sms(registered_delivery=0)
    assert esme.pipe.writes == [struct.pack(">LLLL", 21, 0x80000004, 0, 2) + b"1\0" + b"\0\0\0"]


def test_a_body_where_none_belongs(make_network: Any) -> None:
    network = make_network(submit_refuse=1, submit_error_body=True)
    esme = after_bind(network.bound()).sms()
    assert esme.pipe.writes == [struct.pack(">LLLL", 17, 0x80000004, status.ESME_RSYSERR, 2) + b"\0"]
    network.change(submit_error_body=False)
    after_bind(esme).sms()
    assert esme.pipe.writes == [struct.pack(">LLLL", 16, 0x80000004, status.ESME_RSYSERR, 3)]


def test_no_body_where_one_belongs(make_network: Any) -> None:
    esme = after_bind(make_network(submit_no_body=True).bound()).sms(registered_delivery=0)
    assert esme.pipe.writes == [struct.pack(">LLLL", 16, 0x80000004, 0, 2)]
    assert (esme.codes, esme.responses[0].message_id) == ([0], "")


@pytest.mark.parametrize("size", [1, 7])
def test_few_octets_at_a_time(make_network: Any, size: int) -> None:
    network = make_network(wire_pieces=size)
    esme = network.esme().bind()
    network.wait(0)
    network.wait(0)
    assert esme.session.bound
    after_bind(esme).sms(registered_delivery=0)
    network.wait(0)
    assert {len(octets) for octets in esme.pipe.writes[:-1]} == {size}
    assert b"".join(esme.pipe.writes) == struct.pack(">LLLL", 18, 0x80000004, 0, 2) + b"1\0"
    assert esme.codes == [0]


def test_several_pdus_in_one_write(make_network: Any) -> None:
    network = make_network()
    esme = after_bind(network.bound())
    network.change(wire_glue=2)
    esme.sms().sms()
    assert esme.pipe.writes == []
    network.wait(2)
    (octets,) = esme.pipe.writes
    assert [command_id for _, command_id, _ in pdus(octets)] == [0x80000004, 5, 0x80000004, 5]
    assert esme.codes == [0, 0]


def test_what_is_kept_leaves_before_the_end(make_network: Any) -> None:
    network = make_network()
    esme = after_bind(network.bound())
    network.change(wire_glue=60)
    esme.told += esme.session.close(network.now)
    esme.flow()
    assert pdus(b"".join(esme.pipe.writes)) == [(16, 0x80000006, 0)]
    assert esme.over == ["UNBOUND"]


def test_a_bind_is_never_disturbed_by_junk(make_network: Any) -> None:
    assert make_network(wire_junk="short-length", wire_junk_every=1).bound().session.bound


def test_enquire_link_of_the_network_comes_all_the_same(network: Any) -> None:
    esme = after_bind(network.bound())
    network.wait(61)
    assert pdus(b"".join(esme.pipe.writes)) == [(16, EnquireLink.command_id, 0)]
    assert GenericNack.command_id not in esme.codes
