"""Our requests that wait for their answers (SMPP 3.4 section 2.9)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from smpp.pdu import BINDS, EnquireLink, GenericNack, Pdu, Unbind
from smpp.session.posted import Posted

MAX_SEQUENCE: Final = 0x7FFFFFFF
OUTSIDE: Final = (EnquireLink, Unbind, *BINDS)
"""Requests that keep the session going; they take no place in the window."""


class Pending(NamedTuple):
    """A request with its number, when it was sent and is given up, in seconds, and whether it takes a place."""

    request: Pdu | Posted
    sent: float
    deadline: float
    counts: bool


class Window:
    """Numbers requests from 1 to 0x7FFFFFFF and round again, and finds the one that a response belongs to."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.used = 0
        self.asking = 0
        """How many enquire_link are under way."""
        self._last = 0
        self._pending: dict[int, Pending | Posted] = {}  # in order of sending; what is posted keeps its own times

    @property
    def free(self) -> int:
        free = self.size - self.used
        return free if free > 0 else 0

    @property
    def unanswered(self) -> tuple[Pdu, ...]:
        """The requests in the window, in order of sending."""
        requests = (one.request for one in self._pending.values() if isinstance(one, Pending))
        return tuple(request for request in requests if not isinstance(request, (Posted, *OUTSIDE)))

    @property
    def posted(self) -> tuple[Posted, ...]:
        """What was posted and is in the window, in order of sending."""
        return tuple(posted for posted in self._pending.values() if isinstance(posted, Posted))

    def number(self, request: Pdu) -> Pdu:
        """Return the request with the next number that no open request has. `add` it once it is written."""
        return replace(request, sequence=self._next())

    def add(self, request: Pdu, sent: float, timeout: float) -> None:
        """Take note of a numbered and written request."""
        self._last = request.sequence
        if request.response is not None:
            counts = not isinstance(request, OUTSIDE)
            self._pending[request.sequence] = Pending(request, sent, sent + timeout, counts)
            self.used += counts
            self.asking += isinstance(request, EnquireLink)

    def post(self, requests: Sequence[Posted], sent: float, timeout: float) -> None:
        """Number posted requests and take note of them."""
        pending, deadline = self._pending, sent + timeout
        for request in requests:
            sequence = self._last % MAX_SEQUENCE + 1
            if sequence in pending:
                sequence = self._next()
            request.sequence = self._last = sequence
            request.sent, request.deadline = sent, deadline
            pending[sequence] = request
        self.used += len(requests)

    def take(self, response: Pdu) -> Pending | None:
        """Remove and return what `response` answers; None if it answers nothing that is open."""
        pending = self._pending.get(response.sequence)
        if pending is None:
            return None
        expected = pending.response if isinstance(pending, Posted) else pending.request.response
        fits = type(response) is expected or isinstance(response, GenericNack)
        return self._remove(response.sequence) if fits else None

    def take_posted(self, sequence: int, response: type[Pdu]) -> Posted | None:
        """Remove and return what was posted with that number and is answered so; None for anything else.

        It does what `take` does, without a PDU for each of the many answers that say nothing but the message_id.
        """
        posted = self._pending.get(sequence)
        if not isinstance(posted, Posted) or posted.response is not response:
            return None
        del self._pending[sequence]
        self.used -= 1
        return posted

    def expire(self, now: float) -> list[Pending]:
        """Remove and return the requests whose time is up."""
        expired = [sequence for sequence, pending in self._pending.items() if pending.deadline <= now]
        return [self._remove(sequence) for sequence in expired]

    def next_deadline(self) -> float | None:
        # All share one timeout but a bind, and that is alone: the oldest is the first to expire.
        return next((pending.deadline for pending in self._pending.values()), None)

    def clear(self) -> None:
        self._pending.clear()
        self.used = self.asking = 0

    def _next(self) -> int:
        sequence = self._last % MAX_SEQUENCE + 1
        while sequence in self._pending:
            sequence = sequence % MAX_SEQUENCE + 1
        return sequence

    def _remove(self, sequence: int) -> Pending:
        pending = self._pending.pop(sequence)
        if isinstance(pending, Posted):
            self.used -= 1
            return Pending(pending, pending.sent, pending.deadline, True)
        if pending.counts:
            self.used -= 1
        elif isinstance(pending.request, EnquireLink):
            self.asking -= 1
        return pending
