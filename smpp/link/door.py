"""The way into an SMSC that the binds of one account share, so that they do not hammer it together."""

from collections.abc import Callable

from twisted.internet.defer import CancelledError, DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from reach.backoff import Backoff
from smpp import status

WRONG_ACCOUNT = frozenset({status.ESME_RINVPASWD, status.ESME_RINVSYSID, status.ESME_RINVSYSTYP})
"""Refusals that every bind of the account would get; many in a row get it locked."""


class Door:
    """Lets binds try one at a time, in turn; after a refusal that is the account's, none for a growing while.

    `enter` before an attempt, `leave` when its outcome is known.
    """

    def __init__(self, pauses: tuple[float, float], clock: IReactorTime, jitter: Callable[[], float]) -> None:
        """`pauses` are the first and the longest after refusals, in seconds."""
        self._clock = clock
        self._backoff = Backoff(pauses, pauses, jitter)
        self._turn = DeferredLock()
        self._shut_until = clock.seconds()
        self._closed = False

    def open(self) -> None:
        self._closed = False

    def close(self) -> None:
        """Let nobody in from now on, though others leave."""
        self._closed = True

    async def enter(self) -> None:
        """Wait for one's turn; may be cancelled. Raises CancelledError once it is closed."""
        await self._turn.acquire()
        try:
            if self._closed:
                raise CancelledError
            while (wait := self._shut_until - self._clock.seconds()) > 0:
                await deferLater(self._clock, wait)
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        self._turn.release()

    def refused(self) -> float:
        """Take note of a refusal that is the account's; return the seconds that all its binds wait now."""
        self._backoff.refused()
        pause = self._backoff.delay()
        self._shut_until = self._clock.seconds() + pause
        return pause

    def admitted(self) -> None:
        """Take note that the account is good."""
        self._backoff.up(self._clock.seconds())
