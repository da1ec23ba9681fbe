"""Phone numbers: one form inside (E.164 with "+"), whatever form the network or a file used."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

_WRITTEN = re.compile(r"\+?[0-9]{3,20}")


class BadPhone(ValueError):
    """Not a phone number in any form that we read."""


def canonical(written: str, region: str = "CN") -> str:
    """`13800138000`, `8613800138000`, `+86 138 0013 8000` -> `+8613800138000`.

    Numbers only have to be possible (length), not assigned: an operator assigns new ranges faster than a library
    learns them. A short code, which no country plan knows, stays as it is. Raises BadPhone.
    """
    compact = re.sub(r"[\s().\-]", "", unicodedata.normalize("NFKC", written))
    if not _WRITTEN.fullmatch(compact):  # the library would read letters as a keypad, and an "x" as an extension
        raise BadPhone("not a phone number")
    for candidate in (compact, "+" + compact.lstrip("+")):
        try:
            number = phonenumbers.parse(candidate, region)
        except phonenumbers.NumberParseException:
            continue
        # IS_POSSIBLE alone: 10086 is "possible, locally only", and would be nobody's number as +8610086.
        if phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE:
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if compact.isdigit():
        return compact
    raise BadPhone("not a phone number")


def masked_phone(phone: str) -> str:
    """`+8613800138000` -> `+86138****8000`; of a short number nothing is shown."""
    return f"{phone[:-8]}****{phone[-4:]}" if len(phone) > 10 else "****"
