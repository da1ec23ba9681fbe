"""A link: one account at one SMSC over one or several binds, as a Twisted service."""

from smpp.link.account import Link, LinkDown, LinkError, LinkStatus, NotAnswered, Receiver
from smpp.link.asks import Poster, Submit
from smpp.link.bind import BindStatus

__all__ = [
    "BindStatus",
    "Link",
    "LinkDown",
    "LinkError",
    "LinkStatus",
    "NotAnswered",
    "Poster",
    "Receiver",
    "Submit",
]
