"""Which phones may pay from an account, still: not one that has said since that it is somebody else's.

A number goes to another owner after a while. What its former owner has linked is not theirs; linked anew, with a code
that was sent to it, the phone pays again.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists

from clinic.tables import AccountPhone, Subscriber


def still_theirs() -> ColumnElement[bool]:
    """For a query that takes its rows from `AccountPhone`."""
    wrong = exists().where(Subscriber.phone == AccountPhone.phone, Subscriber.wrong_at >= AccountPhone.linked_at)
    return ~wrong
