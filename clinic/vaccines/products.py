"""What counts: a dose of a product that is none of the programme, as the doses that it stands for."""

from __future__ import annotations

import datetime as dt

from clinic.months import after
from clinic.vaccines.records import Given
from conf.vaccines import product


def counted_as(given: Given, birth: dt.date) -> tuple[Given, ...]:
    """The doses that the rules see in one that was given; itself where it is of no other product, or counts as nothing.

    The product is the one of the edition of its day (`conf.vaccines.product`).
    """
    found = product(given.vaccine, given.day)
    if found is None or (found.born_from and birth < found.born_from):
        return (given,)
    codes = found.counts
    if found.older and given.day >= after(birth, found.older.age):
        codes = found.older.counts
    return tuple(Given(code, given.day) for code in codes)
