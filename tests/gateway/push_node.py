"""The messages API and the pusher on real sockets: python push_node.py DATABASE-URL FOLDER. Prints its port.

It looks for events of others ten times a second, and ends with its input.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet import reactor as real  # noqa: TID251  a program of its own
from twisted.internet import stdio
from twisted.internet.protocol import Protocol
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from clinic.identity import Vault
from clinic.installation import Installation
from gateway import pusher, shared
from gateway.config import Settings
from gateway.http.site import make_site
from gateway.pusher import Pusher
from gateway.store import Store, ThreadedStore, connect
from gateway.webhooks import Poster
from tcode.keyring import Keyring

HOUSE = Installation("http://127.0.0.1", "12580120", "*120#", "12580")
reactor: Any = real


class UntilClosed(Protocol):
    def connectionLost(self, reason: Failure | None = None) -> None:
        reactor.stop()


def main(url: str, folder: str) -> None:
    pusher.IDLE_SECONDS = 0.1
    database = Store(connect(url))
    store = ThreadedStore(database, reactor)
    limits = shared.Shared(shared.connect(""), reactor)
    poster = Poster(reactor, seconds=1.0)
    pushes = Pusher(store, Vault.open(Path(folder) / "key"), poster, reactor, HOUSE.now, seconds=1.0)
    database.wakes = {"noted": partial(reactor.callFromThread, pushes.wake)}
    site = make_site(
        store=store,
        keyring=Keyring(Path(folder) / "tcode"),
        limits=limits,
        installation=HOUSE,
        settings=Settings(),
        now=HOUSE.now,
        clock=reactor,
        aside=partial(deferToThreadPool, reactor, reactor.getThreadPool()),
        checks={},
        links=dict,
    )
    for part in (store, limits):
        part.start()
    pushes.startService()
    reactor.addSystemEventTrigger("before", "shutdown", pushes.stopService)
    for part in (store, limits):
        reactor.addSystemEventTrigger("during", "shutdown", part.stop)
    port = reactor.listenTCP(0, site, interface="127.0.0.1")
    print(port.getHost().port, flush=True)  # noqa: T201  what the test waits for
    stdio.StandardIO(UntilClosed())
    reactor.run()


main(*sys.argv[1:])
