"""Messages of phones on their way to the application."""

from __future__ import annotations

from typing import Any

import pytest

from smpp.pdu import DataSm, DeliverSm
from smpp.segments import Reassembly

LONG = "我想预约。" * 20  # two parts


def mail(*esmes: Any) -> list[Any]:
    """Every message, by whichever bind and operation it came."""
    requests = [event.pdu for esme in esmes for event in esme.told if type(event).__name__ == "Request"]
    return [pdu for pdu in requests if isinstance(pdu, (DeliverSm, DataSm))]


@pytest.mark.parametrize(
    ("method", "header"), [("udh8", bytes.fromhex("0500030102")), ("udh16", bytes.fromhex("060804000102"))]
)
def test_parts_tied_by_a_user_data_header(make_network: Any, method: str, header: bytes) -> None:
    network = make_network(phone_segments=method)
    esme = network.bound()
    network.text(LONG)
    assert [pdu.short_message[: len(header) + 1] for pdu in esme.mail] == [header + b"\1", header + b"\2"]
    assert {pdu.esm_class for pdu in esme.mail} == {0x40}


def test_parts_tied_by_sar_tlvs(make_network: Any) -> None:
    network = make_network(phone_segments="sar")
    esme = network.bound()
    network.text(LONG)
    places = [(pdu.tlvs["sar_msg_ref_num"], pdu.tlvs["sar_segment_seqnum"]) for pdu in esme.mail]
    assert (places, esme.mail[0].tlvs["sar_total_segments"]) == ([(1, 1), (1, 2)], 2)


def test_a_long_one_whole(make_network: Any) -> None:
    network = make_network(phone_segments="payload")
    esme = network.bound()
    network.text(LONG)
    (pdu,) = esme.mail
    assert (pdu.short_message, pdu.tlvs["message_payload"]) == (b"", LONG.encode("utf-16-be"))


def test_the_last_part_first(make_network: Any) -> None:
    network = make_network(phone_shuffle=True)
    esme, whole = network.bound(), Reassembly()
    network.text(LONG)
    assert [pdu.short_message[5] for pdu in esme.mail] == [2, 1]
    assert [whole.add(pdu, 0) for pdu in esme.mail] == [None, LONG]


def test_parts_stay_on_one_bind_or_are_spread(make_network: Any) -> None:
    network = make_network()
    first, second = network.bound(), network.bound()
    network.text(LONG)
    assert sorted([len(first.mail), len(second.mail)]) == [0, 2]
    network.change(phone_spread=True)
    network.text(LONG)
    assert sorted([len(first.mail), len(second.mail)]) == [1, 3]


def test_twice_at_once_or_later(make_network: Any) -> None:
    network = make_network(phone_twice=1, phone_twice_after=5)
    esme = network.bound()
    network.text("BOOK")
    assert esme.texts == ["BOOK"]
    network.wait(5)
    assert esme.texts == ["BOOK", "BOOK"]


def test_as_data_sm(make_network: Any) -> None:
    network = make_network(phone_data_sm=True)
    esme = network.bound()
    network.text("BOOK")
    (pdu,) = mail(esme)
    assert (pdu.name, pdu.tlvs["message_payload"], pdu.source.number) == ("data_sm", b"BOOK", "8615400000001")
    assert len(network.smsc.deliveries) == 0


def test_an_answer_that_was_lost_brings_it_again(network: Any) -> None:
    lost = network.bound(answers=None)
    network.text("BOOK")
    lost.hang_up()
    network.wait(0)
    assert (lost.texts, network.bound().texts) == (["BOOK"], ["BOOK"])


def test_a_burst_of_many_phones(network: Any) -> None:
    esme = network.bound()
    assert network.smsc.burst(30, "BOOK", "15400000001") == 30
    network.flow()
    assert len({pdu.source.number for pdu in esme.mail}) == 30
