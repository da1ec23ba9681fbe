"""USSD between a handset and an ESME, over SMPP."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.dialogues import TooLong
from simulators.smsc import Service
from simulators.ussd import Ending, NotNow, Timers, Turn
from smpp import status, ussd
from smpp.pdu import Address, DeliverSm, SubmitSm

PHONE = "15400000001"


def dial(network: Any, code: str = "*120#", number: str = PHONE) -> Any:
    handset = network.smsc.dialogues.dial(number, code)
    network.flow()
    return handset


def answer(network: Any, text: str, number: str = PHONE) -> None:
    network.smsc.dialogues.answer(number, text)
    network.flow()


def reply(
    esme: Any, text: str, *, end: bool = False, to: DeliverSm | None = None, dialect: ussd.Dialect = ussd.STANDARD
) -> int:
    """Answer the latest indication as an application does; return the command_status."""
    indication = ussd.read(to or esme.mail[-1], dialect)
    assert indication is not None
    esme.send(ussd.reply(indication, text, end, dialect))
    return esme.responses[-1].status


def notice(text: str, op: int = 3, to: str = "8615400000001", **tlvs: Any) -> SubmitSm:
    return SubmitSm(
        service_type="USSD",
        source=Address("*120#"),
        destination=Address(to, 1, 1),
        short_message=text.encode("ascii"),
        tlvs={"ussd_service_op": op, **tlvs},
    )


def test_a_session_from_the_code_to_the_last_word(network: Any) -> None:
    esme = network.bound()
    handset = dial(network, "*120*1#")
    assert handset.ussd.turn is Turn.APPLICATION
    begin = esme.mail[-1]
    assert (begin.source, begin.service_type, begin.short_message) == (
        Address("8615400000001", 1, 1),
        "USSD",
        b"*120*1#",
    )
    assert begin.tlvs == {"ussd_service_op": 1, "its_session_info": b"\0\0"}

    assert reply(esme, "1 Today\n2 Tomorrow") == 0
    assert (handset.ussd.text, handset.ussd.turn) == ("1 Today\n2 Tomorrow", Turn.SUBSCRIBER)

    answer(network, "2")
    assert (esme.mail[-1].short_message, esme.mail[-1].tlvs) == (
        b"2",
        {"ussd_service_op": 18, "its_session_info": b"\0\2"},
    )

    assert reply(esme, "Booked", end=True) == 0
    assert (handset.ussd.text, handset.ussd.ending) == ("Booked", Ending.CLOSED)
    assert len(network.smsc.dialogues) == 0


def test_a_chinese_answer(network: Any) -> None:
    esme = network.bound()
    dial(network)
    reply(esme, "您的姓名？")
    answer(network, "王小梅")
    assert ussd.read(esme.mail[-1]).text == "王小梅"


def test_an_answer_has_a_greatest_length(network: Any) -> None:
    handset = dial_with_menu(network)
    with pytest.raises(TooLong):
        network.smsc.dialogues.answer(PHONE, "王" * 81)
    assert handset.ussd.turn is Turn.SUBSCRIBER


def dial_with_menu(network: Any, esme: Any = None) -> Any:
    esme = esme or network.bound()
    handset = dial(network)
    reply(esme, "1 Book")
    return handset


@pytest.mark.parametrize("code", ["*121#", "*1200#", "#120#", "*120", "*120**x#", "*120#1#"])
def test_a_code_that_nothing_stands_behind(network: Any, code: str) -> None:
    esme = network.bound()
    assert dial(network, code).ussd.ending is Ending.UNKNOWN_CODE
    assert esme.mail == []


@pytest.mark.parametrize("mode", [None, "transmitter"])
def test_no_service_while_nobody_can_take_it(network: Any, mode: str | None) -> None:
    if mode:
        network.bound(mode)
    assert dial(network).ussd.ending is Ending.NO_SERVICE


def test_the_red_key_tells_the_application(network: Any) -> None:
    esme = network.bound()
    handset = dial_with_menu(network, esme)
    network.smsc.dialogues.cancel(PHONE)
    network.flow()
    assert handset.ussd.ending is Ending.CANCELLED
    assert esme.mail[-1].tlvs == {"ussd_service_op": 0x81, "its_session_info": b"\0\3"}
    with pytest.raises(NotNow):
        network.smsc.dialogues.cancel(PHONE)


def test_a_text_that_comes_too_late_reaches_nobody(network: Any) -> None:
    esme = network.bound()
    handset = dial(network)
    first = esme.mail[-1]
    network.smsc.dialogues.cancel(PHONE)
    network.flow()
    assert reply(esme, "late", to=first) == status.ESME_RSUBMITFAIL
    assert handset.ussd.text == ""
    dial(network)
    assert reply(esme, "late", to=first) == status.ESME_RSUBMITFAIL
    assert handset.ussd.turn is Turn.APPLICATION


def test_a_text_with_the_number_of_another_phone_is_refused(network: Any) -> None:
    esme = network.bound()
    dial(network)
    first = esme.mail[-1]
    other = dial(network, number="15400000002")
    info = esme.mail[-1].tlvs["its_session_info"]
    wrong = ussd.reply(ussd.read(first), "for the other", end=False)
    esme.send(SubmitSm(destination=wrong.destination, tlvs={**wrong.tlvs, "its_session_info": info}))
    assert esme.responses[-1].status == status.ESME_RSUBMITFAIL
    assert other.ussd.text == ""


def test_another_account_cannot_speak_into_a_session(make_network: Any) -> None:
    network = make_network(Service(accounts={"caredial": "caredial", "other": "secret"}))
    esme, other = network.bound(), network.bound("transmitter", system_id="other", password="secret")
    handset = dial(network)
    assert reply(other, "hello", to=esme.mail[-1]) == status.ESME_RSUBMITFAIL
    assert handset.ussd.text == ""


def test_two_menus_in_a_row_are_one_too_many(network: Any) -> None:
    esme = network.bound()
    handset = dial(network)
    reply(esme, "one")
    assert reply(esme, "two") == status.ESME_RSUBMITFAIL
    assert handset.ussd.text == "one"


@pytest.mark.parametrize(("text", "code"), [("x" * 182, 0), ("x" * 183, status.ESME_RINVMSGLEN), ("约" * 81, 1)])
def test_a_menu_has_a_greatest_length(network: Any, text: str, code: int) -> None:
    esme = network.bound()
    dial(network)
    assert reply(esme, text) == code


def test_a_slow_application_loses_the_session(make_network: Any) -> None:
    network = make_network(Service(timers=Timers(application=20)))
    esme = network.bound()
    handset = dial(network)
    network.wait(19.9)
    assert handset.in_session
    network.wait(0.1)
    assert handset.ussd.ending is Ending.TIMEOUT
    assert esme.mail[-1].tlvs["ussd_service_op"] == 0x81


def test_a_slow_subscriber_loses_the_session(network: Any) -> None:
    handset = dial_with_menu(network)
    network.wait(119.9)
    assert handset.in_session
    network.wait(0.1)
    assert handset.ussd.ending is Ending.TIMEOUT


@pytest.mark.parametrize("code", [status.ESME_RX_P_APPN, status.ESME_RX_T_APPN])
def test_a_refused_dial_breaks_at_once_and_is_not_repeated(network: Any, code: int) -> None:
    esme = network.bound(answers=code)
    assert dial(network).ussd.ending is Ending.BROKEN
    network.wait(60)
    assert len(esme.mail) == 1


def test_an_unanswered_dial_breaks_when_the_link_is_lost(network: Any) -> None:
    esme = network.bound(answers=None)
    handset = dial(network)
    esme.hang_up()
    assert handset.ussd.ending is Ending.BROKEN
    assert network.bound().mail == []


def test_a_session_survives_a_new_bind(network: Any) -> None:
    esme = network.bound()
    handset = dial_with_menu(network, esme)
    esme.hang_up()
    again = network.bound()
    answer(network, "1")
    assert again.mail[-1].short_message == b"1"
    assert reply(again, "Goodbye", end=True) == 0
    assert handset.ussd.text == "Goodbye"


def test_a_session_stays_on_its_bind(network: Any) -> None:
    first, second = network.bound(), network.bound()
    for number in (PHONE, "15400000002", "15400000003"):
        dial(network, number=number)
    for esme in (first, second):
        for pdu in list(esme.mail):
            reply(esme, "?", to=pdu)
    for number in (PHONE, "15400000002", "15400000003"):
        answer(network, "1", number)
    for esme in (first, second):
        began = {pdu.source for pdu in esme.mail if pdu.tlvs["ussd_service_op"] == 1}
        answered = {pdu.source for pdu in esme.mail if pdu.tlvs["ussd_service_op"] == 18}
        assert began == answered != set()


def test_separate_binds_to_send_and_to_receive(network: Any) -> None:
    transmitter, receiver = network.bound("transmitter"), network.bound("receiver")
    handset = dial(network)
    assert reply(transmitter, "1 Book", to=receiver.mail[-1]) == 0
    assert handset.ussd.text == "1 Book"


def test_a_notice_within_a_session_is_confirmed(network: Any) -> None:
    esme = network.bound()
    handset = dial(network)
    info = esme.mail[-1].tlvs["its_session_info"]
    esme.send(notice("One moment", its_session_info=info))
    assert (handset.ussd.text, handset.ussd.turn) == ("One moment", Turn.NOBODY)
    assert esme.mail[-1].tlvs == {"ussd_service_op": 19, "its_session_info": b"\0\2"}
    assert reply(esme, "Goodbye", end=True) == 0


def test_the_application_may_begin_with_a_question(network: Any) -> None:
    esme = network.bound().send(notice("Are you coming today?", op=2))
    handset = network.phone()
    assert (handset.ussd.text, handset.ussd.turn, handset.ussd.code) == (
        "Are you coming today?",
        Turn.SUBSCRIBER,
        "",
    )
    answer(network, "yes")
    assert ussd.read(esme.mail[-1]).op == "answer"
    assert reply(esme, "Thank you", end=True) == 0


def test_the_application_may_begin_with_a_notice(network: Any) -> None:
    esme = network.bound().send(notice("Your number is called"))
    handset = network.phone()
    assert (handset.ussd.text, handset.ussd.ending) == ("Your number is called", Ending.CLOSED)
    confirm = ussd.read(esme.mail[-1])
    assert (confirm.op, confirm.ended) == ("confirm", True)
    assert len(network.smsc.dialogues) == 0


@pytest.mark.parametrize(("op", "tlvs"), [(17, {}), (16, {}), (2, {"its_session_info": b"\7\2"})])
def test_what_belongs_to_no_session_opens_none(network: Any, op: int, tlvs: dict[str, Any]) -> None:
    esme = network.bound().send(notice("late", op=op, **tlvs))
    assert esme.responses[-1].status == status.ESME_RSUBMITFAIL
    assert network.phone().ussd is None


def test_ussd_wants_no_receipt_and_has_an_id(network: Any) -> None:
    esme = network.bound().send(notice("Your number is called"))
    assert esme.responses[-1].message_id == "1"
    assert [pdu.esm_class for pdu in esme.mail] == [0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("standard", [{"its_session_info": b"\1\0"}, {"its_session_info": b"\1\2"}]),
        ("sixdee", [{"its_session_info": b"\0\2"}, {"its_session_info": b"\0\2"}]),
        ("mica", [{"user_message_reference": 1}, {"user_message_reference": 1}]),
        ("unnumbered", [{}, {}]),
        ("tlv1501", [{"0x1501": b"\0\0\0\1"}, {"0x1501": b"\0\0\0\1"}]),
    ],
)
def test_every_way_to_tell_sessions_apart(make_network: Any, name: str, expected: list[dict[str, Any]]) -> None:
    dialect = ussd.DIALECTS[name]
    network = make_network(Service(dialect=dialect))
    esme = network.bound()
    dial(network, number="15400000009")
    handset = dial(network)
    assert reply(esme, "1 Book", dialect=dialect) == 0
    answer(network, "1")
    seen = [pdu for pdu in esme.mail if pdu.source.number == "8615400000001"]
    named = [{name: value for name, value in pdu.tlvs.items() if name != "ussd_service_op"} for pdu in seen]
    assert named == expected
    assert reply(esme, "Done", end=True, dialect=dialect) == 0
    assert handset.ussd.text == "Done"


def test_session_numbers_are_used_again(network: Any) -> None:
    esme = network.bound()
    for _ in range(257):
        dial(network)
        reply(esme, "Goodbye", end=True)
    numbers = [pdu.tlvs["its_session_info"][0] for pdu in esme.mail]
    assert numbers == [*range(256), 0]


@pytest.mark.parametrize("name", ussd.DIALECTS)
@pytest.mark.parametrize("numbered", [False, True])
def test_a_question_of_the_application_in_every_dialect(make_network: Any, name: str, numbered: bool) -> None:
    dialect = ussd.DIALECTS[name].model_copy(update={"numbered": numbered})
    network = make_network(Service(dialect=dialect))
    esme = network.bound()
    to = Address("8615400000001", 1, 1)
    esme.send(ussd.push("Come today?", ask=True, service=Address("*120#"), subscriber=to, number=5, dialect=dialect))
    handset = network.phone()
    assert (handset.ussd.text, handset.ussd.turn) == ("Come today?", Turn.SUBSCRIBER)

    answer(network, "1")
    assert reply(esme, "Until then", end=True, dialect=dialect) == 0
    assert (handset.ussd.text, handset.ussd.turn) == ("Until then", Turn.ENDED)
