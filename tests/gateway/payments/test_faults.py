"""Whatever the provider does, and wherever we die: paid once or not at all; booked, or given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.payments.town import FEE, Kill, Town

Towns = Callable[..., Town]

FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    "lost answer": {"answer_lost": 1},
    "lost answer, repeats refused": {"answer_lost": 1, "answer_duplicates": "refused"},
    "lost answer, no callback": {"answer_lost": 1, "callback_times": 0},
    "lost answer, repeats refused, no callback": {
        "answer_lost": 1,
        "answer_duplicates": "refused",
        "callback_times": 0,
    },
    "lost answer, responses at once": {"answer_lost": 1, "answer_responses": "always", "callback_times": 0},
    "answer after the callback": {"answer_last": True},
    "callback twice": {"callback_times": 2},
    "never a callback": {"callback_times": 0},
    "late callback": {"callback_seconds": 600},
    "wrong amount in the callback": {"callback_wrong": 1},
    "no amount in the callback": {"callback_bare": True},
    "half of the answers 503": {"answer_unavailable": 0.5},
    "half of the requests lost": {"answer_unheard": 0.5},
    "broken after the work": {"answer_broken": 1},
    "half of the answers junk": {"answer_junk": 0.5},
    "slower than our patience": {"answer_seconds": 20},
    "resident is slow": {"pay_seconds": 100},
    "resident is slower than the hold": {"pay_seconds": 1000},
}
"""All of these end with the visit booked, or with the money back where the hold was over before."""
TOO_LATE = {"resident is slower than the hold"}


@pytest.mark.parametrize("fault", FAULTS)
def test_paid_once_and_booked_once(town: Towns, fault: str) -> None:
    here = town(**FAULTS[fault])
    visit = here.book()
    here.live_on()
    here.check()
    if fault in TOO_LATE:
        assert here.visit(visit).state == "cancelled"
        assert [row.state for row in here.payments("refund")] == ["completed"]
        assert here.balance() == here.platform.shop.opening
    else:
        assert (here.visit(visit).state, here.codes()) == ("booked", 1)
        assert here.balance() == here.platform.shop.opening - FEE


NOBODY_TELLS = "lost answer, repeats refused, no callback"
DEATHS = [
    *(("none", step) for step in range(1, 6)),
    *(("answer after the callback", step) for step in range(1, 6)),
    *((NOBODY_TELLS, step) for step in range(1, 8)),
]
"""A fault, and each step that the first node takes with it."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("fault", "step"), DEATHS)
def test_killed_between_any_two_steps(town: Towns, fault: str, step: int, when: Any) -> None:
    here = town(Kill(step, when), **FAULTS[fault])
    visit = here.book()
    here.live_on()
    here.check()
    assert len(here.nodes) == 2, "nobody was killed"
    assert here.visit(visit).state == "booked" or here.balance() == here.platform.shop.opening
    if fault == "none":
        assert (here.visit(visit).state, here.codes()) == ("booked", 1)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", range(1, 6))
def test_killed_while_a_refund_is_on_its_way(town: Towns, step: int, when: Any) -> None:
    here = town()
    visit = here.book()
    here.wait(30)
    assert here.visit(visit).state == "booked"
    here.node.kill = Kill(step, when)
    here.cancel(visit)
    here.live_on()
    here.check()
    assert [row.state for row in here.payments("refund")] == ["completed"]
    assert here.balance() == here.platform.shop.opening


@pytest.mark.parametrize("fault", [name for name in FAULTS if not name.startswith("resident")])
def test_given_back_once(town: Towns, fault: str) -> None:
    here = town()
    visit = here.book()
    here.wait(30)
    here.platform.conditions = here.platform.conditions.changed(FAULTS[fault])
    here.cancel(visit)
    here.live_on()
    here.check()
    assert [row.state for row in here.payments("refund")] == ["completed"]
    assert here.balance() == here.platform.shop.opening


def test_who_declines_is_told_and_keeps_the_place_until_it_is_over(town: Towns) -> None:
    here = town(pay_manner="declines")
    visit = here.book()
    here.wait(30)
    assert [row.state for row in here.payments()] == ["failed"]
    assert here.payments()[0].error.startswith("authorisation/requestDeclined")
    assert here.visit(visit).state == "pending"
    here.live_on()
    here.check()
    assert (here.visit(visit).state, here.codes()) == ("cancelled", 0)


def test_who_has_not_enough_pays_nothing(town: Towns) -> None:
    here = town()
    here.platform.wallets.account("+8615400000001").balance = FEE / 2
    here.book()
    here.live_on()
    assert here.payments()[0].error.startswith("businessRule/insufficientFunds")
    assert here.balance() == FEE / 2


def test_silence_of_the_resident_ends_when_the_provider_says_so(town: Towns) -> None:
    here = town(pay_manner="silent", pay_expiry=100)
    here.book()
    here.wait(99)
    assert [row.state for row in here.payments()] == ["pending"]
    here.wait(30)
    assert [row.state for row in here.payments()] == ["failed"]


def test_cancelled_while_the_resident_enters_the_pin(town: Towns) -> None:
    here = town(pay_seconds=20)
    visit = here.book()
    here.wait(10)
    here.cancel(visit)
    here.live_on()
    here.check()
    assert here.balance() == here.platform.shop.opening
    assert [row.state for row in here.payments("refund")] == ["completed"]


def test_another_amount_than_we_asked_for_is_for_people(town: Towns) -> None:
    here = town(pay_wrong=1)
    visit = here.book()
    here.live_on()
    here.check()
    assert [(row.state, row.came) for row in here.payments()] == [("differs", 1350)]
    assert 403 in here.answers
    assert (here.visit(visit).state, here.codes()) == ("cancelled", 0)


def test_a_provider_that_is_away_is_left_alone_and_asked_again(town: Towns) -> None:
    here = town(answer_unavailable=1)
    visit = here.book()
    here.wait(60)
    assert [row.state for row in here.payments()] == ["asked"]
    here.platform.conditions = here.platform.conditions.changed({"answer_unavailable": 0})
    here.live_on()
    here.check()
    assert here.visit(visit).state == "booked"


def test_a_refund_that_fails_stays_for_staff(town: Towns) -> None:
    here = town(pay_refund_fails=1)
    visit = here.book()
    here.wait(30)
    here.cancel(visit)
    here.live_on()
    assert [row.state for row in here.payments("refund")] == ["failed"]
    assert here.balance() == here.platform.shop.opening - FEE
