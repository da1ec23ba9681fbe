"""Temporary accounts: opened and linked at the counter, topped up, paid from, paid out."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from clinic.errors import NotEnough
from clinic.fairness import cancelling
from clinic.money import accounts, ledger, ways
from clinic.money.accounts import NoAccount, ProvesOther
from clinic.rules import Provider
from clinic.tables import AccountPhone, Audit, Centre, LedgerEntry, Subscriber
from conf.texts.words import Money
from tests.clinic.conftest import OTHER_IDENTITY, OTHER_PHONE, PHONE
from tests.clinic.money.conftest import Till


@pytest.fixture
def known(till: Till) -> Till:
    """One resident, known by a visit that cost nothing here."""
    till.book("counter", offered=3)
    return till


def test_a_visit_is_paid_from_it_and_comes_back_to_it(known: Till) -> None:
    account = known.account(2000)
    visit = known.book("account", offered=4)
    assert (visit.state, visit.paid, bool(visit.number)) == ("booked", Money(1250), True)
    assert known.books() == {"cash": 2000, "resident:1": -750, "fees": -1250}
    known.clinic.cancel(visit.id)
    assert known.books() == {"cash": 2000, "resident:1": -2000}
    lines = known.run(accounts.statement, account=account)
    assert [(line.kind, line.amount.fen, line.after.fen, line.visit) for line in lines] == [
        ("topup", 2000, 2000, None),
        ("charge", -1250, 750, visit.id),
        ("refund", 1250, 2000, visit.id),
    ]
    assert known.broken() == []


def test_too_little_books_nothing(known: Till) -> None:
    known.account(1249)
    before = known.clinic.places(4)
    with pytest.raises(NotEnough):
        known.book("account", offered=4)
    assert known.clinic.places(4) == before
    assert known.books() == {"cash": 1249, "resident:1": -1249}


def test_a_phone_that_was_not_linked_pays_from_nothing(known: Till) -> None:
    known.account(2000)
    with pytest.raises(NotEnough):
        known.book("account", offered=4, phone=OTHER_PHONE, patient=known.clinic.person("李明", OTHER_IDENTITY))


def test_of_several_accounts_a_phone_pays_from_the_patients_own(known: Till) -> None:
    known.book("counter", offered=6, patient=known.clinic.person("李明", OTHER_IDENTITY))
    known.account(2000, resident=1)
    known.account(2000, resident=2)
    known.book("account", offered=4, patient=known.clinic.person("李明", OTHER_IDENTITY))
    assert known.books() == {"cash": 4000, "resident:1": -2000, "resident:2": -750, "fees": -1250}


def test_a_proof_is_for_one_account_and_one_phone(known: Till) -> None:
    account = known.account()
    for proof in ({}, accounts.proof_of(account + 1, OTHER_PHONE), accounts.proof_of(account, PHONE), {"for": "x"}):
        with pytest.raises(ProvesOther):
            known.run(accounts.link, account=account, phone=OTHER_PHONE, proof=proof, by="102", now=known.now)
    assert known.run(accounts.show, account=account).phones == ("+86154****0001",)


def test_opened_twice_is_one_account(known: Till) -> None:
    assert known.account(100) == known.account(100)
    assert known.books() == {"cash": 200, "resident:1": -200}


def test_cash_is_counted_once_for_its_occasion(known: Till) -> None:
    account = known.account()
    act = {"account": account, "amount": 500, "occasion": "till:x", "by": "102", "now": known.now}
    first, second = known.run(accounts.top_up, **act), known.run(accounts.top_up, **act)
    assert (first.entry, first.balance) == (second.entry, second.balance) == (1, Money(500))
    assert known.clinic.rows(LedgerEntry.kind) == ["topup"]


def test_nothing_is_paid_out_that_is_not_there(known: Till) -> None:
    account = known.account(500)
    act = {"account": account, "by": "102", "now": known.now}
    with pytest.raises(NotEnough):
        known.run(accounts.pay_out, amount=501, occasion="out:1", **act)
    for amount in (0, -1):
        with pytest.raises(ledger.Unbalanced):
            known.run(accounts.pay_out, amount=amount, occasion="out:2", **act)
        with pytest.raises(ledger.Unbalanced):
            known.run(accounts.top_up, amount=amount, occasion="in:2", **act)
    receipt = known.run(accounts.pay_out, amount=500, occasion="out:3", **act)
    assert (receipt.kind, receipt.amount, receipt.balance, receipt.name) == ("payout", Money(500), Money(0), "王芳")
    assert known.books() == {}


def test_other_peoples_entries_are_not_told(known: Till) -> None:
    account = known.account(500)
    assert [line.amount.fen for line in known.run(accounts.last, account=account, phone=PHONE)] == [500]
    assert known.run(accounts.last, account=account, phone=OTHER_PHONE) == []
    assert known.run(accounts.of_phone, phone=OTHER_PHONE) == []


def test_the_fees_account_is_no_residents(known: Till) -> None:
    known.account(2000)
    known.book("account", offered=4)
    with pytest.raises(NoAccount, match="there is no account 3"):
        known.run(accounts.show, account=3)


def test_a_key_that_comes_again_with_something_else_changes_nothing(known: Till) -> None:
    account = known.account()
    act = {"account": account, "occasion": "till:x", "by": "102", "now": known.now}
    known.run(accounts.top_up, amount=500, **act)
    with pytest.raises(ledger.Otherwise, match="entry 1 was written for this before"):
        known.run(accounts.top_up, amount=700, **act)
    known.run(accounts.top_up, amount=500, **act)
    assert known.books() == {"cash": 500, "resident:1": -500}
    assert known.clinic.rows(Audit.action).count("account.topup") == 1


def test_a_top_up_and_a_pay_out_of_one_key_are_two_acts(known: Till) -> None:
    account = known.account()
    act = {"account": account, "amount": 500, "occasion": "till:x", "by": "102", "now": known.now}
    assert known.run(accounts.top_up, **act).kind == "topup"
    assert known.run(accounts.pay_out, **act).kind == "payout"
    assert known.books() == {}


# A number that has another owner now.


@pytest.mark.parametrize("seconds", [0, 60])
def test_the_next_owner_of_a_number_neither_pays_from_its_account_nor_sees_it(known: Till, seconds: int) -> None:
    account = known.account(2000)
    known.clinic.wait(seconds=seconds)
    _is_somebody_elses(known)
    with pytest.raises(NotEnough):
        known.book("account", offered=4)
    assert known.run(accounts.of_phone, phone=PHONE) == []
    assert known.run(accounts.last, account=account, phone=PHONE) == []
    assert known.run(accounts.listed, phone=PHONE) == []
    assert known.run(accounts.show, account=account).phones == ()
    assert known.books() == {"cash": 2000, "resident:1": -2000}


def test_linked_anew_with_a_code_it_pays_again(known: Till) -> None:
    account = known.account(2000)
    _is_somebody_elses(known)
    known.clinic.wait(seconds=1)
    known.account()
    assert known.run(accounts.show, account=account).phones == ("+86154****0001",)
    assert known.book("account", offered=4).state == "booked"
    assert known.clinic.rows(AccountPhone.linked_at) == [known.now]


def _is_somebody_elses(till: Till) -> None:
    wrong = update(Subscriber).where(Subscriber.phone == PHONE).values(wrong_at=till.now)
    till.run(lambda s: s.execute(wrong) and None)


# Ways to pay.


@pytest.mark.parametrize(
    ("payment", "filled", "expected"),
    [
        ("counter", 2000, (True, False, "")),
        ("optional", 2000, (True, True, "wallet")),
        ("optional", 1249, (True, False, "wallet")),
        ("required", 1250, (False, True, "wallet")),
        ("required", 0, (False, False, "wallet")),
    ],
)
def test_what_a_phone_may_choose_from(known: Till, payment: str, filled: int, expected: tuple[bool, bool, str]) -> None:
    known.account(filled)
    known.run(lambda s: s.execute(update(Centre).values(payment=payment)) and None)
    providers = (
        Provider("other", ("+86139",)),
        Provider("wallet", prefixes=("+86154",)),
        Provider("next"),
        Provider("zm", (), ("ZMW",)),
    )
    asked = {"clinic_session": 1, "patient": 1, "phone": PHONE, "providers": providers}
    found = known.run(ways.to_book, **asked)
    assert (found.at_counter, found.account is not None, found.provider) == expected


# Insurance.


def test_the_insurers_share_goes_back_to_the_account(known: Till) -> None:
    known.account(2000)
    visit = known.book("account", offered=4)
    done = known.swap(visit.id)
    assert (done.covered, done.own, done.back, done.again) == (Money(800), Money(450), "account", False)
    assert known.books() == {"cash": 2000, "insurance": 800, "resident:1": -1550, "fees": -1250}
    assert known.swap(visit.id).again
    assert known.visits()[-1] == ("booked", 1250)
    assert known.texts()[-1] == "全科3月9日周二上午已转医保结算，医保支付的8元将原路退还给您。"
    assert known.broken() == []


def test_by_mobile_money_it_goes_back_there(till: Till) -> None:
    visit = till.book()
    till.complete(till.claim()[0].id)
    till.swap(visit.id)
    (refund,) = till.claim()
    assert (str(refund.amount), refund.original_reference) == ("8.00", "R1")
    till.complete(refund.id, refund.amount, reference="R2")
    assert till.books() == {"provider:wallet": 450, "insurance": 800, "fees": -1250}
    assert till.broken() == []


def test_a_swapped_visit_that_is_given_up_gives_each_his_own(known: Till) -> None:
    known.account(2000)
    visit = known.book("account", offered=4)
    known.swap(visit.id)
    assert known.run(cancelling.consequence, visit=visit.id, now=known.now).refunds
    known.clinic.cancel(visit.id)
    assert known.books() == {"cash": 2000, "resident:1": -2000}
    assert known.visits()[-1] == ("cancelled", 0)
    assert known.broken() == []


def test_what_cannot_be_swapped(known: Till) -> None:
    from clinic.money.insurance import NotSwappable  # noqa: PLC0415

    known.account(2000)
    with pytest.raises(NotSwappable, match="was not paid by phone"):
        known.swap(1)
    visit = known.book("account", offered=4)
    for covered in (0, -1, 1251):
        with pytest.raises(NotSwappable, match=r"12\.50 CNY is paid"):
            known.swap(visit.id, covered)
    with pytest.raises(NotSwappable, match="there is no visit"):
        known.swap(99)
    known.clinic.cancel(visit.id)
    with pytest.raises(NotSwappable, match="is not booked"):
        known.swap(visit.id)
