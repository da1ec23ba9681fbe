"""Who watches a link's PDUs. While nobody does, a session has no tap, and that costs nothing."""

import logging
from collections.abc import Callable, Iterable
from functools import partial

from twisted.internet.interfaces import IReactorTime

from smpp.link.connection import Connection
from smpp.trace import Traced

log = logging.getLogger("caredial.smpp")

Watcher = Callable[[Traced], None]


class Watching:
    """The watchers of one link, on all of its connections."""

    def __init__(self, link: str, connections: Callable[[], Iterable[Connection]], clock: IReactorTime) -> None:
        self._link, self._connections, self._clock = link, connections, clock
        self._watchers: list[Watcher] = []

    def add(self, watcher: Watcher) -> Callable[[], None]:
        """Show every PDU to `watcher` from now on; call what is returned to end that."""
        self._watchers.append(watcher)
        self._tap_all()

        def remove() -> None:
            if watcher in self._watchers:
                self._watchers.remove(watcher)
                self._tap_all()

        return remove

    def tap(self, connection: Connection) -> None:
        """Have a connection tell its PDUs, if anybody watches."""
        connection.session.tap = partial(self._tell, connection.id) if self._watchers else None

    def _tap_all(self) -> None:
        for connection in self._connections():
            self.tap(connection)

    def _tell(self, bind: str, sent: bool, octets: bytes) -> None:
        traced = Traced(self._link, bind, self._clock.seconds(), sent, octets)
        for watcher in tuple(self._watchers):
            try:
                watcher(traced)
            except Exception:
                log.exception("link %s: a trace's watcher failed and is told no more", self._link)
                self._watchers.remove(watcher)
