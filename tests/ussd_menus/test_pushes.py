"""Sessions that we begin: what a phone is shown, and what becomes of its answers."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred, fail, succeed

from clinic.phones import BadPhone
from dialogs.root import root
from smpp import ussd
from smpp.link import LinkDown, NotAnswered
from smpp.pdu import SubmitSmResp
from smpp.ussd import DIALECTS, Dialect
from ussd_menus.pushes import NoAnswer, NotShown, TooLong
from ussd_menus.settings import MenuSettings

PHONE, MSISDN = "+8615400000001", "8615400000001"
ROOT = (
    "社区卫生服务\n1.预约看病\n2.我的预约和排队\n3.接种记录\n4.健康知识\n"
    "5.上门服务\n6.语言/Language\n7.血压血糖\n8.我的账户"
)


def shown(network: Any) -> list[tuple[str, bool, bool]]:
    """What the phone was shown: the text, whether an answer is wanted, whether the session ends by it."""
    return [(request.text, request.wants_answer, request.end) for _, request in network.sent]


def asked(network: Any, text: str = "Come today?\n1.Yes 2.No", phone: str = PHONE) -> list[Any]:
    """Ask; what it comes to stands in the returned list, once it is there."""
    outcome: list[Any] = []
    Deferred.fromCoroutine(network.menus.pushes.ask("main", phone, text)).addBoth(outcome.append)
    return outcome


def told(network: Any, text: str = "Your turn is near", phone: str = PHONE) -> Any:
    outcome: list[Any] = []
    Deferred.fromCoroutine(network.menus.pushes.tell("main", phone, text)).addBoth(outcome.append)
    return outcome[0]


def test_a_notice_is_shown_and_leaves_nothing_open(network: Any) -> None:
    assert told(network) is None
    assert shown(network) == [("Your turn is near", False, False)]
    network.deliver(MSISDN, "confirm")
    assert shown(network) == [("Your turn is near", False, False)]
    assert len(network.menus) == 0


def test_a_question_is_answered_and_thanked_for(network: Any) -> None:
    outcome = asked(network)
    network.deliver(MSISDN, "answer", "1", number=9)
    assert outcome == ["1"]
    assert shown(network) == [("Come today?\n1.Yes 2.No", True, False), ("谢谢，再见。", False, True)]
    assert network.sent[-1][1].number == "s9"  # the number that the network gave with the answer
    assert len(network.menus) == 0
    assert network.clock.getDelayedCalls() == []


def test_a_question_with_a_number_of_ours(make_network: Any) -> None:
    network = make_network(dialect=Dialect(numbered=True))
    outcome = asked(network)
    number = int(network.sent[0][1].number.removeprefix("s"))
    network.deliver(MSISDN, "answer", "other session", number=number + 1)
    assert outcome == []
    network.deliver(MSISDN, "answer", "1", number=number)
    assert outcome == ["1"]


def test_thanks_in_the_residents_language(network: Any) -> None:
    network.house.speaks(PHONE, "en")
    asked(network)
    network.deliver(MSISDN, "answer", "1")
    assert shown(network)[-1] == ("Thank you, goodbye.", False, True)


@pytest.mark.parametrize("ends", ["release", "silence"])
def test_a_question_left_without_an_answer(network: Any, ends: str) -> None:
    outcome = asked(network)
    if ends == "release":
        network.deliver(MSISDN, "release")
    else:
        network.wait(seconds=181)
    assert isinstance(outcome[0].value, NoAnswer)
    assert len(shown(network)) == 1
    assert len(network.menus) == 0


@pytest.mark.parametrize(
    "outcome",
    [lambda: fail(LinkDown()), lambda: fail(NotAnswered()), lambda: succeed(SubmitSmResp(status=0x45))],
)
def test_what_the_network_does_not_take(network: Any, outcome: Any) -> None:
    network.outcome = outcome
    assert isinstance(asked(network)[0].value, NotShown)
    assert isinstance(told(network).value, NotShown)
    assert len(network.menus) == 0


def test_nobody_is_disturbed_in_a_session(network: Any) -> None:
    network.phone().dial("*120#")
    assert isinstance(told(network).value, NotShown)
    assert isinstance(asked(network)[0].value, NotShown)
    assert len(network.menus) == 1


def test_a_dialled_code_ends_our_question(network: Any) -> None:
    outcome = asked(network)
    network.deliver(MSISDN, "begin", "*120#", number=2)
    assert isinstance(outcome[0].value, NoAnswer)
    assert len(network.menus) == 1


def test_a_text_that_fits_no_screen(network: Any) -> None:
    assert isinstance(told(network, "单" * 81).value, TooLong)
    assert isinstance(asked(network, "单" * 81)[0].value, TooLong)
    assert shown(network) == []


def test_a_question_that_nobody_waits_for_any_more_leaves_the_phone(network: Any) -> None:
    outcome: list[Any] = []
    asking = Deferred.fromCoroutine(network.menus.pushes.ask("main", PHONE, "Come today?")).addBoth(outcome.append)
    asking.cancel()
    assert isinstance(outcome[0].value, CancelledError)
    assert (len(network.menus), network.clock.getDelayedCalls()) == (0, [])
    network.deliver(MSISDN, "answer", "1")
    assert shown(network)[-1] == ("会话已结束，请重拨*120#。", False, True)


def test_an_answer_is_not_lost_over_a_slow_database(network: Any) -> None:
    outcome = asked(network)
    network.store.slow = True
    network.deliver(MSISDN, "answer", "1")
    assert outcome == ["1"]
    assert shown(network)[-1] == ("谢谢，再见。", False, True)


class TestANoticeOnALinkWithoutRoom:
    @pytest.fixture
    def waiting(self, network: Any) -> Any:
        return network.hold()

    def tell(self, network: Any) -> tuple[Any, list[Any]]:
        outcome: list[Any] = []
        return Deferred.fromCoroutine(network.menus.pushes.tell("main", PHONE, "Near")).addBoth(outcome.append), outcome

    def test_it_is_given_up_when_it_is_late(self, network: Any, waiting: Any) -> None:
        _, outcome = self.tell(network)
        network.wait(9.9)
        assert (outcome, waiting()) == ([], ["Near"])
        network.wait(0.2)
        assert isinstance(outcome[0].value, NotShown)
        assert (waiting(), network.clock.getDelayedCalls()) == ([], [])

    def test_it_is_given_up_when_the_phone_dials(self, network: Any, waiting: Any) -> None:
        _, outcome = self.tell(network)
        network.deliver(MSISDN, "begin", "*120#")
        assert isinstance(outcome[0].value, NotShown)
        assert waiting() == [ROOT]

    def test_it_is_given_up_with_its_caller(self, network: Any, waiting: Any) -> None:
        telling, outcome = self.tell(network)
        telling.cancel()
        assert isinstance(outcome[0].value, CancelledError)
        assert (waiting(), network.clock.getDelayedCalls()) == ([], [])

    def test_no_more_wait_than_may(self, make_network: Any) -> None:
        network = make_network(settings=MenuSettings(sessions=1))
        network.hold()
        self.tell(network)
        assert isinstance(told(network, phone="+8615400000002").value, NotShown)


def test_what_is_no_phone(network: Any) -> None:
    assert isinstance(told(network, phone="nobody").value, BadPhone)


def test_a_dialog_that_we_begin(network: Any) -> None:
    network.menus.converse("main", PHONE, root)
    assert shown(network) == [(ROOT, True, False)]
    network.deliver(MSISDN, "answer", "6", number=4)
    assert network.sent[-1][1].number == "s4"
    network.deliver(MSISDN, "answer", "2", number=4)
    assert "6.Language/Zhongwen\n7.Blood pressure, sugar\n98.More" in shown(network)[-1][0]


@pytest.mark.parametrize("name", [name for name in DIALECTS if name != "words"])
def test_a_question_in_every_dialect(make_network: Any, name: str) -> None:
    network = make_network(dialect=DIALECTS[name])
    outcome = asked(network)
    numbers = {"tlv1501": {"0x1501": b"\0\0\0\7"}, "mica": {"user_message_reference": 7}}
    pdu = ussd.indicate(
        "answer",
        subscriber=network.sent[0][1].subscriber,
        service=network.sent[0][1].service,
        text="1",
        numbers=numbers.get(name, {"its_session_info": b"\7\2"}),
        dialect=network.dialect,
    )
    indication = ussd.read(pdu, network.dialect)
    assert indication is not None
    network.menus.received("main", indication, "bind-1")
    assert outcome == ["1"]
    assert network.sent[-1][1].end
