"""Blocks by staff, appeals by who is blocked, and how staff answer them."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from clinic.errors import Blocked, NotPossible
from clinic.fairness import appeals, blocks
from clinic.fairness.appeals import NotAppealable
from clinic.fairness.blocks import NoSuchBlock, Subject
from clinic.people import persons
from clinic.tables import Audit, Block, RelatedPerson, Subscriber, Visit
from conf.texts.words import Name
from smpp.text import measure
from tests.clinic.conftest import OTHER_IDENTITY, OTHER_PHONE, PHONE


def block(fair: Any, *, centre: str = "", last: str = "2027-04-30", reason: str = "倒号", **whom: Any) -> int:
    subject = Subject(**(whom or {"phone": PHONE}))
    given = {"centre": centre, "last": dt.date.fromisoformat(last), "reason": reason, "by": "amy"}
    return int(fair.staff(blocks.by_staff, whom=subject, occasion=f"staff:{reason}:{last}", **given))


def appeal(fair: Any, number: int, phone: str = PHONE, text: str = "病重住院") -> None:
    fair.plain(appeals.appeal, block=number, phone=phone, text=text)


class TestStaffBlock:
    def test_a_phone_everywhere_and_it_is_told_why(self, fair: Any) -> None:
        fair.at("2027-03-08")
        block(fair)
        ((phone, text),) = fair.told()
        assert phone == PHONE
        assert text.startswith("暂停预约通知：本机在各中心的电话预约暂停至4月30日周五（倒号）。")
        assert text.endswith("有异议请拨*120#选我的账户申诉，或到窗口咨询。")
        for person in (fair.clinic.person(), fair.clinic.person("李强", OTHER_IDENTITY)):
            with pytest.raises(Blocked):
                fair.book("2027-04-30", 3, patient=person)
        assert fair.book("2027-03-10", phone=OTHER_PHONE).state == "booked"

    def test_a_person_at_one_centre(self, fair: Any) -> None:
        fair.book("2027-03-08")
        block(fair, centre="DY", resident=1)
        with pytest.raises(Blocked):
            fair.book("2027-03-10", 1)
        assert fair.book("2027-03-10", 3).state == "booked"
        assert fair.told()[0][1].startswith("暂停预约通知：王*在东苑中心的电话预约暂停至4月30日周五（倒号）。")

    @pytest.mark.parametrize("is_old", [False, True])
    def test_who_has_only_the_identity_number_learns_nothing_of_the_block(self, fair: Any, is_old: bool) -> None:
        """Not on a new phone, whose owner would be the first it names, and not on one that is known."""
        fair.book("2027-03-08")
        if is_old:
            fair.book("2027-03-09", phone=OTHER_PHONE, patient=fair.clinic.person("李强", OTHER_IDENTITY))
        block(fair, resident=1)
        for _ in range(2):
            with pytest.raises(NotPossible):
                fair.book("2027-03-10", phone=OTHER_PHONE)
        with pytest.raises(Blocked):
            fair.book("2027-03-10")

    def test_who_has_named_the_person_as_itself_sees_nothing_until_they_came_with_its_code(self, fair: Any) -> None:
        """Named long before the block, and called the owner of the phone: whoever knows the identity number can."""
        fair.at("2027-03-01")
        fair.plain(persons.add, phone=OTHER_PHONE, person=fair.clinic.person())
        theirs = fair.book("2027-03-04", phone=OTHER_PHONE)
        fair.book("2027-03-08")
        number = block(fair, resident=1)
        assert fair.clinic.rows(RelatedPerson.is_self) == [True, True]
        assert [seen.id for seen in fair.seen_by(PHONE)] == [number]  # which was told of it
        assert fair.seen_by(OTHER_PHONE) == []
        with pytest.raises(NotAppealable):
            appeal(fair, number, OTHER_PHONE)
        with pytest.raises(NotPossible):
            fair.book("2027-03-10", phone=OTHER_PHONE)
        fair.set(Visit, theirs.id, state="fulfilled")  # they came with the T-code of that phone
        assert [seen.note for seen in fair.seen_by(OTHER_PHONE)] == ["倒号"]
        with pytest.raises(Blocked):
            fair.book("2027-03-10", phone=OTHER_PHONE)

    def test_a_phone_that_is_blocked_too_hears_of_its_own(self, fair: Any) -> None:
        fair.book("2027-03-08")
        block(fair, resident=1, last="2027-05-31")
        block(fair, phone=OTHER_PHONE)
        with pytest.raises(Blocked) as blocked:
            fair.book("2027-03-10", phone=OTHER_PHONE)
        assert blocked.value.args[0] == dt.date(2027, 4, 30)

    def test_lifting_it_is_told_too(self, fair: Any) -> None:
        fair.at("2027-03-08")
        number = block(fair)
        fair.staff(blocks.lift, block=number, by="amy", reason="a mistake")
        assert fair.told()[1:] == [(PHONE, "恢复预约通知：本机在各中心的电话预约已恢复。")]
        assert fair.book("2027-03-10").state == "booked"
        assert fair.listed() == []
        assert [action for action in fair.clinic.rows(Audit.action) if "block" in action] == ["block.add", "block.lift"]

    def test_what_cannot_be_is_told(self, fair: Any) -> None:
        fair.at("2027-03-08")
        for given, why in (
            ({"last": "2027-03-07"}, "is over"),
            ({"resident": 99}, "no resident 99"),
            ({"centre": "XX"}, "no centre 'XX'"),
            ({"reason": " "}, "1 to 200"),
        ):
            with pytest.raises(NoSuchBlock, match=why):
                block(fair, **given)
        number = block(fair)
        fair.staff(blocks.lift, block=number, by="amy", reason="x")
        with pytest.raises(NoSuchBlock, match="lifted already"):
            fair.staff(blocks.lift, block=number, by="amy", reason="x")

    def test_one_that_has_ended_by_itself_cannot_be_lifted(self, fair: Any) -> None:
        fair.at("2027-03-08")
        number = block(fair)
        fair.at("2027-05-01", 0)
        with pytest.raises(NoSuchBlock, match="ended by itself on 2027-04-30"):
            fair.staff(blocks.lift, block=number, by="amy", reason="x")


class TestSeen:
    """Who sees a block, and what of it."""

    @pytest.fixture(autouse=True)
    def _blocked(self, fair: Any) -> None:
        fair.rule("noshow", 2, 12, 3)
        fair.miss("2027-03-10", phone=OTHER_PHONE)
        fair.miss("2027-03-11")

    def test_the_phone_that_booked_sees_its_own_visits(self, fair: Any) -> None:
        (seen,) = fair.seen_by()
        assert (seen.name, seen.centre, seen.reason, seen.last, seen.count) == (
            "王*",
            None,
            "noshow",
            dt.date(2027, 6, 10),
            2,
        )
        assert [(visit.day.day, visit.department) for visit in seen.visits] == [(11, Name("全科", "General practice"))]

    def test_a_phone_that_only_knows_the_identity_number_sees_nothing(self, fair: Any) -> None:
        stranger = "+8615400000077"
        own = fair.clinic.person("李强", OTHER_IDENTITY)
        fair.book("2027-03-12", phone=stranger, patient=own)
        fair.book("2027-03-13", phone=stranger, channel="counter")
        assert fair.seen_by(stranger) == []
        with pytest.raises(NotAppealable):
            appeal(fair, 1, stranger)
        with pytest.raises(NotPossible):
            fair.book("2027-03-14", phone=stranger)
        fair.set(RelatedPerson, 4, is_told=True)  # the centre puts it on record
        (seen,) = fair.seen_by(stranger)
        assert (seen.count, seen.visits) == (2, ())
        with pytest.raises(Blocked):
            fair.book("2027-03-14", phone=stranger)

    def test_a_phone_that_is_somebody_elses_now_sees_nothing(self, fair: Any) -> None:
        fair.set(Subscriber, 2, wrong_at=fair.clinic.moment)
        assert fair.seen_by() == []

    def test_a_block_that_is_over_is_not_shown(self, fair: Any) -> None:
        fair.at("2027-06-11", 0)
        assert fair.seen_by() == []


class TestAppeal:
    @pytest.fixture(autouse=True)
    def _blocked(self, fair: Any) -> None:
        fair.rule("noshow", 1, 12, 3)
        fair.miss("2027-03-10")
        fair.at("2027-03-12", 10)

    def test_it_is_listed_for_staff(self, fair: Any) -> None:
        appeal(fair, 1, text="  病重\n住院 ")
        (view,) = fair.listed(appealed=True)
        assert (view.id, view.appeal, view.appeal_text, view.name) == (1, "open", "病重 住院", "王*")
        with pytest.raises(Blocked):
            fair.book("2027-03-15")  # it stands until it is answered

    def test_once(self, fair: Any) -> None:
        appeal(fair, 1)
        appeal(fair, 1, text="again")  # the same conversation, replayed
        assert fair.clinic.rows(Block.appeal_text) == ["病重住院"]
        fair.decide(1, granted=False)
        with pytest.raises(NotAppealable):
            appeal(fair, 1)

    def test_granted_lifts_and_is_told_with_the_answer(self, fair: Any) -> None:
        appeal(fair, 1)
        fair.decide(1, granted=True, answer="已核实住院记录")
        assert fair.told()[1:] == [(PHONE, "申诉通过：王*在各中心的电话预约已恢复。答复：已核实住院记录")]
        assert fair.book("2027-03-15").state == "booked"
        fair.rule("noshow", 1, 12, 1)
        assert fair.scan() == 0  # what was forgiven is not counted again

    def test_refused_stays_and_is_told_with_the_answer(self, fair: Any) -> None:
        fair.set(Subscriber, 1, language="en")
        appeal(fair, 1)
        fair.decide(1, granted=False, answer="no record found")
        assert fair.told()[1:] == [
            (
                PHONE,
                "Appeal refused: booking by phone stays blocked for 王* at all centres until Wed 9 Jun. "
                "Answer: no record found",
            )
        ]
        with pytest.raises(Blocked):
            fair.book("2027-03-15")
        (seen,) = fair.seen_by()
        assert (seen.appeal, seen.answer) == ("refused", "no record found")

    def test_it_is_answered_once(self, fair: Any) -> None:
        with pytest.raises(NoSuchBlock, match="no appeal that waits"):
            fair.decide(1, granted=True)
        appeal(fair, 1)
        fair.decide(1, granted=False)
        with pytest.raises(NoSuchBlock, match="no appeal that waits"):
            fair.decide(1, granted=True)
        assert len(fair.told()) == 2

    @pytest.mark.parametrize("answer", ["", "x" * 61, "a\x00b"])
    def test_an_answer_fits_an_sms(self, fair: Any, answer: str) -> None:
        appeal(fair, 1)
        with pytest.raises(NoSuchBlock, match="an answer has 1 to 60"):
            fair.decide(1, granted=True, answer=answer)

    def test_the_longest_answer_has_two_segments(self, fair: Any) -> None:
        appeal(fair, 1)
        fair.decide(1, granted=False, answer="答" * 60)
        assert measure(fair.told()[-1][1])[1] <= 134

    def test_two_phones_at_once_appeal_once(self, fair: Any) -> None:
        fair.book("2027-03-12", phone=OTHER_PHONE, channel="counter")
        fair.set(RelatedPerson, 2, is_told=True)
        ready = Barrier(2)

        def say(phone: str) -> bool:
            ready.wait()
            try:
                appeal(fair, 1, phone, text=phone)
            except NotAppealable:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(say, (PHONE, OTHER_PHONE))) == [False, True]
        text, phone = fair.clinic.rows(Block.appeal_text, Block.appeal_phone)[0]
        assert text == phone
