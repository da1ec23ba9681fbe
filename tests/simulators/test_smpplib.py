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
        self.client.set_error_pdu_handler(lambda _: None)  # it is given to the other handler as well
        self.sent: list[Any] = []
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


def test_throttling_while_it_runs(bound: Application, simulator: Any) -> None:
    simulator.post("api/network", throttle=1)
    for _ in range(2):
        bound.submit()
    bound.read(lambda: len(bound.sent) == 2)
    assert [pdu.status for pdu in bound.sent] == [0, consts.SMPP_ESME_RTHROTTLED]


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
    assert simulator.stop()[0] == 0
