"""Our actions that wait: for a place in the window, for their response, for the end of their list."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ivr.ami.messages import Message


@dataclass(slots=True, eq=False)
class Pending:
    """An action without its answer. `own` takes the answer (None: it never came) to what the session itself asked."""

    action_id: str
    octets: bytes
    asked_at: float
    deadline: float
    listing: bool = False
    own: Callable[[Message | None, float], None] | None = None
    written: bool = False
    response: Message | None = None
    items: list[Message] = field(default_factory=list)


class Waiting:
    """Keeps at most `window` actions written, the others in their order of asking. What the session asks itself takes
    no place. All wait equally long, so the first one in the table is the first to expire."""

    def __init__(self, window: int, queue: int) -> None:
        self._window, self._most_queued = window, queue
        self._pending: dict[str, Pending] = {}
        self._queue: deque[str] = deque()
        self._written = self.lists = 0
        """Actions of the owner that take a place; lists that are open."""

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def written(self) -> int:
        """Actions of the owner that wait for their answers."""
        return self._written

    @property
    def queued(self) -> int:
        """Actions of the owner that wait to be written."""
        return len(self._queue)

    @property
    def full(self) -> bool:
        """Whether one more could not even be queued."""
        return len(self._queue) >= self._most_queued

    def add(self, pending: Pending) -> None:
        """Take note of an action; `take_writable` says when it goes out."""
        self._pending[pending.action_id] = pending
        self.lists += pending.listing
        self._queue.append(pending.action_id)

    def add_own(self, pending: Pending) -> None:
        """Take note of an action of the session itself, which has been written."""
        pending.written = True
        self._pending[pending.action_id] = pending

    def take_writable(self) -> list[Pending]:
        """Return the actions for which there is a place now; they count as written."""
        writable: list[Pending] = []
        while self._queue and self._written < self._window:
            pending = self._pending.get(self._queue.popleft())
            if pending is not None:
                pending.written = True
                self._written += 1
                writable.append(pending)
        return writable

    def get(self, action_id: str) -> Pending | None:
        return self._pending.get(action_id)

    def remove(self, pending: Pending) -> None:
        del self._pending[pending.action_id]
        self.lists -= pending.listing
        if pending.own is None and pending.written:
            self._written -= 1

    def prolong(self, pending: Pending, deadline: float) -> None:
        """Let it wait anew: its list goes on."""
        self._pending[pending.action_id] = self._pending.pop(pending.action_id)
        pending.deadline = deadline

    def expired(self, now: float) -> list[Pending]:
        """Remove and return the actions whose time is up."""
        gone: list[Pending] = []
        for pending in self._pending.values():
            if pending.deadline > now:
                break
            gone.append(pending)
        for pending in gone:
            self.remove(pending)
        return gone

    def next_deadline(self) -> float | None:
        return next((pending.deadline for pending in self._pending.values()), None)

    def clear(self) -> list[Pending]:
        """Remove and return all."""
        gone = list(self._pending.values())
        self._pending.clear()
        self._queue.clear()
        self._written = self.lists = 0
        return gone
