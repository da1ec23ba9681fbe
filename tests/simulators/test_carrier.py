"""Messages that wait: for their time, for a phone; and are taken back, replaced, or given up."""

from __future__ import annotations

from typing import Any

import pytest

from simulators import taking
from simulators.smsc import Service
from smpp import receipts, status
from smpp.pdu import Address, CancelSm, QuerySm, ReplaceSm
from smpp.receipts import MessageState

SERVICE = Address("12580120")
PHONE = Address("8615400000001", 1, 1)
HOUR = "000000010000000R"
DAY = "000001000000000R"


def states(esme: Any) -> list[str]:
    return [read.state.name for pdu in esme.mail if (read := receipts.read(pdu))]


def shown(network: Any) -> list[str]:
    return [sms.text for sms in network.phone().messages]


def asked(esme: Any) -> MessageState:
    return MessageState(esme.send(QuerySm(message_id="1", source=SERVICE)).responses[-1].message_state)


def test_a_scheduled_message_waits_for_its_time(network: Any) -> None:
    esme = network.bound().sms(schedule_delivery_time=HOUR)
    network.wait(3599)
    assert (esme.codes, shown(network), asked(esme)) == ([0], [], MessageState.ENROUTE)
    network.wait(1)
    assert (shown(network), states(esme), asked(esme)) == (["hello"], ["DELIVERED"], MessageState.DELIVERED)


def test_messages_wait_while_the_phones_are_off(make_network: Any) -> None:
    network = make_network(phone_off=True)
    esme = network.bound().sms()
    network.wait(60)
    assert (shown(network), states(esme)) == ([], [])
    network.change(phone_off=False)
    assert (shown(network), states(esme)) == (["hello"], ["DELIVERED"])


def test_what_waits_too_long_expires(make_network: Any) -> None:
    network = make_network(phone_off=True)
    esme = network.bound().sms(validity_period=HOUR)
    network.wait(3600)
    assert (states(esme), asked(esme)) == (["EXPIRED"], MessageState.EXPIRED)
    network.change(phone_off=False)
    assert shown(network) == []


def test_a_time_may_come_while_the_phone_is_off(make_network: Any) -> None:
    network = make_network(phone_off=True)
    esme = network.bound().sms(schedule_delivery_time=HOUR, validity_period=DAY)
    network.wait(7200)
    assert states(esme) == []
    network.change(phone_off=False)
    assert states(esme) == ["DELIVERED"]


def test_what_was_due_while_the_phone_was_off_expires_too(make_network: Any) -> None:
    network = make_network(phone_off=True)
    esme = network.bound().sms(schedule_delivery_time=HOUR, validity_period="000000020000000R")
    network.wait(7200)
    assert states(esme) == ["EXPIRED"]


def test_changes_leave_what_is_not_due_alone(network: Any) -> None:
    esme = network.bound().sms(schedule_delivery_time=HOUR)
    network.change(submit_latency=1)
    assert shown(network) == []
    network.wait(3600)
    assert (shown(network), states(esme)) == (["hello"], ["DELIVERED"])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"schedule_delivery_time": "tomorrow"}, status.ESME_RINVSCHED),
        ({"validity_period": "271315080010000+"}, status.ESME_RINVEXPIRY),
        ({"validity_period": "200115080010000+"}, status.ESME_RINVEXPIRY),
        ({"schedule_delivery_time": DAY, "validity_period": HOUR}, status.ESME_RINVEXPIRY),
    ],
)
def test_times_that_cannot_be(network: Any, fields: dict[str, str], code: int) -> None:
    assert network.bound().sms(**fields).codes == [code]


@pytest.mark.parametrize("state", ["UNDELIV", "EXPIRED", "DELETED", "REJECTD"])
def test_failures_end_as_they_are_told_to(make_network: Any, state: str) -> None:
    esme = make_network(submit_fail=1, submit_fail_state=state).bound().sms()
    assert f"stat:{state} ".encode() in esme.mail[0].short_message
    assert shown(esme.network) == []


def test_cancel_takes_a_waiting_message_back(network: Any) -> None:
    esme = network.bound().sms(schedule_delivery_time=HOUR)
    esme.send(CancelSm(message_id="1", source=SERVICE, destination=PHONE))
    assert (esme.codes, states(esme)) == ([0, 0], ["DELETED"])
    network.wait(3600)
    assert shown(network) == []
    esme.send(CancelSm(message_id="1", source=SERVICE, destination=PHONE))
    assert esme.codes[-1] == status.ESME_RCANCELFAIL


def test_cancel_of_all_to_one_phone(network: Any) -> None:
    esme = network.bound()
    for fields in ({}, {}, {"service_type": "WAP"}, {"to": "8615400000002"}):
        esme.sms(schedule_delivery_time=HOUR, **fields)
    esme.send(CancelSm(source=SERVICE, destination=PHONE))
    assert (esme.codes[-1], states(esme)) == (0, ["DELETED", "DELETED"])
    network.wait(3600)
    assert (len(shown(network)), len(network.phone("15400000002").messages)) == (1, 1)


@pytest.mark.parametrize(
    ("message_id", "source", "code"),
    [
        ("1", "12580120", status.ESME_RCANCELFAIL),
        ("2", "12580120", status.ESME_RINVMSGID),
        ("1", "999", status.ESME_RINVMSGID),
        ("", "999", status.ESME_RCANCELFAIL),
    ],
)
def test_what_cannot_be_cancelled(network: Any, message_id: str, source: str, code: int) -> None:
    esme = network.bound().sms()  # it has arrived
    esme.send(CancelSm(message_id=message_id, source=Address(source), destination=PHONE))
    assert esme.codes[-1] == code


def test_replace_gives_a_waiting_message_another_text_and_time(network: Any) -> None:
    esme = network.bound().sms(schedule_delivery_time=HOUR)
    esme.send(ReplaceSm(message_id="1", source=SERVICE, short_message=b"other", schedule_delivery_time=DAY))
    network.wait(3600)
    assert (esme.codes, shown(network)) == ([0, 0], [])
    network.wait(86400)
    assert (shown(network), states(esme)) == (["other"], [])  # registered_delivery was replaced by 0


@pytest.mark.parametrize(
    ("message_id", "when", "code"),
    [
        ("1", "", status.ESME_RREPLACEFAIL),
        ("3", "", status.ESME_RINVMSGID),
        ("2", "soon", status.ESME_RINVSCHED),
    ],
)
def test_what_cannot_be_replaced(network: Any, message_id: str, when: str, code: int) -> None:
    esme = network.bound().sms().sms(schedule_delivery_time=HOUR)
    esme.send(ReplaceSm(message_id=message_id, source=SERVICE, schedule_delivery_time=when, short_message=b"x"))
    assert esme.codes[-1] == code
    network.wait(3600)
    assert shown(network) == ["hello", "hello"]


def test_replace_if_present_stands_in_for_the_waiting_one(network: Any) -> None:
    esme = network.bound().sms("old", schedule_delivery_time=HOUR)
    esme.sms("new", schedule_delivery_time=HOUR, replace_if_present_flag=1)
    esme.sms("for another", to="8615400000002", schedule_delivery_time=HOUR, replace_if_present_flag=1)
    network.wait(3600)
    assert (shown(network), states(esme)) == (["new"], ["DELIVERED", "DELIVERED"])


def test_nobody_replaces_what_another_account_or_number_sent(make_network: Any) -> None:
    network = make_network(Service(accounts={"caredial": "caredial", "other": "secret"}))
    esme, other = network.bound(), network.bound(system_id="other", password="secret")
    esme.sms("mine", schedule_delivery_time=HOUR)
    other.sms("theirs", schedule_delivery_time=HOUR, replace_if_present_flag=1)
    esme.sms("of another number", source="999", schedule_delivery_time=HOUR, replace_if_present_flag=1)
    network.wait(3600)
    assert shown(network) == ["mine", "theirs", "of another number"]


def test_no_more_wait_than_there_is_room_for(network: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "MOST_WAITING", 2)
    esme = network.bound()
    for _ in range(3):
        esme.sms(schedule_delivery_time=HOUR)
    assert esme.codes == [0, 0, status.ESME_RMSGQFUL]
    network.wait(3600)
    assert esme.sms().codes[-1] == 0


def test_how_many_wait(network: Any) -> None:
    network.bound().sms(schedule_delivery_time=HOUR).sms()
    assert len(network.smsc.carrier) == 1
