"""smpplib's own client meets the SMS centre over TCP: what shares our code would hide our bugs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from smpplib import consts, exceptions, gsm
from smpplib.client import Client
from smpplib.command import DeliverSM, Param
from smpplib.smpp import make_pdu

READS = 10


class Application:
    """A blocking client and what it has heard."""

    def __init__(self, port: int) -> None:
        self.client = Client("127.0.0.1", port, timeout=3, allow_unknown_opt_params=True)
        self.client.set_message_received_handler(self._received)
        self.client.set_message_sent_handler(self._answered)
        self.client.set_query_resp_handler(self._queried)
        self.client.set_error_pdu_handler(lambda _: None)  # it is given to the other handler as well
        self.sent: list[Any] = []
        self.queried: list[Any] = []
        self.received: list[Any] = []
        self.client.connect()

    def submit(self, text: bytes = b"Your visit is booked", **fields: Any) -> None:
        self.client.send_message(
            source_addr="12580120",
            dest_addr_ton=consts.SMPP_TON_INTL,
            dest_addr_npi=consts.SMPP_NPI_ISDN,
            destination_addr="8615400000001",
            short_message=text,
            **fields,
        )

    def read(self, ready: Callable[[], bool]) -> None:
        """Read PDUs until `ready`."""
        for _ in range(READS):
            if ready():
                return
            self.client.read_once()
        raise AssertionError(f"sent {self.sent}, received {self.received}")

    def _answered(self, pdu: Any) -> None:
        self.sent.append(pdu)

    def query(self, message_id: str) -> Any:
        """Ask what became of a message."""
        self.client.query_message(message_id=message_id, source_addr="12580120")
        self.read(lambda: bool(self.queried))
        return self.queried.pop()

    def _queried(self, pdu: Any, **_: Any) -> None:
        self.queried.append(pdu)

    def _received(self, pdu: Any) -> int:
        self.received.append(pdu)
        return 0


@pytest.fixture
def application(simulator: Any) -> Iterator[Application]:
    application = Application(simulator.port)
    yield application
    application.client.disconnect()


@pytest.fixture
def bound(application: Application) -> Application:
    application.client.bind_transceiver(system_id="caredial", password="caredial")
    return application


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ({"system_id": "caredial", "password": "wrong"}, consts.SMPP_ESME_RINVPASWD),
        ({"system_id": "stranger", "password": "caredial"}, consts.SMPP_ESME_RINVSYSID),
    ],
)
def test_a_wrong_account_is_refused(application: Application, who: dict[str, str], code: int) -> None:
    with pytest.raises(exceptions.PDUError) as refused:
        application.client.bind_transceiver(**who)
    assert refused.value.args[1] == code


def test_a_submit_is_answered_delivered_and_confirmed(bound: Application, simulator: Any) -> None:
    bound.submit(registered_delivery=True)
    bound.read(lambda: bool(bound.sent and bound.received))
    message_id = bound.sent[0].message_id
    receipt = bound.received[0]
    assert (bound.sent[0].status, message_id) == (0, b"1")
    assert (receipt.receipted_message_id, receipt.message_state) == (message_id, consts.SMPP_MESSAGE_STATE_DELIVERED)
    assert receipt.short_message.startswith(b"id:1 sub:001 dlvrd:001 submit date:")
    assert receipt.esm_class == 4
    (sms,) = simulator.get("api/phones/15400000001")["messages"]
    assert (sms["peer"], sms["text"]) == ("12580120", "Your visit is booked")


@pytest.mark.parametrize("mode", ["transceiver", "transmitter", "receiver"])
def test_all_ways_to_bind_and_to_leave(application: Application, simulator: Any, mode: str) -> None:
    bind = getattr(application.client, f"bind_{mode}")
    answer = bind(system_id="caredial", password="caredial")
    assert (answer.command, answer.system_id) == (f"bind_{mode}_resp", b"caredial-smsc")
    assert simulator.get("api/network")["binds"] == [{"account": "caredial", "receives": mode != "transmitter"}]
    assert application.client.unbind().command == "unbind_resp"


def test_a_receiver_may_not_submit(application: Application) -> None:
    application.client.bind_receiver(system_id="caredial", password="caredial")
    application.client.state = consts.SMPP_CLIENT_STATE_BOUND_TRX  # it would refuse to send it by itself
    submit = make_pdu("submit_sm", client=application.client, destination_addr="8615400000001", short_message=b"x")
    application.client.send_pdu(submit)
    assert application.client.read_pdu().status == consts.SMPP_ESME_RINVBNDSTS


def test_one_bind_too_many(bound: Application, simulator: Any) -> None:
    simulator.post("api/network", bind_limit=1)
    second = Application(simulator.port)
    with pytest.raises(exceptions.PDUError) as refused:
        second.client.bind_transceiver(system_id="caredial", password="caredial")
    assert refused.value.args[1] == consts.SMPP_ESME_RALYBND
    second.client.disconnect()


def test_query_sm(bound: Application) -> None:
    bound.submit()
    bound.read(lambda: bool(bound.sent))
    known, unknown = bound.query("1"), bound.query("2")
    assert (known.status, known.message_id, known.message_state) == (0, b"1", consts.SMPP_MESSAGE_STATE_DELIVERED)
    assert len(known.final_date) == 16
    assert unknown.status == consts.SMPP_ESME_RINVMSGID


def test_a_scheduled_message_waits(bound: Application, simulator: Any) -> None:
    bound.submit(schedule_delivery_time="000000010000000R")
    bound.read(lambda: bool(bound.sent))
    assert bound.query("1").message_state == consts.SMPP_MESSAGE_STATE_ENROUTE
    assert simulator.get("api/network")["pending"] == 1


def test_data_sm(bound: Application, simulator: Any) -> None:
    data = {"source_addr": "12580120", "destination_addr": "8615400000001", "message_payload": b"by another operation"}
    bound.client.send_pdu(make_pdu("data_sm", client=bound.client, **data))
    answer = bound.client.read_pdu()
    assert (answer.command, answer.status, answer.message_id) == ("data_sm_resp", 0, b"1")
    assert simulator.get("api/phones/15400000001")["messages"][0]["text"] == "by another operation"


def test_alert_notification(bound: Application, simulator: Any) -> None:
    simulator.post("api/network/alert", number="15400000001")
    alert = bound.client.read_pdu()
    assert (alert.command, alert.source_addr, alert.esme_addr) == ("alert_notification", b"8615400000001", b"12580120")


@pytest.mark.parametrize("pieces", [1, 5])
def test_octets_that_come_one_by_one(bound: Application, simulator: Any, pieces: int) -> None:
    simulator.post("api/network", wire_pieces=pieces)
    bound.submit(registered_delivery=True)
    bound.read(lambda: bool(bound.sent and bound.received))
    assert bound.received[0].receipted_message_id == bound.sent[0].message_id


def test_answers_in_another_order(bound: Application, simulator: Any) -> None:
    simulator.post("api/network", submit_reorder=3)
    for _ in range(3):
        bound.submit()
    bound.read(lambda: len(bound.sent) == 3)
    assert [pdu.message_id for pdu in bound.sent] == [b"3", b"2", b"1"]
    assert [pdu.sequence for pdu in bound.sent] == sorted((pdu.sequence for pdu in bound.sent), reverse=True)


def test_a_receipt_before_the_answer(bound: Application, simulator: Any) -> None:
    simulator.post("api/network", receipt_first=True, receipt_dialect="text-only", submit_ids="padded")
    bound.submit(registered_delivery=True)
    bound.read(lambda: bool(bound.received))
    assert (bound.sent, bound.received[0].receipted_message_id) == ([], None)
    bound.read(lambda: bool(bound.sent))
    assert bound.sent[0].message_id == b"0000000001"


@pytest.mark.parametrize(("method", "parts"), [("udh8", 2), ("udh16", 2), ("sar", 2), ("payload", 1)])
def test_a_long_sms_of_a_handset(bound: Application, simulator: Any, method: str, parts: int) -> None:
    simulator.post("api/network", phone_segments=method)
    simulator.post("api/phones/15400000001/sms", to="12580120", text="x" * 200)
    bound.read(lambda: len(bound.received) == parts)
    octets = b"".join(pdu.short_message or pdu.message_payload for pdu in bound.received)
    assert octets.count(b"x") == 200


def test_unbind_by_the_network(bound: Application, simulator: Any) -> None:
    assert simulator.post("api/network/unbind") == {"unbound": 1}
    unbind = bound.client.read_pdu()
    assert unbind.command == "unbind"
    answer = make_pdu("unbind_resp", client=bound.client)
    answer.sequence = unbind.sequence
    bound.client.send_pdu(answer)
    with pytest.raises(exceptions.ConnectionError):
        bound.client.read_pdu()


def test_a_reset(bound: Application, simulator: Any) -> None:
    simulator.post("api/network", session_reset=True)
    simulator.post("api/network/drop")
    with pytest.raises(exceptions.ConnectionError):
        bound.client.read_once()


def test_a_nack_and_a_refusal_with_a_body(bound: Application, simulator: Any) -> None:
    simulator.post("api/network", submit_refuse=1, submit_refuse_with="0x0401", submit_error_body=True)
    bound.submit()
    refused = bound.client.read_pdu()
    assert (refused.command, refused.status) == ("submit_sm_resp", 0x0401)
    simulator.post("api/network", submit_nack=1)
    bound.submit()
    nack = bound.client.read_pdu()
    assert (nack.command, nack.status) == ("generic_nack", 0x0401)


def test_a_long_chinese_text_arrives_whole(bound: Application, simulator: Any) -> None:
    text = "您已预约明天上午的全科门诊，请凭T码取号。" * 8
    parts, coding, flags = gsm.make_parts(text)
    assert len(parts) > 1
    for part in parts:
        bound.submit(part, data_coding=coding, esm_class=flags)
    bound.read(lambda: len(bound.sent) == len(parts))
    assert [sms["text"] for sms in simulator.get("api/phones/15400000001")["messages"]] == [text]


def test_an_sms_of_a_handset_arrives(bound: Application, simulator: Any) -> None:
    simulator.post("api/phones/15400000001/sms", to="12580120", text="预约")
    bound.read(lambda: bool(bound.received))
    (pdu,) = bound.received
    assert (pdu.source_addr, pdu.destination_addr) == (b"8615400000001", b"12580120")
    assert (pdu.source_addr_ton, pdu.source_addr_npi, pdu.data_coding) == (1, 1, 8)
    assert pdu.short_message.decode("utf-16-be") == "预约"


def test_one_bind_to_send_and_one_to_receive(simulator: Any) -> None:
    transmitter, receiver = Application(simulator.port), Application(simulator.port)
    try:
        transmitter.client.bind_transmitter(system_id="caredial", password="caredial")
        receiver.client.bind_receiver(system_id="caredial", password="caredial")
        transmitter.submit(registered_delivery=True)
        transmitter.read(lambda: bool(transmitter.sent))
        receiver.read(lambda: bool(receiver.received))
        assert receiver.received[0].receipted_message_id == transmitter.sent[0].message_id
    finally:
        transmitter.client.disconnect()
        receiver.client.disconnect()


def test_a_ussd_session(bound: Application, simulator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # smpplib 2.2.4 knows ussd_service_op in submit_sm only and fails with KeyError on it in deliver_sm.
    known = {"ussd_service_op": Param(type=int, size=1), "its_session_info": Param(type=int, size=2)}
    monkeypatch.setattr(DeliverSM, "params", {**DeliverSM.params, **known})
    monkeypatch.setattr(DeliverSM, "params_order", (*DeliverSM.params_order, *known))

    simulator.post("api/phones/15400000001/dial", code="*120#")
    bound.read(lambda: len(bound.received) == 1)
    begin = bound.received[0]
    assert (begin.short_message, begin.ussd_service_op, begin.its_session_info) == (b"*120#", 1, 0x0000)

    menu = {"service_type": "USSD", "ussd_service_op": 2, "its_session_info": 0x0002}
    bound.submit(b"1 Book", **menu)
    bound.read(lambda: len(bound.sent) == 1)
    assert simulator.get("api/phones/15400000001")["ussd"]["text"] == "1 Book"

    simulator.post("api/phones/15400000001/answer", text="1")
    bound.read(lambda: len(bound.received) == 2)
    assert (bound.received[1].short_message, bound.received[1].ussd_service_op) == (b"1", 18)

    bound.submit(b"Booked", **{**menu, "ussd_service_op": 17, "its_session_info": 0x0005})
    bound.read(lambda: len(bound.sent) == 2)
    shown = simulator.get("api/phones/15400000001")["ussd"]
    assert (shown["text"], shown["turn"], shown["ending"]) == ("Booked", "ended", "closed")


@pytest.mark.parametrize("code", [consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RMSGQFUL, 0x0401])
def test_throttling_while_it_runs(bound: Application, simulator: Any, code: int) -> None:
    simulator.post("api/network", submit_throttle=1, submit_throttle_reaction=code)
    for _ in range(2):
        bound.submit()
    bound.read(lambda: len(bound.sent) == 2)
    assert [pdu.status for pdu in bound.sent] == [0, code]


def test_a_dropped_connection(bound: Application, simulator: Any) -> None:
    assert simulator.post("api/network/drop") == {"dropped": 1}
    with pytest.raises(exceptions.ConnectionError):
        bound.client.read_once()


def test_enquire_link_and_unbind(bound: Application) -> None:
    bound.client.send_pdu(make_pdu("enquire_link", client=bound.client))
    assert bound.client.read_pdu().command == "enquire_link_resp"
    assert bound.client.unbind().command == "unbind_resp"


def test_the_end_of_the_simulator_is_an_unbind(bound: Application, simulator: Any) -> None:
    simulator.process.terminate()
    unbind = bound.client.read_pdu()
    assert unbind.command == "unbind"
    answer = make_pdu("unbind_resp", client=bound.client)
    answer.sequence = unbind.sequence
    bound.client.send_pdu(answer)
    assert simulator.process.wait(20) == 0  # `stop` would send a second signal into its end
