"""A refund that staff ask for anew while nobody knows what became of the first request: never given back twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clinic.money import troubles
from clinic.visits import by_hand
from mobilemoney.dialects import GSMA, Dialect
from tests.clinic.conftest import HOUSE
from tests.gateway.payments.town import Town

Towns = Callable[..., Town]
BLIND = GSMA.model_copy(update={"response": ""})
"""A platform that cannot be asked what became of an id of ours."""
ONCE = BLIND.model_copy(update={"repeats": False})
"""And one of which nobody knows whether the same request is paid twice."""


class Unanswered:
    """A refund that has gone through; its answer was lost, and staff have taken it for failed and ask anew."""

    def __init__(self, town: Town, dialect: Dialect, *, duplicates: str, pays: float = 3) -> None:
        self.town, town.dialect = town, dialect
        town.node.payer.stopService()
        town.restart()
        visit = town.book()
        town.wait(10)
        lost = {"answer_lost": 1, "answer_duplicates": duplicates, "callback_times": 0, "pay_seconds": pays}
        town.platform.conditions = town.platform.conditions.changed(lost)
        town.cancel(visit)
        town.wait(3)  # before the first look
        self.first = self.refund().correlation_id
        given: Any = {"by": "102", "now": town.now()}
        (payment,) = town.payments("refund")
        town.store.run_now(by_hand.failed, payment=payment.id, why="no answer", installation=HOUSE, **given)
        town.store.run_now(troubles.retry, payment=payment.id, **given)
        town.platform.conditions = town.platform.conditions.changed({"answer_lost": 0})
        town.wait(900, step=10)

    def refund(self) -> Any:
        (row,) = self.town.payments("refund")
        return row

    def asked(self) -> set[str]:
        entries = self.town.platform.books.entries.values()
        return {each.correlation for each in entries if each.type == "adjustment"}


@pytest.mark.parametrize("pays", [3, 300])
@pytest.mark.parametrize("dialect", [GSMA, BLIND], ids=["can look", "cannot look"])
def test_what_nobody_knows_of_is_asked_for_under_its_own_id_and_never_under_another(
    town: Towns, dialect: Dialect, pays: float
) -> None:
    here = Unanswered(town(), dialect, duplicates="first", pays=pays)
    assert here.asked() == {here.first}
    assert here.refund().state == "completed"
    assert here.town.balance() == here.town.platform.shop.opening
    here.town.check()


@pytest.mark.parametrize("dialect", [BLIND, ONCE], ids=["repeats refused", "never repeated"])
def test_what_nobody_can_tell_waits_for_staff(town: Towns, dialect: Dialect) -> None:
    here = Unanswered(town(), dialect, duplicates="refused")
    assert here.asked() == {here.first}
    assert here.refund().state in ("asked", "pending")
    here.town.wait(3600, step=60)
    now: Any = here.town.now()
    assert [each.what for each in here.town.store.run_now(troubles.listed, now=now)] == ["unanswered"]
    told: Any = {"reference": "R2", "by": "102", "installation": HOUSE, "now": now}
    assert here.town.store.run_now(by_hand.done, payment=here.refund().id, **told) == "refunded"
    assert here.town.balance() == here.town.platform.shop.opening
    here.town.check()
