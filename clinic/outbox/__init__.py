"""The sender's side of the outbox: claim, settle, recover. What is spoken is the caller's (`clinic.voice`).

The sender claims a batch in a transaction of its own before it writes to a link: after a crash a claimed message
is one whose outcome nobody knows, as where no answer came, and its class tells whether it is sent once more. What is
under way for long is claimed anew from time to time, so that nobody takes it for a dead sender's.
"""

from __future__ import annotations

from clinic.outbox.claiming import MOST_ROUNDS, Outgoing, claim, claim_patiently
from clinic.outbox.journal import enter
from clinic.outbox.lanes import Lane, begins_with
from clinic.outbox.looking import counts
from clinic.outbox.recovering import LEASE, MOST_UNANSWERED, Trace, recover, renew
from clinic.outbox.settling import LONGEST_ERROR, SentPart, Settled, settle_many

MOST_TRIES = 8  # where the SMS centre tells of a passing trouble

__all__ = [
    "LEASE",
    "LONGEST_ERROR",
    "MOST_ROUNDS",
    "MOST_TRIES",
    "MOST_UNANSWERED",
    "Lane",
    "Outgoing",
    "SentPart",
    "Settled",
    "Trace",
    "begins_with",
    "claim",
    "claim_patiently",
    "counts",
    "enter",
    "recover",
    "renew",
    "settle_many",
]
