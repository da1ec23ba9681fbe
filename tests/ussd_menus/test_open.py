"""What comes for sessions that are over: repeated, late, or too much of it."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from smpp.ussd import Dialect
from ussd_menus.settings import MenuSettings

PHONE, MSISDN, OTHER = "+8615400000001", "8615400000001", "8615400000002"
ROOT = (
    "社区卫生服务\n1.预约看病\n2.我的预约和排队\n3.接种记录\n4.健康知识\n"
    "5.上门服务\n6.语言/Language\n7.血压血糖\n8.我的账户"
)
BYE = "谢谢，再见。"
EXPIRED = "会话已结束，请重拨*120#。"


def ask(network: Any) -> list[Any]:
    outcome: list[Any] = []
    Deferred.fromCoroutine(network.menus.pushes.ask("main", PHONE, "Come today?")).addBoth(outcome.append)
    return outcome


def texts(network: Any) -> list[str]:
    return [request.text for _, request in network.sent]


class TestALastTextThatWaits:
    """It is for one session: into a dead one it is not sent, and not into the next."""

    def test_a_release_takes_it_back(self, network: Any) -> None:
        phone = network.phone()
        phone.dial("*120#")
        waiting = network.hold()
        phone.types("0")
        assert waiting() == [BYE]
        phone.hangs_up()
        assert (waiting(), network.clock.getDelayedCalls()) == ([], [])
        assert network.events["undelivered"] == 0

    @pytest.mark.parametrize("number", [1, 2])
    def test_so_does_a_new_dial(self, network: Any, number: int) -> None:
        phone = network.phone()
        phone.dial("*120#")
        waiting = network.hold()
        phone.types("0")
        network.deliver(MSISDN, "begin", "*120#", number=number)
        assert waiting() == [ROOT]

    def test_a_release_of_another_session_does_not(self, network: Any) -> None:
        phone = network.phone()
        phone.dial("*120#")
        waiting = network.hold()
        phone.types("0")
        network.deliver(MSISDN, "release", number=2)
        network.deliver(OTHER, "release", number=1)
        network.deliver(OTHER, "begin", "*120#", number=1)
        assert waiting() == [BYE, ROOT]

    @pytest.mark.parametrize("next_one", [("release", ""), ("begin", "*120#")])
    def test_nor_does_it_matter_what_it_says(self, network: Any, next_one: tuple[str, str]) -> None:
        waiting = network.hold()
        network.deliver(MSISDN, "begin", "*999#")
        network.deliver("AB", "begin", "*120#")
        assert waiting() == ["无此服务，请拨*120#。", "系统故障，请稍后再试。"]
        network.deliver(MSISDN, *next_one)
        network.deliver("AB", "release")
        assert waiting() == ([ROOT] if next_one[0] == "begin" else [])

    def test_nor_that_it_was_we_who_were_slow(self, network: Any) -> None:
        phone = network.phone()
        phone.dial("*120#")
        waiting = network.hold()
        network.store.slow = True
        phone.types("1")
        network.wait(10.1)
        assert waiting() == ["请稍候，办理结果将发短信；未收到请重拨*120#。"]
        phone.hangs_up()
        assert waiting() == []

    def test_one_that_was_not_taken_leaves_the_subscriber_to_be_told(self, network: Any) -> None:
        phone = network.phone()
        phone.dial("*120#")
        network.hold()
        phone.types("0")
        network.wait(10.1)
        assert network.events["undelivered"] == 1
        phone.types("1")
        assert texts(network)[-1] == EXPIRED


class TestOurQuestionAndWhatBelongsToAnOldSession:
    @pytest.fixture
    def outcome(self, network: Any) -> list[Any]:
        network.phone().dial("*120#", "0")
        assert texts(network)[-1] == BYE
        return ask(network)

    @pytest.mark.parametrize("old", [("release", ""), ("answer", "7"), ("confirm", "")])
    def test_it_goes_on(self, network: Any, outcome: list[Any], old: tuple[str, str]) -> None:
        network.deliver(MSISDN, *old, number=1)
        assert outcome == []
        network.deliver(MSISDN, "answer", "1", number=2)
        assert outcome == ["1"]

    def test_a_minute_later_the_number_may_be_new(self, network: Any, outcome: list[Any]) -> None:
        network.wait(60)
        network.deliver(MSISDN, "answer", "1", number=1)
        assert outcome == ["1"]

    def test_also_after_a_release_and_a_code_that_was_given_up(self, network: Any) -> None:
        network.deliver(MSISDN, "release", number=5)
        network.deliver(MSISDN, "begin", "*120#", number=6, end=1)
        outcome = ask(network)
        network.deliver(MSISDN, "answer", "7", number=5)
        network.deliver(MSISDN, "answer", "7", number=6)
        assert (outcome, texts(network)) == ([], ["Come today?"])

    def test_without_numbers_there_is_no_telling(self, make_network: Any) -> None:
        network = make_network(dialect=Dialect(session="user_message_reference"))
        network.deliver(MSISDN, "begin", "*120#")
        network.deliver(MSISDN, "release")
        outcome = ask(network)
        network.deliver(MSISDN, "answer", "1")
        assert outcome == ["1"]


class TestAnAnswerToWhatIsOver:
    def test_after_our_last_text_it_gets_no_word(self, network: Any) -> None:
        phone = network.phone()
        phone.dial("*120#", "0")
        assert phone.types("0") == "> 0\n"
        assert (network.events["stray"], network.events["late"]) == (0, 1)

    @pytest.mark.parametrize("number", [1, 2])
    def test_after_a_release_or_a_new_dial_neither(self, network: Any, number: int) -> None:
        phone = network.phone()
        phone.dial("*120#")
        if number == 1:
            phone.hangs_up()
        else:
            phone.again(number).dial("*120#")
        said = len(network.sent)
        network.deliver(MSISDN, "answer", "1", number=1)
        assert len(network.sent) == said

    def test_that_it_is_over_is_said_once(self, network: Any) -> None:
        phone = network.phone()
        network.store.slow = True
        phone.types("1", "1")
        network.store.answer()
        phone.types("1")
        assert texts(network) == [EXPIRED]

    def test_a_number_used_again_is_heard_again(self, network: Any) -> None:
        phone = network.phone()
        phone.dial("*120#", "0")
        assert "选择中心" in phone.dial("*120#", "1")


def test_a_code_that_was_given_up_ends_the_session_before(network: Any) -> None:
    network.phone().dial("*120#", "1")
    network.deliver(MSISDN, "begin", "*120#", number=2, end=1)
    assert (len(network.menus), network.events["replaced"]) == (0, 1)
    assert len(network.sent) == 2


class TestTooMuch:
    @pytest.fixture
    def network(self, make_network: Any) -> Any:
        return make_network(settings=MenuSettings(sessions=2))

    def test_answers_to_no_session_while_the_database_is_slow(self, network: Any) -> None:
        network.store.slow = True
        assert [network.deliver(f"861540000000{n}", "answer", "1") for n in range(4)] == [True, True, False, False]
        assert (network.events["stray"], network.events["full"]) == (2, 2)
        network.store.answer()
        assert texts(network) == [EXPIRED, EXPIRED]
        assert network.deliver("8615400000003", "answer", "1")
        assert texts(network)[2:] == [EXPIRED]

    def test_a_database_that_never_answers(self, network: Any) -> None:
        network.store.slow = True
        for _ in range(4):
            for phone in range(4):
                network.deliver(f"861540000000{phone}", "answer", "1", number=network.events["stray"])
            network.wait(10.1)
        assert network.store.asked == 4
        assert network.deliver(OTHER, "begin", "*120#") is False

    def test_last_texts_that_wait_for_the_link(self, network: Any) -> None:
        waiting = network.hold()
        dialled = [network.deliver(f"861540000000{n}", "begin", "*999#") for n in range(3)]
        assert (dialled, len(waiting())) == ([True, True, False], 2)
        assert network.events["full"] == 1
        assert network.deliver("8615400000000", "release")
        assert network.deliver("8615400000002", "begin", "*999#")

    def test_all_sessions_open(self, network: Any) -> None:
        dialled = [network.deliver(f"861540000000{n}", "begin", "*120#") for n in range(3)]
        assert dialled == [True, True, True]
        assert texts(network)[2] == "使用人数较多，已为您排队。请在5分钟内重拨*120#。"
