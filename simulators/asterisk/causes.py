"""How a call ends: Q.850 causes with Asterisk's words for them, and what each way of not answering looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

NONE: Final = 0
NORMAL: Final = 16
BUSY: Final = 17
NO_ANSWER: Final = 19

TEXTS: Final[dict[int, str]] = {
    0: "Unknown",
    1: "Unallocated (unassigned) number",
    3: "No route to destination",
    16: "Normal Clearing",
    17: "User busy",
    18: "No user responding",
    19: "User alerting, no answer",
    20: "Subscriber absent",
    21: "Call Rejected",
    27: "Destination out of order",
    31: "Normal, unspecified",
    34: "Circuit/channel congestion",
    38: "Network out of order",
    127: "Interworking, unspecified",
}

Manner = Literal["rings", "answers", "busy", "rejects", "unreachable", "never"]
"""What a phone that is called does: `rings` until its owner answers or rejects, `never` with nobody there."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that was not answered, as Asterisk 22 with PJSIP tells it.

    `dial_end` is DialStatus of the event DialEnd, `status` the variable DIALSTATUS after Dial.
    """

    cause: int
    sip: int
    dial_end: str
    status: str


BUSY_HERE: Final = Refusal(BUSY, 486, "BUSY", "BUSY")
DECLINED: Final = Refusal(21, 603, "NOANSWER", "CHANUNAVAIL")
NOT_FOUND: Final = Refusal(1, 404, "NOANSWER", "CHANUNAVAIL")
CONGESTED: Final = Refusal(34, 503, "CONGESTION", "CONGESTION")

AT_ONCE: Final[dict[Manner, Refusal]] = {"busy": BUSY_HERE, "rejects": DECLINED, "unreachable": NOT_FOUND}


def text(cause: int) -> str:
    return TEXTS.get(cause, "Unknown")
