"""Settings of what we send: the outbox, broadcasts, what they cost, and the API for other programs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from clinic.tables import ConsentClass
from smpp.kinds import MessageClass


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SmsSettings(Table):
    link: str = Field("", description="Link that sends our SMS; empty: each goes by its number, class and price.")
    poll_seconds: float = Field(
        0.5, gt=0, le=60, description="Seconds between looks at the outbox when nothing wakes the sender."
    )
    batch: int = Field(50, ge=1, le=1000, description="Messages of one class that may be on their way over one link.")
    broadcast_batch: int = Field(
        4000, ge=1, le=10_000, description="Messages of broadcasts that may be on their way over one link."
    )
    shares: dict[MessageClass, float] = Field(
        {"answer": 0.2, "notice": 0.1, "bulk": 0.05},
        description="Part of a busy link that a class gets at least, while those before it have enough to fill it."
        " Classes: code, answer, notice and bulk.",
    )

    @field_validator("shares")
    @classmethod
    def _leaves_room(cls, shares: dict[MessageClass, float]) -> dict[MessageClass, float]:
        if any(share < 0 for share in shares.values()) or sum(shares.values()) > 0.9:
            raise ValueError("should be parts of 1, none below 0, together at most 0.9")
        return shares


class BroadcastSettings(Table):
    quiet_from: dt.time = Field(
        dt.time(21),
        description="From when on no broadcast and no notice is sent, where a centre has no quiet hours of its own.",
    )
    quiet_until: dt.time = Field(dt.time(8), description="Until when none is sent.")
    daily_limit: int = Field(2, ge=1, le=100, description="Most messages of broadcasts that a phone gets in a day.")
    approve_above: int = Field(
        1000, ge=0, description="Recipients above which a second person must approve a broadcast."
    )
    lifetime_hours: int = Field(24, ge=1, le=24 * 14, description="Hours after its start in which a broadcast is sent.")
    needs_consent: tuple[ConsentClass, ...] = Field(
        ("commercial",),
        description="Consent classes that only go to who has agreed; the others go to who has not refused."
        " There are public (nobody can refuse), education and commercial.",
    )

    @field_validator("needs_consent")
    @classmethod
    def _can_be_refused(cls, classes: tuple[ConsentClass, ...]) -> tuple[ConsentClass, ...]:
        if "public" in classes:
            raise ValueError("should not name public: those messages go to everybody")
        return classes


class ContractSettings(Table):
    monthly_fee: Decimal = Field(Decimal("5400.00"), ge=0, description="What a month costs in any case, in yuan.")
    included: int = Field(20_000, ge=0, description="Segments to the operator's own phones that the fee includes.")
    on_net_price: Decimal = Field(
        Decimal("0.08"), ge=0, description="Price of each further segment to the operator's own phones, in yuan."
    )
    off_net_price: Decimal = Field(
        Decimal("0.10"), ge=0, description="Price of each segment to other operators' phones, in yuan."
    )
    on_net_prefixes: tuple[str, ...] = Field(
        (
            "134", "135", "136", "137", "138", "139", "147", "150", "151", "152", "154", "157", "158", "159", "172",
            "178", "182", "183", "184", "187", "188", "195", "197", "198",
        ),
        description="How the national numbers of the operator's own phones begin.",
    )  # fmt: skip


class ApiSettings(Table):
    push_seconds: float = Field(
        10.0, gt=0, le=300, description="Seconds that a client's webhook gets to answer what is pushed to it."
    )
    push_hours: float = Field(
        24.0, gt=0, le=720, description="Hours after which an event that a webhook never took is dropped."
    )
