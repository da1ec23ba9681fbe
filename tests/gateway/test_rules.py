"""What the settings of broadcasts and of the contract become for the domain."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from clinic.rules import Contract, Rules
from gateway.config import Settings
from gateway.given import rules_of, shapes_of


def settings(**tables: Any) -> Settings:
    return Settings.model_validate(tables)


def test_every_rule_is_the_settings() -> None:
    told = settings(
        broadcasts={
            "quiet_from": "22:00",
            "quiet_until": "07:30",
            "daily_limit": 3,
            "approve_above": 5,
            "lifetime_hours": 12,
            "needs_consent": ["education", "commercial"],
        },
        contract={
            "monthly_fee": 1,
            "included": 2,
            "on_net_price": "0.3",
            "off_net_price": "0.4",
            "on_net_prefixes": ["1"],
        },
    )
    assert rules_of(told) == Rules(
        quiet_from=dt.time(22),
        quiet_until=dt.time(7, 30),
        daily_limit=3,
        approve_above=5,
        lifetime=dt.timedelta(hours=12),
        needs_consent=("education", "commercial"),
        contract=Contract(Decimal(1), 2, Decimal("0.3"), Decimal("0.4"), ("1",)),
    )


def test_broadcasts_go_over_all_links_or_the_one_that_sends() -> None:
    links = {"main": {}, "spare": {"port": 2776}}
    assert [each.name for each in shapes_of(settings(smpp={"links": links}))] == ["main", "spare"]
    only = shapes_of(settings(smpp={"links": links}, sms={"link": "spare"}))
    assert [(each.name, each.settings.port) for each in only] == [("spare", 2776)]
