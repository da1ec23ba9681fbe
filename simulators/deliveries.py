"""deliver_sm on their way to an ESME: routed to a bind that may receive, queued while there is none, retried.

An account's messages (receipts, USSD) go to its own binds; an SMS to the service number goes to any bind. Binds
that may receive take turns.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

from simulators.clock import Clock
from smpp import status
from smpp.pdu import AlertNotification, DataSm, DeliverSm

log = logging.getLogger(__name__)

QUEUE: Final = 10_000
ATTEMPTS: Final = 20
RETRY: Final = 5.0  # seconds after a refusal that asks for another try

_RETRIED: Final = frozenset({status.StatusClass.THROTTLE, status.StatusClass.TEMPORARY, status.StatusClass.UNCERTAIN})


class Bind(Protocol):
    """One bound connection, as the network sees it."""

    @property
    def account(self) -> str: ...

    @property
    def may_receive(self) -> bool: ...

    @property
    def has_room(self) -> bool:
        """Whether its window of unanswered requests takes one more."""

    @property
    def unanswered(self) -> int:
        """How many submits of it wait for their answers."""

    def deliver(self, pdu: DeliverSm | DataSm, answered: Callable[[int | None], None]) -> None:
        """Send it; `answered` gets the command_status, or None when no answer will come."""

    def notify(self, pdu: AlertNotification) -> None:
        """Send what has no answer."""

    def hold(self, seconds: float) -> None:
        """Read nothing from it for so long."""

    def leave(self) -> None:
        """Unbind it."""

    def close(self) -> None:
        """Close its TCP connection without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A deliver_sm (or data_sm) and where it may go. `keep`: it waits for a bind and is retried (never so for USSD)."""

    pdu: DeliverSm | DataSm
    account: str | None = None  # None: any account
    bind: Bind | None = None  # preferred, while it is there
    keep: bool = True
    settled: Callable[[int | None], None] = lambda _: None
    attempts: int = 0


class Deliveries:
    """The queue before the binds, at most `most` long."""

    def __init__(self, clock: Clock, *, most: int = QUEUE) -> None:
        self._clock = clock
        self._most = most
        self._binds: deque[Bind] = deque()
        self._waiting: dict[str | None, deque[Delivery]] = {}
        self._retrying = 0
        self.detour: Callable[[Delivery], bool] = lambda _: False
        """Tells whether it keeps a delivery for itself (`put` sends it later), before anything else is done."""

    @property
    def full(self) -> bool:
        return len(self) >= self._most

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values())) + self._retrying

    @property
    def binds(self) -> tuple[Bind, ...]:
        return tuple(self._binds)

    def add(self, bind: Bind) -> None:
        """A bind is there: what waited for it goes out."""
        self._binds.append(bind)
        self.flush()

    def remove(self, bind: Bind) -> None:
        """A bind is gone; USSD that still waits for it has nowhere to go."""
        self._binds.remove(bind)
        for queue in list(self._waiting.values()):
            self._give_up(queue)

    def reachable(self, account: str | None = None) -> Bind | None:
        """Return a bind of the account (None: of any) that may receive, whether or not its window has room."""
        return next(self._receivers(account), None)

    def turn(self, account: str | None = None) -> Bind | None:
        """Return the bind whose turn it is, for something that is to stay with it."""
        return self._rotate(self.reachable(account))

    def other(self, bind: Bind) -> Bind | None:
        """Return another bind of the same account that may receive, whose turn it is; None when there is none."""
        others = (one for one in self._receivers(bind.account) if one is not bind)
        return self._rotate(next(others, None))

    def send(self, delivery: Delivery) -> bool:
        """Send now or as soon as possible; False when the queue is full, or nobody is there and it may not wait."""
        return self.detour(delivery) or self.put(delivery)

    def put(self, delivery: Delivery) -> bool:
        """Do what `send` does, without a detour."""
        if len(self) >= self._most or (not delivery.keep and self.reachable(delivery.account) is None):
            return False
        queue = self._waiting.setdefault(delivery.account, deque())
        if delivery.keep:
            queue.append(delivery)
        else:
            queue.appendleft(delivery)  # somebody looks at the screen
        self.flush()
        return True

    def flush(self) -> None:
        """Send what the binds have room for: by turns what is for one account, and SMS, which go to any."""
        turns = deque(self._waiting)
        while turns:
            account = turns.popleft()
            queue = self._waiting.get(account)
            bind = self._choose(account, queue[0].bind) if queue else None
            if queue and bind is not None:
                self._waiting[account] = self._waiting.pop(account)  # the others first, also the next time
                turns.append(account)
                self._hand_over(bind, queue.popleft())
            elif queue is not None and not queue:
                del self._waiting[account]

    def _receivers(self, account: str | None) -> Iterator[Bind]:
        return (bind for bind in self._binds if bind.may_receive and account in (None, bind.account))

    def _choose(self, account: str | None, preferred: Bind | None) -> Bind | None:
        if preferred in self._binds and preferred is not None:
            return preferred if preferred.has_room else None
        return self._rotate(next((bind for bind in self._receivers(account) if bind.has_room), None))

    def _rotate(self, bind: Bind | None) -> Bind | None:
        if bind is not None:
            self._binds.remove(bind)
            self._binds.append(bind)
        return bind

    def _hand_over(self, bind: Bind, delivery: Delivery) -> None:
        attempt = replace(delivery, attempts=delivery.attempts + 1)
        bind.deliver(attempt.pdu, lambda code: self._answered(attempt, code))

    def _answered(self, delivery: Delivery, code: int | None) -> None:
        again = code is None or status.classify(code) in _RETRIED
        if again and delivery.keep and delivery.attempts < ATTEMPTS:
            self._retry(delivery, 0 if code is None else RETRY)
        else:
            if code:
                log.warning("%s refused with %s", delivery.pdu.name, status.name(code))
            delivery.settled(code)
        self.flush()

    def _retry(self, delivery: Delivery, delay: float) -> None:
        self._retrying += 1
        self._clock.callLater(delay, lambda: self._requeue(delivery))

    def _requeue(self, delivery: Delivery) -> None:
        self._retrying -= 1
        self._waiting.setdefault(delivery.account, deque()).appendleft(delivery)
        self.flush()

    def _give_up(self, queue: deque[Delivery]) -> None:
        lost = [one for one in queue if not one.keep and self.reachable(one.account) is None]
        for delivery in lost:
            queue.remove(delivery)
            delivery.settled(None)
