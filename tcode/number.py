"""The number of a T-code: twelve digits that a person can read out, type, and hardly mistype.

Ten random digits and two check digits (ISO/IEC 7064:2003, MOD 97-10): one wrong digit, two digits swapped and
nearly every other slip is found without asking the database. The number is drawn from nine thousand million, so
it cannot be guessed where the guesses are counted.
"""

from __future__ import annotations

import secrets

from stdnum.iso7064 import mod_97_10

LENGTH = 12
LOWEST, HIGHEST = 10**9, 10**10  # ten digits, the first of them not 0

_SEPARATORS = " \t\u00a0\u2007\u2009\u202f\u3000-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d."
_PLAIN = {ord("０") + n: str(n) for n in range(10)} | dict.fromkeys(map(ord, _SEPARATORS), None)


class BadNumber(ValueError):
    """What was typed is no T-code number: wrong length, not digits, or a slip that the check digits show."""

    retry = False
    tell = "kiosk.mistyped"


def mint() -> str:
    """A new number: 12 digits, the first not 0, from the operating system's randomness."""
    payload = str(LOWEST + secrets.randbelow(HIGHEST - LOWEST))
    return payload + str(mod_97_10.calc_check_digits(payload))


def parse(typed: str) -> str:
    """The 12 digits of what a person typed: spaces, dashes and full-width digits are welcome.

    Raises BadNumber.
    """
    number = typed.strip().translate(_PLAIN)
    if len(number) != LENGTH or not (number.isascii() and number.isdigit()):
        raise BadNumber("a T-code number has 12 digits")
    if number[0] == "0" or not mod_97_10.is_valid(number):
        raise BadNumber("the check digits do not fit")
    return number


def spell(number: str) -> str:
    """The number in groups of four, as it is shown and read out: "1234 5678 9012"."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
