"""Signs of trading with places: what shows and what does not, what staff make of it; told to nobody."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic.errors import Blocked
from clinic.fairness.blocks import NoSuchBlock
from clinic.fairness.signs import judging, seeing
from clinic.fairness.signs.judging import NoSuchSign
from clinic.tables import ClinicSession, Message, RelatedPerson, ScalperSign
from tests.clinic.conftest import OTHER_PHONE, PHONE, nth_identity

NO_LIMITS = {"person_day": 0, "person_department": 0, "person": 0, "phone": 0, "phone_day": 0}


class Watch:
    """Books as fast as it is told, and looks."""

    def __init__(self, fair: Any) -> None:
        self.fair, self.clinic = fair, fair.clinic
        fair.change(**NO_LIMITS)
        fair.at("2027-03-08")

    def book(self, who: int = 0, phone: str = PHONE, day: str = "2027-03-20", **more: Any) -> Any:
        self.clinic.wait(seconds=more.pop("after", 60))
        person = self.clinic.person("王芳", nth_identity(who))
        rules = self.fair.rules.booking
        return self.clinic.book(self.fair.offered(day), person, phone, rules=rules, **more)

    def look(self, most: int = 500) -> int:
        fresh, after, since = 0, None, self.clinic.moment - dt.timedelta(hours=2)
        while True:
            looked = self.fair.plain(seeing.look, since=since, after=after, rules=self.fair.rules, most=most)
            fresh, after = fresh + looked.fresh, looked.last
            if after is None:
                return fresh

    def signs(self, **given: Any) -> list[tuple[str, int, list[int]]]:
        found = self.clinic.run(judging.listed, **given)
        return [(sign.kind, sign.count, list(sign.visits)) for sign in found]


@pytest.fixture
def watch(fair: Any) -> Watch:
    return Watch(fair)


class TestManyIdentitiesFromOnePhone:
    def test_one_more_than_it_may_is_shown_with_its_visits(self, watch: Watch) -> None:
        for who in range(5):
            watch.book(who)
        assert watch.look() == 0
        watch.book(5)
        assert watch.look() == 1
        assert watch.signs() == [("identities", 6, [1, 2, 3, 4, 5, 6])]

    def test_the_same_people_again_are_no_more(self, watch: Watch) -> None:
        for who in range(10):
            watch.book(who % 5, day=f"2027-03-{20 + who // 5}")
        assert watch.look() == 0

    def test_it_is_told_to_nobody_and_grows(self, watch: Watch) -> None:
        for who in range(6):
            watch.book(who)
        watch.look()
        watch.book(6)
        assert watch.look() == 0
        assert watch.signs() == [("identities", 7, [1, 2, 3, 4, 5, 6, 7])]
        assert set(watch.clinic.rows(Message.kind)) == {"visit.code_sms"}

    def test_a_family_that_the_centre_knows_is_not_counted(self, watch: Watch) -> None:
        for who in range(7):
            watch.book(who)
        for number in (1, 2):
            watch.fair.set(RelatedPerson, number, relation="mother")
        assert watch.look() == 0

    def test_the_counter_is_no_sign(self, watch: Watch) -> None:
        for who in range(8):
            watch.book(who, channel="counter")
        assert watch.look() == 0

    def test_after_a_month_it_is_over(self, watch: Watch) -> None:
        for who in range(5):
            watch.book(who)
        watch.fair.at("2027-04-20")
        watch.book(5, day="2027-04-25")
        assert watch.look() == 0


def test_many_phones_for_one_identity_show_the_one_too_many(watch: Watch) -> None:
    for n in range(6):
        watch.book(0, f"+861540000900{n}", f"2027-03-{20 + n}")
    assert watch.look() == 1
    assert watch.signs() == [("phones", 6, [1, 2, 3, 4, 5, 6])]
    assert watch.clinic.rows(ScalperSign.phone) == ["+8615400009005"]


def test_faster_than_a_person_can_type(watch: Watch) -> None:
    for n in range(4):
        watch.book(n, day=f"2027-03-{20 + n}", after=4)
    assert watch.look() == 1
    assert watch.signs() == [("speed", 4, [1, 2, 3, 4])]


def test_as_fast_as_a_person_can_type_is_no_sign(watch: Watch) -> None:
    for n in range(5):
        watch.book(n, day=f"2027-03-{20 + n}", after=11)
    assert watch.look() == 0


class TestGivenUpAndTaken:
    """A full session of one place: the phone gives it up, and minutes later another takes it."""

    def trade(self, watch: Watch, n: int, phone: str, *, minutes: float = 3, capacity: int = 1, who: int = 99) -> None:
        day = f"2027-03-{12 + n}"
        visit = watch.book(0, day=day)
        watch.fair.set(ClinicSession, watch.fair.offered(day), capacity=capacity)
        watch.clinic.wait(minutes=1)
        watch.clinic.cancel(visit.id)
        watch.book(who, phone, day, after=minutes * 60)
        watch.look()

    def test_by_the_same_few_five_times(self, watch: Watch) -> None:
        for n in range(4):
            self.trade(watch, n, OTHER_PHONE)
        assert watch.signs() == []
        self.trade(watch, 4, OTHER_PHONE)
        assert watch.signs() == [("grabs", 10, list(range(1, 11)))]
        assert watch.clinic.rows(ScalperSign.phone) == [PHONE]

    def test_by_itself_for_somebody_else(self, watch: Watch) -> None:
        for n in range(5):
            self.trade(watch, n, PHONE, who=n + 1)
        assert ("grabs", 10, list(range(1, 11))) in watch.signs()

    def test_whom_chance_brought_is_no_sign(self, watch: Watch) -> None:
        for n in range(6):
            self.trade(watch, n, f"+861540000800{n}", who=n + 50)
        assert watch.signs() == []

    def test_where_there_were_other_places_it_is_no_sign(self, watch: Watch) -> None:
        for n in range(6):
            self.trade(watch, n, OTHER_PHONE, capacity=2)
        assert watch.signs() == []

    def test_an_hour_later_it_is_no_sign(self, watch: Watch) -> None:
        for n in range(6):
            self.trade(watch, n, OTHER_PHONE, minutes=60)
        assert watch.signs() == []


def test_a_batch_at_a_time_finds_the_same(watch: Watch) -> None:
    for who in range(6):
        watch.book(who)
    assert watch.look(most=1) == 1
    assert watch.signs() == [("identities", 6, [1, 2, 3, 4, 5, 6])]


def test_visits_of_long_ago_are_not_looked_at(watch: Watch) -> None:
    for who in range(6):
        watch.book(who)
    watch.clinic.wait(hours=3)
    assert watch.look() == 0
    watch.book(0, OTHER_PHONE, "2027-03-21")
    found = watch.clinic.run(seeing.first_since, since=watch.clinic.moment)
    assert found == 7


class TestJudged:
    @pytest.fixture(autouse=True)
    def _sign(self, watch: Watch) -> None:
        for who in range(6):
            watch.book(who)
        watch.look()

    def clear(self, watch: Watch, **given: Any) -> None:
        watch.fair.plain(judging.clear, sign=1, by="amy", **{"until": None, **given})

    def test_cleared_it_comes_again_only_with_what_is_new(self, watch: Watch) -> None:
        self.clear(watch)
        watch.book(0, day="2027-03-21")
        assert (watch.look(), watch.signs()) == (0, [])
        watch.book(6)
        assert watch.look() == 1
        assert watch.clinic.rows(ScalperSign.round, ScalperSign.state) == [(1, "cleared"), (2, "open")]

    def test_cleared_until_a_day_it_does_not_come_before(self, watch: Watch) -> None:
        self.clear(watch, until=dt.date(2027, 3, 15))
        for day, fresh in (("2027-03-15", 0), ("2027-03-16", 1)):
            watch.fair.at(day)
            watch.book(int(day[-2:]))
            assert watch.look() == fresh

    def test_a_trusted_phone_shows_no_sign_of_any_kind(self, watch: Watch) -> None:
        watch.fair.plain(judging.trust, phone=PHONE, until=dt.date(2027, 12, 31), by="amy")
        assert watch.signs() == []
        for who in range(10, 20):
            watch.book(who, after=1)
        assert watch.look() == 0
        assert [sign.kind for sign in watch.clinic.run(judging.listed, every=True)] == ["identities", "trusted"]

    def test_confirmed_it_may_block_the_phone_at_once(self, watch: Watch) -> None:
        number = watch.fair.act(judging.confirm, sign=1, last=dt.date(2027, 6, 30), reason="为多人占号", by="amy")
        assert number == 1
        with pytest.raises(Blocked):
            watch.book(30)
        ((phone, text),) = watch.fair.told()
        assert phone == PHONE
        assert text.startswith("暂停预约通知：本机在各中心的电话预约暂停至6月30日周三（为多人占号）。有异议请拨")
        assert watch.fair.seen_by()[0].reason == "scalper"  # and may be appealed against

    def test_confirmed_without_a_day_blocks_nobody(self, watch: Watch) -> None:
        assert watch.fair.act(judging.confirm, sign=1, last=None, reason="", by="amy") is None
        assert watch.book(30).state == "booked"

    def test_a_block_needs_a_reason_that_can_be_kept(self, watch: Watch) -> None:
        for reason in (" ", "x" * 201):
            with pytest.raises(NoSuchBlock, match="a reason has 1 to 200"):
                watch.fair.act(judging.confirm, sign=1, last=dt.date(2027, 6, 30), reason=reason, by="amy")
        assert watch.book(30).state == "booked"

    def test_it_is_judged_once(self, watch: Watch) -> None:
        self.clear(watch)
        for number, why in ((1, "cleared already, by amy"), (99, "no sign 99")):
            with pytest.raises(NoSuchSign, match=why):
                watch.fair.plain(judging.clear, sign=number, until=None, by="bob")
