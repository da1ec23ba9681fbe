"""Absences: the policies of DOMAIN.md section 5 as golden tests, what counts and what does not, excuses."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import update

from clinic import visits
from clinic.errors import Blocked, NotPossible
from clinic.fairness import absences
from clinic.fairness.absences import NotExcusable
from clinic.tables import Audit, Block, ClinicSession, Message, Subscriber, Visit, Voucher
from clinic.visits.withdrawing import withdraw
from smpp.text import measure
from tests.clinic.conftest import HOUSE, OTHER_IDENTITY, OTHER_PHONE, PHONE


class TestThreeAYearBlockThreeMonthsSixSix:
    """3 a year -> 3 months, 6 -> 6 months."""

    @pytest.fixture(autouse=True)
    def _policy(self, fair: Any) -> None:
        fair.rule("noshow", 3, 12, 3)
        fair.rule("noshow", 6, 12, 6)

    def test_the_third_blocks_three_months_and_tells_it(self, fair: Any) -> None:
        for day in ("2027-03-10", "2027-04-12"):
            fair.miss(day)
        assert fair.blocks() == []
        fair.miss("2027-05-31")
        assert fair.blocks() == [("noshow", [1, 2, 3], "2027-08-30")]
        assert fair.told() == [
            (
                PHONE,
                "暂停预约通知：王*3次预约未到（3月10日周三全科、4月12日周一全科、5月31日周一全科），"
                "各中心电话预约暂停至8月30日周一。"
                "有异议请回复“申诉”加原因，或拨*120#选我的账户。",
            )
        ]

    def test_booking_is_refused_up_to_the_last_day_and_no_longer(self, fair: Any) -> None:
        for day in ("2027-03-10", "2027-04-12", "2027-05-31"):
            fair.miss(day)
        with pytest.raises(Blocked) as refused:
            fair.book("2027-08-30")
        assert refused.value.words == {"last": dt.date(2027, 8, 30)}
        assert fair.book("2027-08-31").state == "booked"

    def test_another_phone_does_not_help_and_the_counter_is_open(self, fair: Any) -> None:
        for day in ("2027-03-10", "2027-04-12", "2027-05-31"):
            fair.miss(day)
        with pytest.raises(NotPossible):  # it is not told why
            fair.book("2027-07-01", phone=OTHER_PHONE)
        assert fair.book("2027-07-01", channel="counter").state == "booked"
        other = fair.clinic.person("李强", OTHER_IDENTITY)
        assert fair.book("2027-07-02", patient=other).state == "booked"  # the phone is not to blame

    def test_the_sixth_blocks_six_months_the_ones_between_nothing(self, fair: Any) -> None:
        for month in range(3, 9):
            fair.miss(f"2027-{month:02}-10")
        assert fair.blocks() == [
            ("noshow", [1, 2, 3], "2027-08-09"),
            ("noshow", [1, 2, 3, 4, 5, 6], "2028-02-09"),
        ]

    def test_the_ninth_blocks_three_months_again(self, fair: Any) -> None:
        for month, day in ((3, 10), (3, 11), (4, 10), (5, 10), (6, 10), (7, 10), (8, 10), (9, 10), (10, 10)):
            fair.miss(f"2027-{month:02}-{day}")
        assert fair.blocks()[2:] == [("noshow", [7, 8, 9], "2028-01-09")]

    def test_a_year_ago_counts_no_more(self, fair: Any) -> None:
        for day in ("2027-03-10", "2027-04-12", "2028-03-10"):
            fair.miss(day)
        assert fair.blocks() == []
        fair.miss("2028-04-11")  # the day before the second is a year ago
        assert fair.blocks() == [("noshow", [2, 3, 4], "2028-07-10")]

    def test_months_end_where_the_shorter_month_does(self, fair: Any) -> None:
        for day in ("2027-09-01", "2027-10-01", "2027-11-30"):
            fair.miss(day)
        assert fair.blocks() == [("noshow", [1, 2, 3], "2028-02-28")]  # free on the 29th of February


class TestThreeInThreeMonthsBlockSix:
    """3 in 3 months -> 6 months, with cancelling until 15:00 the day before: later it is as good as not coming."""

    @pytest.fixture(autouse=True)
    def _policy(self, fair: Any) -> None:
        fair.rule("absent", 3, 3, 6)
        fair.cancel_rule(1, dt.time(15))

    def test_missed_and_given_up_late_count_together(self, fair: Any) -> None:
        fair.miss("2027-03-10")
        fair.at("2027-04-01")
        fair.give_up("2027-04-12", ("2027-04-11", 15, 1))
        fair.miss("2027-06-09")
        assert fair.blocks() == [("noshow", [1, 2, 3], "2027-12-08")]

    def test_in_time_does_not_count(self, fair: Any) -> None:
        fair.miss("2027-03-10")
        fair.miss("2027-03-11")
        fair.at("2027-04-01")
        fair.give_up("2027-04-12", ("2027-04-11", 15, 0))
        assert fair.blocks() == []

    def test_after_three_months_the_first_counts_no_more(self, fair: Any) -> None:
        for day in ("2027-03-10", "2027-04-12", "2027-06-10"):
            fair.miss(day)
        assert fair.blocks() == []

    def test_the_end_of_january_is_three_months_before_the_end_of_april(self, fair: Any) -> None:
        for day in ("2028-01-31", "2028-02-15", "2028-04-30"):
            fair.miss(day)
        assert fair.blocks() == []
        fair.miss("2028-05-14")
        assert fair.blocks() == [("noshow", [2, 3, 4], "2028-11-13")]


class TestThreeNoShowsAYearOrThreeCancelsAMonthBlockOne:
    @pytest.fixture(autouse=True)
    def _policy(self, fair: Any) -> None:
        fair.rule("noshow", 3, 12, 1)
        fair.rule("cancel", 3, 1, 1)

    def test_three_no_shows(self, fair: Any) -> None:
        for day in ("2027-03-10", "2027-06-12", "2028-01-31"):
            fair.miss(day)
        assert fair.blocks() == [("noshow", [1, 2, 3], "2028-02-28")]

    def test_three_cancels(self, fair: Any) -> None:
        for place, day in enumerate(("2027-03-08", "2027-03-20", "2027-04-07")):
            fair.at(day)
            fair.give_up(f"2027-05-{10 + place}", (day, 12, 0))
        assert fair.blocks() == [("cancel", [1, 2, 3], "2027-05-06")]
        ((_, text),) = fair.told()
        assert text.startswith(
            "暂停预约通知：王*取消预约3次（5月10日周一全科、5月11日周二全科、5月12日周三全科），各中心"
        )
        assert "电话预约暂停至5月6日周四。" in text

    def test_the_month_is_over_on_its_day(self, fair: Any) -> None:
        for place, day in enumerate(("2027-03-08", "2027-03-20", "2027-04-08")):
            fair.at(day)
            fair.give_up(f"2027-05-{10 + place}", (day, 12, 0))
        assert fair.blocks() == []

    def test_no_shows_and_cancels_do_not_add_up(self, fair: Any) -> None:
        fair.miss("2027-03-10")
        fair.miss("2027-03-11")
        fair.at("2027-03-12")
        fair.give_up("2027-03-20", ("2027-03-12", 12, 0))
        assert fair.blocks() == []


# What counts


def test_who_arrived_and_left_was_no_no_show(fair: Any) -> None:
    fair.rule("noshow", 1, 12, 3)
    visit = fair.book("2027-03-10")
    fair.arrive(visit)
    fair.set(Visit, visit.id, state="noshow", judge_at=fair.clinic.moment)  # as the room marks who has gone
    assert fair.scan() == 0
    assert fair.blocks() == []


def test_a_session_that_the_centre_stopped_does_not_count(fair: Any) -> None:
    fair.rule("cancel", 1, 12, 3)
    visit = fair.book("2027-03-10")

    def stop(session: Any) -> None:
        assert withdraw(session, session.get_one(Visit, visit.id), why="stopped", by="staff", now=fair.clinic.moment)

    fair.clinic.run(stop)
    assert fair.scan() == 0


def test_what_was_never_paid_does_not_count(fair: Any) -> None:
    fair.rule("cancel", 1, 12, 3)
    visit = fair.book("2027-03-10", pays="mobile")
    assert visit.state == "pending"
    fair.clinic.cancel(visit.id)
    assert fair.scan() == 0
    assert fair.clinic.rows(Visit.cancelled_for, Visit.judge_at) == [("own", None)]


def test_a_centres_own_rules_count_there_and_block_there(fair: Any) -> None:
    fair.rule("noshow", 2, 12, 3)
    fair.rule("noshow", 1, 12, 1, centre="NH")
    fair.miss("2027-03-10", 3)  # the Chinese medicine of NH
    assert [view.centre.en for view in fair.listed()] == ["Nanhe Centre"]
    fair.miss("2027-03-11")
    assert len(fair.blocks()) == 1  # what was missed at NH does not count elsewhere
    assert fair.book("2027-03-12").state == "booked"
    with pytest.raises(Blocked):
        fair.book("2027-03-13", 3)


def test_the_installations_rule_counts_all_centres_and_blocks_at_all(fair: Any) -> None:
    fair.rule("noshow", 2, 12, 3)
    fair.miss("2027-03-10", 3)
    fair.miss("2027-03-11")
    assert [view.centre for view in fair.listed()] == [None]
    with pytest.raises(Blocked):
        fair.book("2027-03-13", 3)


def test_a_rule_counts_what_happened_while_it_holds(fair: Any) -> None:
    fair.rule("noshow", 2, 12, 3, valid_from=dt.date(2027, 4, 1), valid_until=dt.date(2027, 6, 30))
    for day in ("2027-03-10", "2027-04-12", "2027-07-01"):
        fair.miss(day)
    assert fair.blocks() == []


def test_of_several_rules_the_hardest_that_is_reached_counts(fair: Any) -> None:
    fair.rule("noshow", 2, 12, 1)
    fair.rule("noshow", 2, 3, 4)
    fair.rule("absent", 2, 12, 2)
    fair.rule("noshow", 5, 12, 12)
    for day in ("2027-03-10", "2027-04-12"):
        fair.miss(day)
    assert fair.blocks() == [("noshow", [1, 2], "2027-08-11")]


def test_without_rules_nothing_happens_and_the_list_is_emptied(fair: Any) -> None:
    fair.miss("2027-03-10")
    assert fair.clinic.rows(Visit.state, Visit.judge_at) == [("noshow", None)]
    assert fair.blocks() == []


def test_judged_again_it_tells_once(fair: Any) -> None:
    fair.rule("noshow", 1, 12, 3)
    visit = fair.miss("2027-03-10")
    for _ in range(2):
        fair.set(Visit, visit.id, judge_at=fair.clinic.moment)
        assert fair.scan() == 0
    assert len(fair.blocks()) == len(fair.told()) == 1


def test_a_block_that_would_be_over_is_not_made(fair: Any) -> None:
    fair.rule("noshow", 1, 12, 1)
    visit = fair.book("2027-03-10")
    fair.at("2027-06-01")
    fair.set(Visit, visit.id, state="noshow", judge_at=fair.clinic.moment)
    fair.clinic.run(lambda session: session.execute(update(Voucher).values(state="expired")) and None)
    assert fair.scan() == 0


def test_visits_of_another_phone_are_counted_not_shown(fair: Any) -> None:
    fair.rule("noshow", 2, 12, 3)
    fair.miss("2027-03-10", phone=OTHER_PHONE)
    fair.miss("2027-03-11")
    ((phone, text),) = fair.told()
    assert phone == PHONE
    assert "（3月11日周四全科等，另1次）" in text


def test_it_is_told_in_the_language_of_the_phone_and_not_at_night(fair: Any) -> None:
    fair.rule("noshow", 1, 12, 3)
    fair.miss("2027-03-10", language="en")
    assert fair.told() == [
        (
            PHONE,
            "Missed visits of 王*: 1 (Wed 10 Mar General practice). Booking by phone is blocked at all centres "
            "until Wed 9 Jun. Not right? Reply APPEAL and why, or dial *120#, my account.",
        )
    ]
    due = [due for kind, due in fair.clinic.rows(Message.kind, Message.due_at) if kind == "block.missed_sms"]
    assert due[0].astimezone(fair.clinic.moment.tzinfo).time() == dt.time(8)


def test_a_phone_that_is_somebody_elses_now_is_not_told(fair: Any) -> None:
    fair.rule("noshow", 1, 12, 3)
    fair.book("2027-03-10")
    fair.set(Subscriber, 1, wrong_at=fair.clinic.moment)
    fair.miss("2027-03-11", channel="")
    assert fair.told() == []
    assert len(fair.blocks()) == 2


@pytest.mark.parametrize(("language", "most"), [("zh", 134), ("en", 306)])
def test_the_sms_has_two_segments_at_most(fair: Any, language: Any, most: int) -> None:
    fair.rule("noshow", 12, 12, 3)
    for month in range(3, 9):
        for day in (10, 23):
            fair.miss(f"2027-{month:02}-{day}", language=language)
    ((_, text),) = fair.told()
    assert measure(text)[1] <= most, text


# Excuses


def test_an_excused_visit_is_not_counted_and_lifts_the_block_that_it_made(fair: Any) -> None:
    fair.rule("noshow", 2, 12, 3)
    first = fair.miss("2027-03-10")
    fair.miss("2027-03-11")
    assert fair.act(absences.excuse, visit=first.id, reason="in hospital", by="amy") == 1
    assert [view.lifted_by for view in fair.listed(every=True)] == ["staff:amy"]
    assert fair.told()[1:] == [(PHONE, "恢复预约通知：王*在各中心的电话预约已恢复。")]
    assert ("visit.excuse", {"reason": "in hospital"}) in fair.clinic.rows(Audit.action, Audit.detail)
    assert fair.book("2027-03-12").state == "booked"


def test_the_others_count_on(fair: Any) -> None:
    fair.rule("noshow", 2, 12, 3)
    first = fair.miss("2027-03-10")
    fair.miss("2027-03-11")
    fair.act(absences.excuse, visit=first.id, reason="x", by="amy")
    fair.miss("2027-03-20")
    assert fair.blocks()[1:] == [("noshow", [2, 3], "2027-06-19")]


def test_where_others_are_enough_without_it_they_block_anew(fair: Any) -> None:
    fair.rule("noshow", 2, 12, 3)
    first = fair.miss("2027-03-10")
    fair.miss("2027-03-11")
    fair.miss("2027-03-12")
    assert fair.act(absences.excuse, visit=first.id, reason="x", by="amy") == 1
    assert fair.blocks() == [("noshow", [1, 2], "2027-06-10"), ("noshow", [2, 3], "2027-06-11")]


def test_what_cannot_be_excused_is_told(fair: Any) -> None:
    visit = fair.book("2027-03-10")
    for number, why in ((99, "no visit 99"), (visit.id, "is booked")):
        with pytest.raises(NotExcusable, match=why):
            fair.act(absences.excuse, visit=number, reason="x", by="amy")
    missed = fair.miss("2027-03-11")
    fair.act(absences.excuse, visit=missed.id, reason="x", by="amy")
    with pytest.raises(NotExcusable, match="already"):
        fair.act(absences.excuse, visit=missed.id, reason="x", by="amy")


# At once


def test_one_that_is_judged_late_counts_with_what_came_after_it(fair: Any) -> None:
    fair.rule("noshow", 3, 3, 3)
    late = fair.miss("2027-03-10")
    fair.clinic.run(lambda s: s.execute(update(Visit).where(Visit.id == late.id).values(state="arrived")) and None)
    fair.miss("2027-04-12")
    fair.miss("2027-05-31")
    assert fair.blocks() == []
    judged = {"state": "noshow", "judge_at": fair.clinic.moment}
    fair.clinic.run(lambda s: s.execute(update(Visit).where(Visit.id == late.id).values(judged)) and None)
    assert fair.scan() == 1
    assert fair.blocks() == [("noshow", [1, 2, 3], "2027-08-30")]


def test_two_given_up_at_the_same_moment_are_both_counted(fair: Any, store: Any) -> None:
    fair.rule("cancel", 2, 1, 1)
    fair.at("2027-03-08")
    booked = [fair.clinic.book(fair.offered(day)) for day in ("2027-03-10", "2027-03-11")]
    ready = Barrier(4)

    def give_up(visit: Any) -> None:
        ready.wait()
        store.run_now(
            visits.cancel, visit=visit.id, phone=PHONE, language="zh", installation=HOUSE, now=fair.clinic.moment
        )

    def judge(_: int) -> int:
        ready.wait()
        return fair.scan()

    with ThreadPoolExecutor(4) as pool:
        given_up, judged = pool.map(give_up, booked), pool.map(judge, range(2))
        assert len(list(given_up)) == 2
        blocked = sum(judged) + fair.scan()
    assert blocked == 1
    assert [sorted(counted) for counted in fair.clinic.rows(Block.counted)] == [[1, 2]]
    assert len(fair.told()) == 1
    assert sum(taken for taken in fair.clinic.rows(ClinicSession.taken)) == 0
