"""What docs/money.md says, done: each act posts what its table says, and the example has its figures."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from clinic.broadcasts import price
from clinic.money import accounts, troubles
from clinic.money.amounts import units, written
from clinic.rules import Contract
from clinic.tables import LedgerAccount, LedgerEntry, Posting
from tests.clinic.money.conftest import Till

PAGE = Path(__file__).parents[3] / "docs" / "money.md"


def table(head: str) -> list[tuple[str, ...]]:
    """The rows of the page's table with this head."""
    _, _, after = PAGE.read_text(encoding="utf-8").partition(f"\n{head}\n")
    rows = after.split("\n\n")[0].splitlines()[1:]
    return [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows]


ACTS = {row[0]: row[1:] for row in table("| Act | Entry | Debit | Credit |")}


def posted(till: Till) -> list[tuple[str, str, str]]:
    """All entries in their order: kind, debit, credit."""
    rows = till.run(
        lambda s: s.execute(
            select(LedgerEntry.id, LedgerEntry.kind, Posting.amount, LedgerAccount.kind, LedgerAccount.key)
            .join(Posting, Posting.entry_id == LedgerEntry.id)
            .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
            .order_by(LedgerEntry.id, Posting.amount.desc())
        ).all()
    )
    names = [f"{account}:{key}" if account == "suspense" else account for *_, account, key in rows]
    return [(rows[n].kind, names[n], names[n + 1]) for n in range(0, len(rows), 2)]


@pytest.fixture
def known(till: Till) -> Till:
    till.book("counter", offered=3)
    return till


def acts(*names: str) -> list[tuple[str, ...]]:
    return [ACTS[name] for name in names]


def test_an_account(known: Till) -> None:
    account = known.account(2000)
    visit = known.book("account", offered=4)
    known.clinic.cancel(visit.id)
    out = {"account": account, "amount": 2000, "occasion": "out", "by": "102", "now": known.now}
    known.run(accounts.pay_out, **out)
    assert posted(known) == acts(
        "cash is taken in", "a visit is paid from an account", "it is given up in time", "cash is handed out"
    )


def test_mobile_money(till: Till) -> None:
    visit = till.book(offered=4)
    till.complete(till.claim()[0].id)
    till.clinic.cancel(visit.id)
    till.complete(till.claim()[0].id, reference="R2")
    assert posted(till) == acts(
        "a visit is paid by mobile money",
        "it is given up in time: the refund is ordered",
        "the provider has paid the refund",
    )


def test_another_amount(till: Till) -> None:
    till.book()
    (due,) = till.claim()
    till.complete(due.id, Decimal("10.00"))
    till.run(troubles.give_back, payment=due.id, by="102", now=till.now)
    assert posted(till) == acts("another amount came than was asked for", "staff give that back")


def test_insurance_with_the_figures_of_the_example(known: Till) -> None:
    columns, seen = ("cash", "resident:1", "insurance", "fees"), []

    def look() -> None:
        books = known.books()
        seen.append(tuple(written(books[name], "CNY") if name in books else "" for name in columns))

    known.account(2000)
    look()
    visit = known.book("account", offered=4)
    look()
    known.swap(visit.id)
    look()
    assert seen == [row[1:] for row in table("| | cash | resident | insurance | fees |")]
    known.clinic.cancel(visit.id)
    assert posted(known)[2:] == acts(
        "the insurer pays a share",
        "the share goes back to the resident's account",
        "it is given up in time",
        "a visit with the insurer's share is given up",
    )
    assert known.books() == {"cash": 2000, "resident:1": -2000}


def test_every_act_of_the_page_is_tried_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [act for act in ACTS if f'"{act}"' not in source] == []


@pytest.mark.parametrize(("messages", "yuan"), [(20_000, "5400.00"), (20_001, "5400.08"), (25_000, "5800.00")])
def test_the_operators_bundle_to_the_fen(messages: int, yuan: str) -> None:
    """DOMAIN: 5 400 a month with 20 000 messages, then 0.08 each. No float has 0.08."""
    fen = units(price.month_price(Contract(), messages, 0), "CNY")
    assert written(fen, "CNY") == yuan
