"""Which phones get SMS, which links carry them, and which of them are the contract's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberType, ValidationResult

from clinic.broadcasts.views import LinkShape
from smpp import routing

_OTHERS = (
    "fixed_line",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)
_NOTHING = re.compile(r"(?!)")
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class Numbers:
    """Reads phones (E.164) as those of a region. Millions are looked at: of its own mobiles, each by one pattern."""

    def __init__(self, region: str, on_net_prefixes: Sequence[str] = ()) -> None:
        """`on_net_prefixes`: how national numbers of the contract's own phones begin."""
        country = phonenumbers.country_code_for_region(region)
        self._own = tuple(f"+{country}{prefix}" for prefix in on_net_prefixes)
        self._gets_sms = _mobiles(region, country)

    def gets_sms(self, phone: str) -> bool:
        """Whether SMS reach it: a mobile's number, or one of a mobile's length that no plan knows yet.

        An operator assigns new ranges faster than a library learns them.
        """
        return self._gets_sms.fullmatch(phone) is not None or _gets_sms(phone)

    def on_net(self, phone: str) -> bool:
        return phone.startswith(self._own)


def _mobiles(region: str, country: int) -> re.Pattern[str]:
    """The mobiles of a region, and what has a mobile's length and is of no other kind; what `_gets_sms` takes of it."""
    kinds: Any = PhoneMetadata.metadata_for_region(region)
    if kinds is None or kinds.mobile is None:
        return _NOTHING
    others = "|".join(getattr(kinds, name).national_number_pattern for name in _OTHERS if getattr(kinds, name))
    unknown = "|".join(rf"\d{{{length}}}" for length in kinds.mobile.possible_length)
    return re.compile(rf"\+{country}(?:{kinds.mobile.national_number_pattern}|(?!0|(?:{others})\Z)(?:{unknown}))")


@lru_cache(maxsize=10_000)
def _gets_sms(phone: str) -> bool:
    if not phone.startswith("+"):
        return False  # a short code, which no country's plan knows
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return False
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN:
        reason = phonenumbers.is_possible_number_for_type_with_reason(number, PhoneNumberType.MOBILE)
        return bool(reason == ValidationResult.IS_POSSIBLE)
    return kind in _MOBILE


class Carriers:
    """The links that carry a phone's messages of broadcasts: as `smpp.routing.choose` does while all are up."""

    def __init__(self, links: Sequence[LinkShape]) -> None:
        self._links = [link for link in links if link.settings.bind != "receiver" and _bulk(link)]
        prefixes = {prefix.removeprefix("+") for link in self._links for prefix in link.settings.prefixes}
        self._prefixes = sorted(prefixes, key=len, reverse=True)
        self._by_prefix = {prefix: self._best(prefix) for prefix in ("", *self._prefixes)}

    def of(self, phone: str) -> tuple[LinkShape, ...]:
        """Those that rank equally and come first; empty where no link carries it."""
        if not self._prefixes:
            return self._by_prefix[""]
        digits = phone.removeprefix("+")
        # The longest prefix of any link decides what is equal: two phones that share it are carried alike.
        return self._by_prefix[next((prefix for prefix in self._prefixes if digits.startswith(prefix)), "")]

    def _best(self, number: str) -> tuple[LinkShape, ...]:
        fitting = [link for link in self._links if routing.carries(link.settings, number, "bulk")]
        ranks = {link.name: (-_length(link, number), link.settings.price) for link in fitting}
        first = min(ranks.values(), default=None)
        return tuple(link for link in fitting if ranks[link.name] == first)


def _bulk(link: LinkShape) -> bool:
    return not link.settings.classes or "bulk" in link.settings.classes


def _length(link: LinkShape, number: str) -> int:
    bare = (prefix.removeprefix("+") for prefix in link.settings.prefixes)
    return max((len(prefix) for prefix in bare if number.startswith(prefix)), default=0)
