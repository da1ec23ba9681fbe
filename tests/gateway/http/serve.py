"""The site on a real socket, for a browser: python serve.py DATABASE KEYS MOMENT. Prints its port; ends with its input.

The clock stands at MOMENT (ISO 8601 with offset), so that a page looks the same on every day.
"""

from __future__ import annotations

import datetime as dt
import sys
from functools import partial
from pathlib import Path

from twisted.internet import reactor, stdio  # noqa: TID251  a program of its own
from twisted.internet.protocol import Protocol
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from clinic.installation import Installation
from gateway import shared
from gateway.config import Settings
from gateway.http.site import make_site
from gateway.store import Store, ThreadedStore, connect
from tcode.keyring import Keyring


class UntilClosed(Protocol):
    def connectionLost(self, reason: Failure | None = None) -> None:
        reactor.stop()


def main(database: str, keys: str, moment: str) -> None:
    store = ThreadedStore(Store(connect(f"sqlite:///{database}")), reactor, threads=2)
    limits = shared.Shared(shared.connect(""), reactor)
    now = dt.datetime.fromisoformat(moment)
    site = make_site(
        store=store,
        keyring=Keyring(Path(keys)),
        limits=limits,
        installation=Installation("http://127.0.0.1", "12580120", "*120#", "12580"),
        settings=Settings(),
        now=lambda: now,
        clock=reactor,
        aside=partial(deferToThreadPool, reactor, reactor.getThreadPool()),
        checks={"database": store.check, "shared": limits.check},
        links=lambda: {"main": True},
    )
    for part in (store, limits):
        part.start()
        reactor.addSystemEventTrigger("before", "shutdown", part.stop)
    port = reactor.listenTCP(0, site, interface="127.0.0.1")
    print(port.getHost().port, flush=True)  # noqa: T201  what the test waits for
    stdio.StandardIO(UntilClosed())
    reactor.run()


main(*sys.argv[1:])
