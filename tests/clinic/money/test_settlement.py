"""The day's settlement: with a provider, and with a hospital."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from clinic import imports
from clinic.identity import Vault
from clinic.money import settlement, statements
from clinic.money.settlement import NotSettled, Result
from clinic.money.statements import Said
from tests.clinic.conftest import HOUSE, NOW, OTHER_IDENTITY, OTHER_PHONE, SHANGHAI
from tests.clinic.money.conftest import PROVIDER, Till

DAY = NOW.date()
HEAD = "provider,day,kind,reference,amount,currency,correlation,state\n"


def settle(till: Till, source: str = PROVIDER, day: dt.date = DAY) -> Result:
    return till.run(settlement.run, source=source, day=day, zone=SHANGHAI, by="102", now=till.now)


def said(result: Result) -> list[tuple[str, int | None, int | None]]:
    return [(line.name, line.ours, line.theirs) for line in result.differences]


@pytest.fixture
def load(till: Till, tmp_path: Path) -> Any:
    def load(kind: str, text: str) -> int:
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        given = {"vault": Vault(b"k" * 32), "installation": HOUSE, "now": till.now}
        return int(till.run(imports.load, kind=kind, path=path, **given))

    return load


def two_visits(till: Till) -> None:
    till.book()
    till.book(patient=till.clinic.person("李明", OTHER_IDENTITY), phone=OTHER_PHONE)
    for number, due in enumerate(till.claim(), start=1):
        till.complete(due.id, reference=f"R{number}")


def test_a_day_that_matches(till: Till, load: Any) -> None:
    two_visits(till)
    lines = "wallet,2027-03-08,charge,R1,12.50,CNY,,\nwallet,2027-03-08,charge,R2,12.50,CNY,,completed\n"
    assert load("provider-statement", HEAD + lines) == 2
    result = settle(till)
    assert (result.ours, result.theirs, result.our_sum, result.their_sum) == (2, 2, 2500, 2500)
    assert result.differences == ()


def test_each_difference_has_its_name_and_running_again_changes_nothing(till: Till, load: Any) -> None:
    two_visits(till)
    load(
        "provider-statement", HEAD + "wallet,2027-03-08,charge,R1,12.00,CNY,,\nwallet,2027-03-08,charge,R9,3.00,CNY,,\n"
    )
    first = settle(till)
    assert said(first) == [("amount", 1250, 1200), ("missing-here", None, 300), ("missing-there", 1250, None)]
    assert [line.currency for line in first.differences] == ["CNY"] * 3
    assert said(settle(till)) == said(first)
    assert first.open == 3


def test_what_is_cleared_stays_cleared(till: Till, load: Any) -> None:
    two_visits(till)
    load(
        "provider-statement",
        HEAD + "wallet,2027-03-08,charge,R1,12.00,CNY,,\nwallet,2027-03-08,charge,R2,12.50,CNY,,\n",
    )
    (difference,) = settle(till).differences
    with pytest.raises(NotSettled, match="says why"):
        till.run(settlement.clear, difference=difference.id, note=" ", by="102", now=till.now)
    cleared = till.run(settlement.clear, difference=difference.id, note="they charge 0.50", by="102", now=till.now)
    assert (cleared.cleared_by, cleared.note) == ("102", "they charge 0.50")
    again = settle(till)
    assert (again.open, len(again.differences)) == (0, 1)
    assert till.run(settlement.open_ones) == []
    load("provider-statement", HEAD + "wallet,2027-03-08,charge,R1,11.00,CNY,,\n")
    assert said(settle(till)) == [("amount", 1250, 1200), ("amount", 1250, 1100)]  # another one: not explained


def test_what_went_to_suspense_is_told_to_staff_here(till: Till) -> None:
    from decimal import Decimal  # noqa: PLC0415

    till.book()
    (due,) = till.claim()
    till.complete(due.id, Decimal("10.00"))
    line = Said("charge", "R1", 1000, "CNY", due.correlation_id)
    till.run(statements.take, source=PROVIDER, day=DAY, lines=[line])
    assert said(settle(till)) == [("amount", 1250, 1000)]


def test_midnight_is_another_day_on_each_side(till: Till) -> None:
    till.book()
    till.complete(till.claim()[0].id)
    till.run(
        statements.take, source=PROVIDER, day=DAY + dt.timedelta(days=1), lines=[Said("charge", "R1", 1250, "CNY")]
    )
    assert said(settle(till)) == [("other-day", 1250, None)]
    assert said(settle(till, day=DAY + dt.timedelta(days=1))) == [("other-day", 1250, 1250)]


def test_every_morning_the_last_three_days_are_settled(till: Till) -> None:
    two_visits(till)
    lines = [Said("charge", "R1", 1200, "CNY"), Said("charge", "R2", 1250, "CNY")]
    till.run(statements.take, source=PROVIDER, day=DAY, lines=lines)
    assert till.run(settlement.scan, installation=HOUSE, now=till.now).count == 0  # of a day that is not over
    for _ in range(3):
        till.clinic.wait(days=1)
        assert till.run(settlement.scan, installation=HOUSE, now=till.now).count == 1
    (result,) = till.run(settlement.listed)
    assert (result.day, result.by, result.open) == (DAY, "system", 1)
    till.clinic.wait(days=1)
    assert till.run(settlement.scan, installation=HOUSE, now=till.now).count == 0


def test_a_provider_of_the_settings_has_a_day_without_payments(till: Till) -> None:
    with pytest.raises(NotSettled, match="nothing is known of purse"):
        settle(till, "purse")
    given = {"day": DAY, "zone": SHANGHAI, "by": "102", "now": till.now}
    result = till.run(settlement.run, source="purse", providers=frozenset({"purse"}), **given)
    assert (result.ours, result.theirs, result.differences) == (0, 0, ())


def test_a_refund_counts_against(till: Till) -> None:
    visit = till.book(offered=4)
    till.complete(till.claim()[0].id)
    till.clinic.cancel(visit.id)
    till.complete(till.claim()[0].id, reference="R2")
    lines = [Said("charge", "R1", 1250, "CNY"), Said("refund", "R2", 1250, "CNY")]
    till.run(statements.take, source=PROVIDER, day=DAY, lines=lines)
    result = settle(till)
    assert (result.our_sum, result.their_sum, result.differences) == (0, 0, ())


def test_a_hospital_knows_visits(till: Till, load: Any) -> None:
    two_visits(till)
    head = "centre,day,visit,amount\n"
    number = till.clinic.upcoming()[0].number
    assert (
        load("hospital-fees", head + f"DY,2027-03-08,{number},12.50\nDY,2027-03-08,2,15.00\nDY,2027-03-08,ZZ9,1\n") == 3
    )
    assert said(settle(till, "hospital:DY")) == [("amount", 1250, 1500), ("missing-here", None, 100)]


def test_an_insured_visit_costs_the_hospital_the_same(till: Till, load: Any) -> None:
    visit = till.book()
    till.complete(till.claim()[0].id)
    till.swap(visit.id)
    load("hospital-fees", f"centre,day,visit,amount\nDY,2027-03-08,{visit.id},12.50\n")
    assert settle(till, "hospital:DY").differences == ()


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("wallet,2027-03-08,charge,R1,12.505,CNY,,", "amount: 12.505: CNY has 2 digits after the point"),
        ("wallet,2027-03-08,charge,R1,-1,CNY,,", "amount: '-1' is not above nothing; a refund is kind refund"),
        ("wallet,2027-03-08,charge,R1,1e3,CNY,,", "amount: '1e3' is no amount, as 12.50"),
        ("wallet,2027-03-08,charge,R1,1,XAU,,", "amount: 'XAU' is no currency of ISO 4217 that one pays with, as CNY"),
        ("wallet,2027-03-08,gift,R1,1,CNY,,", "kind: 'gift' is neither charge nor refund"),
        ("wallet,2027-03-08,charge,,1,CNY,,", "reference: empty"),
        ("wallet,2027-03-08,charge,R1,1,CNY,,gone", "state: 'gone' is none of completed, pending, failed, reversed"),
    ],
)
def test_a_bad_row_changes_nothing(till: Till, load: Any, row: str, told: str) -> None:
    with pytest.raises(imports.BadFile) as error:
        load("provider-statement", HEAD + "wallet,2027-03-08,charge,R0,1,CNY,,\n" + row + "\n")
    assert error.value.mistakes == [f"line 3: {told}"]
    with pytest.raises(NotSettled, match="nothing is known of wallet"):
        settle(till)
