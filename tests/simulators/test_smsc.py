"""The SMS centre as an ESME and a subscriber meet it."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.phones import BadNumber
from simulators.smsc import QueueFull, Service
from smpp import receipts, status, text
from smpp.pdu import Address, DataSm, QuerySm
from smpp.receipts import MessageState
from smpp.segments import Reassembly


def codes(esme: Any) -> list[int]:
    return [response.status for response in esme.responses]


def test_a_submit_reaches_the_handset_and_its_receipt_the_esme(network: Any) -> None:
    esme = network.bound().sms("Your visit is booked")
    (response,) = esme.responses
    assert (response.status, response.message_id) == (0, "1")
    assert [(sms.peer, sms.text) for sms in network.phone().messages] == [("12580120", "Your visit is booked")]
    receipt = receipts.read(esme.mail[0])
    assert (receipt.message_id, receipt.state, receipt.final) == ("1", MessageState.DELIVERED, True)


def test_no_receipt_where_none_is_asked_for(network: Any) -> None:
    assert network.bound().sms(registered_delivery=0).mail == []


def test_the_receipt_goes_to_a_bind_that_may_receive(network: Any) -> None:
    transmitter, receiver = network.bound("transmitter"), network.bound("receiver")
    transmitter.sms()
    network.flow()
    assert (len(transmitter.mail), len(receiver.mail)) == (0, 1)


def test_a_receipt_waits_for_such_a_bind(network: Any) -> None:
    network.bound("transmitter").sms()
    stranger = network.bound(system_id="caredial", mode="transmitter")
    assert stranger.mail == []
    assert len(network.bound("receiver").mail) == 1


def test_accounts_see_only_their_own_receipts(make_network: Any) -> None:
    network = make_network(Service(accounts={"caredial": "caredial", "other": "secret"}))
    other = network.bound(system_id="other", password="secret")
    caredial = network.bound()
    caredial.sms()
    network.flow()
    assert (len(other.mail), len(caredial.mail)) == (0, 1)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": ""}, status.ESME_RINVDSTADR),
        ({"to": "none"}, status.ESME_RINVDSTADR),
        ({"text": "x" * 160}, 0),
        ({"text": "x" * 161}, status.ESME_RINVMSGLEN),
        ({"text": "", "data_coding": 8, "short_message": b"\x62\x11" * 70}, 0),
        ({"text": "", "data_coding": 8, "short_message": b"\x62\x11" * 71}, status.ESME_RINVMSGLEN),
        ({"esm_class": 0x40, "short_message": b"\5\0\3\1\2\1" + b"x" * 153}, 0),
        ({"esm_class": 0x40, "short_message": b"\5\0\3\1\2\1" + b"x" * 154}, status.ESME_RINVMSGLEN),
        (
            {"esm_class": 0x40, "data_coding": 8, "short_message": b"\5\0\3\1\2\1" + b"\x62\x11" * 68},
            status.ESME_RINVMSGLEN,
        ),
    ],
)
def test_what_no_sms_can_be_is_refused(network: Any, fields: dict[str, Any], code: int) -> None:
    assert codes(network.bound().sms(**fields)) == [code]


def test_a_message_payload_is_shown_whole(network: Any) -> None:
    long = "long " * 100
    network.bound().sms(short_message=b"", tlvs={"message_payload": long.encode()})
    network.bound().send(DataSm(destination=Address("15400000001"), tlvs={"message_payload": b"by another operation"}))
    assert [sms.text for sms in network.phone().messages] == [long, "by another operation"]


def test_data_sm_is_answered_in_kind(network: Any) -> None:
    esme = network.bound().send(DataSm(destination=Address("15400000001"), tlvs={"message_payload": b"x"}))
    assert [(one.name, one.message_id) for one in esme.responses] == [("data_sm_resp", "1")]


def test_in_transaction_mode_the_answer_comes_when_the_message_has_arrived(make_network: Any) -> None:
    network = make_network(receipt_delay=3)
    esme = network.bound().sms(esm_class=2, registered_delivery=0).sms(registered_delivery=0)
    assert [one.message_id for one in esme.responses] == ["2"]
    network.wait(3)
    assert [one.message_id for one in esme.responses] == ["2", "1"]


def test_query_sm(network: Any) -> None:
    esme = network.bound().sms().send(QuerySm(message_id="1", source=Address("12580120")))
    assert esme.responses[-1].message_state == MessageState.DELIVERED


def test_latency_delays_work_and_answer(make_network: Any) -> None:
    network = make_network(submit_latency=2)
    esme = network.bound().sms()
    network.wait(1.9)
    assert (esme.responses, len(network.phone().messages)) == ([], 0)
    network.wait(0.1)
    assert (codes(esme), len(network.phone().messages)) == ([0], 1)


def test_throttling_counts_the_last_second(make_network: Any) -> None:
    network = make_network(submit_throttle=2)
    esme = network.bound().sms().sms().sms()
    assert codes(esme) == [0, 0, status.ESME_RTHROTTLED]
    network.wait(1)
    assert codes(esme.sms())[-1] == 0


def test_a_delayed_receipt(make_network: Any) -> None:
    network = make_network(receipt_delay=60)
    esme = network.bound().sms()
    assert (codes(esme), esme.mail) == ([0], [])
    network.wait(60)
    assert len(esme.mail) == 1


def test_the_receipt_before_the_answer(make_network: Any) -> None:
    network = make_network(receipt_first=True)
    esme = network.bound(answers=None)
    esme.sms()
    assert [type(event).__name__ for event in esme.told] == ["Bound", "Request", "Response"]


def test_a_share_of_messages_fails(make_network: Any) -> None:
    network = make_network(submit_fail=0.5)
    esme = network.bound()
    for _ in range(20):
        esme.sms()
    states = [receipts.read(pdu).state for pdu in esme.mail]
    failed = states.count(MessageState.UNDELIVERABLE)
    assert 5 <= failed <= 15
    assert len(network.phone().messages) == 20 - failed


def test_all_submits_may_be_refused_and_then_none(make_network: Any) -> None:
    network = make_network(submit_refuse=1)
    esme = network.bound().sms()
    network.smsc.change({"submit_refuse": 0})
    assert codes(esme.sms()) == [status.ESME_RSYSERR, 0]


def test_ids_may_differ_between_answer_and_receipt(make_network: Any) -> None:
    network = make_network(submit_ids="hex")
    esme = network.bound()
    for _ in range(11):
        esme.sms()
    assert esme.responses[-1].message_id == "B"
    assert receipts.read(esme.mail[-1]).message_id == "11"


def test_a_silent_network_takes_messages_without_a_word(make_network: Any) -> None:
    network = make_network(submit_lost_answers=1)
    esme = network.bound().sms()
    assert esme.responses == []
    assert len(network.phone().messages) == 1


def test_an_sms_to_the_service_number_reaches_the_esme(network: Any) -> None:
    esme = network.bound()
    network.smsc.send_sms("15400000001", "12580120", "BOOK")
    network.flow()
    (pdu,) = esme.mail
    assert (pdu.source, pdu.destination.number) == (Address("8615400000001", 1, 1), "12580120")
    assert pdu.short_message == b"BOOK"
    assert [(sms.text, sms.outgoing) for sms in network.phone().messages] == [("BOOK", True)]


def test_a_long_chinese_sms_goes_out_in_segments(network: Any) -> None:
    esme, whole = network.bound(), Reassembly()
    network.smsc.send_sms("15400000001", "12580120", "我想预约。" * 20)
    network.flow()
    texts = [whole.add(pdu, 0) for pdu in esme.mail]
    assert texts == [None, "我想预约。" * 20]
    assert {pdu.data_coding for pdu in esme.mail} == {text.UCS2_CODING}


def test_an_sms_waits_for_an_esme_in_a_queue_that_has_an_end(make_network: Any) -> None:
    network = make_network(Service(queue=1))
    network.smsc.send_sms("15400000001", "12580120", "one")
    with pytest.raises(QueueFull):
        network.smsc.send_sms("15400000001", "12580120", "two")
    assert network.bound().texts == ["one"]
    assert [sms.text for sms in network.phone().messages] == ["one"]


def test_handsets_write_to_each_other(network: Any) -> None:
    network.smsc.send_sms("15400000001", "154 0000 0002", "hello")
    assert [(sms.peer, sms.text) for sms in network.phone("15400000002").messages] == [("15400000001", "hello")]
    with pytest.raises(BadNumber):
        network.smsc.send_sms("15400000001", "nobody", "hello")


def test_who_watches_hears_of_binds_and_conditions(network: Any) -> None:
    heard: list[bool] = []
    leave = network.smsc.subscribe(lambda: heard.append(network.smsc.deliveries.reachable() is not None))
    esme = network.bound()
    network.smsc.change({"submit_latency": 1})
    esme.hang_up()
    leave()
    network.bound()
    assert heard == [True, True, False]


def test_drop_closes_every_bound_connection(network: Any) -> None:
    esmes = [network.bound(), network.bound("receiver"), network.esme()]
    assert network.smsc.drop() == 2
    assert [esme.pipe.closed for esme in esmes] == [True, True, False]
    assert network.smsc.deliveries.binds == ()


def test_passwords_never_show() -> None:
    assert "secret" not in repr(Service(accounts={"caredial": "secret"}))


def test_no_more_is_taken_than_receipts_can_be_kept_for(make_network: Any) -> None:
    network = make_network(Service(queue=2))
    esme = network.esme().bind("transmitter")  # nobody takes the receipts
    for _ in range(3):
        esme.sms()
    assert esme.codes == [status.ESME_ROK, status.ESME_ROK, status.ESME_RMSGQFUL]
