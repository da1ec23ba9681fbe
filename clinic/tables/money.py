"""Money: a ledger with two sides, payments on their way, what others say about them.

Amounts are whole numbers of the currency's smallest unit (fen); `clinic.money.amounts` gives them as Decimal.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.tables.base import Base


class LedgerAccount(Base):
    """An account of a centre's books. `balance` is the sum of its postings: debits count positive, credits negative.

    `kind`: `cash` (a counter's), `provider` (what a payment provider owes us), `insurance` (what the insurer owes us),
    `resident` (a temporary account: what we owe its holder), `fees` (income), `suspense` (not cleared yet).
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("centre_id", "kind", "key"),
        Index("ix_ledger_account_resident_id", "resident_id"),
    )
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(60), default="")
    currency: Mapped[str] = mapped_column(String(3))
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    balance: Mapped[int] = mapped_column(BigInteger, default=0)
    opened_at: Mapped[dt.datetime]


class AccountPhone(Base):
    """A phone that may pay from a resident's account: the centre has seen its holder, and the phone was proved."""

    __tablename__ = "account_phone"
    __table_args__ = (UniqueConstraint("account_id", "phone"), Index("ix_account_phone_phone", "phone"))
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    phone: Mapped[str] = mapped_column(String(20))
    linked_at: Mapped[dt.datetime]
    linked_by: Mapped[str] = mapped_column(String(60))


class LedgerEntry(Base):
    """A booking in the books: its postings add up to nothing. Written once for its occasion, and never changed."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        Index("ix_ledger_entry_centre_id", "centre_id", "at"),
        Index("ix_ledger_entry_visit_id", "visit_id"),
    )
    occasion: Mapped[str] = mapped_column(String(120), unique=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    kind: Mapped[str] = mapped_column(String(12))  # topup, payout, charge, refund, swap, ...
    at: Mapped[dt.datetime]
    by: Mapped[str] = mapped_column(String(60))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    note: Mapped[str] = mapped_column(String(200), default="")


class Posting(Base):
    """One side of an entry; `after` is the account's balance after it."""

    __tablename__ = "posting"
    __table_args__ = (Index("ix_posting_account_id", "account_id", "id"), Index("ix_posting_entry_id", "entry_id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    after: Mapped[int] = mapped_column(BigInteger)


class Payment(Base):
    """Money that goes to or comes from somebody, by one way, once.

    `correlation_id` is ours (GSMA Mobile Money API: X-CorrelationID): the same however often we ask. `state`: created
    (not asked for yet), asked (written, no answer known), pending (the provider has it), completed, failed, differs
    (what came is not what was asked for). What nobody has answered is not failed.
    """

    __tablename__ = "payment"
    __table_args__ = (
        Index(
            "ix_payment_look_at",
            "look_at",
            "id",
            sqlite_where=text("look_at is not null"),
            postgresql_where=text("look_at is not null"),
        ),
        Index("ix_payment_visit_id", "visit_id"),
        Index("ix_payment_method", "method", "settled_at"),
    )
    occasion: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(6))  # charge, refund
    method: Mapped[str] = mapped_column(String(9))  # account, mobile, cash, insurance
    provider: Mapped[str] = mapped_column(String(40), default="")  # whose, of `mobile`
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    original_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))  # the charge that a refund gives back
    phone: Mapped[str] = mapped_column(String(20), default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_account.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(9), default="created")
    correlation_id: Mapped[str] = mapped_column(String(36), unique=True)
    server_correlation_id: Mapped[str] = mapped_column(String(64), default="")
    reference: Mapped[str] = mapped_column(String(64), default="")  # the provider's transactionReference
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[dt.datetime]
    asked_at: Mapped[dt.datetime | None]
    settled_at: Mapped[dt.datetime | None]
    look_at: Mapped[dt.datetime | None]  # when it is taken up next; while somebody is at it, until when they have it
    unwanted: Mapped[bool] = mapped_column(default=False, server_default=false())  # give back what still comes
    came: Mapped[int | None] = mapped_column(BigInteger)  # what the provider says has moved
    came_currency: Mapped[str] = mapped_column(String(3), default="", server_default=text("''"))


class PaymentTry(Base):
    """An earlier try of a payment that was asked for anew: the ids that its provider knew it by, and may still call
    back under."""

    __tablename__ = "payment_try"
    __table_args__ = (Index("ix_payment_try_payment_id", "payment_id"),)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    correlation_id: Mapped[str] = mapped_column(String(36), unique=True)
    server_correlation_id: Mapped[str] = mapped_column(String(64), default="")
    ended_at: Mapped[dt.datetime]


class Statement(Base):
    """What a provider or the hospital says of a day, line by line."""

    __tablename__ = "statement"
    __table_args__ = (UniqueConstraint("source", "day", "reference", "kind"),)
    source: Mapped[str] = mapped_column(String(48))  # a provider's name, or `hospital:` and a centre's code
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    day: Mapped[dt.date]
    kind: Mapped[str] = mapped_column(String(6))  # charge, refund
    reference: Mapped[str] = mapped_column(String(64))
    correlation_id: Mapped[str] = mapped_column(String(64), default="", index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(12), default="completed")


class Settlement(Base):
    """A day of one source compared with our books: it matches, or has differences, each with a name."""

    __tablename__ = "settlement"
    __table_args__ = (UniqueConstraint("source", "day"),)
    source: Mapped[str] = mapped_column(String(48))
    day: Mapped[dt.date]
    ours: Mapped[int]  # lines
    theirs: Mapped[int]
    our_sum: Mapped[int] = mapped_column(BigInteger)
    their_sum: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="", server_default=text("''"))  # "": several
    differences: Mapped[int]
    run_at: Mapped[dt.datetime]
    by: Mapped[str] = mapped_column(String(60))


class SettlementDifference(Base):
    """What does not match. `name`: missing-here, missing-there, amount, currency, state, twice, other-day."""

    __tablename__ = "settlement_difference"
    __table_args__ = (Index("ix_settlement_difference_settlement_id", "settlement_id"),)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"))
    name: Mapped[str] = mapped_column(String(14))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    reference: Mapped[str] = mapped_column(String(64), default="")
    ours: Mapped[int | None] = mapped_column(BigInteger)
    theirs: Mapped[int | None] = mapped_column(BigInteger)
    cleared_at: Mapped[dt.datetime | None]
    cleared_by: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
