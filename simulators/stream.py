"""Server-Sent Events (WHATWG HTML, section 9.2): the latest state of a phone, as often as it changes.

Each event is the whole state, so a slow reader misses only what is out of date, and nothing piles up for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.defer import Deferred
from twisted.web.server import Request

from simulators.clock import Clock, Timer

HEARTBEAT = 15.0  # seconds; tells proxies and browsers that the stream lives

State = Callable[[], Mapping[str, Any]]


class Stream:
    """One reader, and a Twisted IPushProducer.

    `changed` has the state read and written, at once or when the reader can take more.
    """

    def __init__(self, request: Request, clock: Clock, state: State, name: str = "phone") -> None:
        self._request: Any = request
        self._clock = clock
        self._state = state
        self._name = name
        self._paused = self._due = False
        self._timer: Timer | None = None

    def start(self, ended: Callable[[], object]) -> Deferred[None]:
        """Send the headers and the first state; `ended` runs once the reader is gone.

        The returned Deferred never has a result: Klein would finish the request.
        """
        self._request.setHeader("Content-Type", "text/event-stream; charset=utf-8")
        self._request.setHeader("Cache-Control", "no-store")
        self._request.notifyFinish().addBoth(lambda _: self._stop(ended))
        self._request.registerProducer(self, True)
        self.changed()
        self._beat()
        return Deferred()

    def changed(self) -> None:
        """The state is another one."""
        if self._paused:
            self._due = True
            return
        document = json.dumps(self._state(), ensure_ascii=False)
        self._request.write(f"event: {self._name}\ndata: {document}\n\n".encode())

    def _beat(self) -> None:
        self._timer = self._clock.callLater(HEARTBEAT, self._beat)
        if not self._paused:
            self._request.write(b": still here\n\n")

    def _stop(self, ended: Callable[[], object]) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        ended()

    # IPushProducer: the transport says when the reader falls behind

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        if self._due:
            self._due = False
            self.changed()

    def stopProducing(self) -> None:
        self._paused = True
