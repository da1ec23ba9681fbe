"""Links as the outbox sees them, and which messages may go over them now, in the order of `smpp.routing.choose`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from clinic.tables import Message
from smpp.kinds import MessageClass


@dataclass(frozen=True, slots=True)
class Lane:
    """A link as the outbox sees it: what it carries, and what it would rather not.

    Numbers that begin with one of `prefixes`, messages of one of `classes`; empty: all. `named_only`: only messages
    that name it. `throttled` goes last, then the longest prefix first, then the cheapest. For the classes of which it
    is `full` it is the right one for what it fits best, but can take no more just now.
    """

    link: str
    prefixes: tuple[str, ...] = ()
    classes: tuple[MessageClass, ...] = ()
    cost: Decimal = Decimal(0)
    named_only: bool = False
    throttled: bool = False
    full: frozenset[MessageClass] = frozenset()

    def carries(self, message_class: MessageClass) -> bool:
        return not self.classes or message_class in self.classes


def claimable(
    lanes: Sequence[Lane], configured: Sequence[Lane], message_class: MessageClass, now: dt.datetime
) -> ColumnElement[bool]:
    """Each lane takes what begins with its prefix, unless a better one, which has no room, would carry it.

    Also what has expired, and what none of the `configured` will ever carry: to be told so.
    """
    ranked = sorted(
        ((lane, prefix) for lane in lanes if lane.carries(message_class) for prefix in lane.prefixes or ("",)),
        key=lambda entry: _rank(entry[0], entry[1], message_class),
    )
    full: list[ColumnElement[bool]] = []
    free: list[ColumnElement[bool]] = []
    for lane, prefix in ranked:
        if message_class in lane.full:
            full.append(_fits(lane, prefix))
        else:
            free.append(and_(_fits(lane, prefix), not_(or_(false(), *full))))
    able = [lane for lane in configured if lane.carries(message_class)]
    ever = [_fits(lane, prefix) for lane in able for prefix in lane.prefixes or ("",)]
    return or_(Message.expires_at <= now, *free, not_(or_(false(), *ever)))


def _rank(lane: Lane, prefix: str, message_class: MessageClass) -> tuple[bool, int, Decimal, bool]:
    return lane.throttled, -len(prefix.removeprefix("+")), lane.cost, message_class in lane.full


def _fits(lane: Lane, prefix: str) -> ColumnElement[bool]:
    named = Message.link == lane.link
    return and_(
        and_(Message.link.is_not(None), named) if lane.named_only else or_(Message.link.is_(None), named),
        begins_with(prefix),
    )


def begins_with(prefix: str) -> ColumnElement[bool]:
    """Whether the phone does; with its "+" or without, as the prefix too. "" are all."""
    digits = prefix.removeprefix("+")
    return or_(Message.phone.startswith(f"+{digits}"), Message.phone.startswith(digits)) if digits else true()
