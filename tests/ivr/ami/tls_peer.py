"""A link to a port over TLS, as a process of its own, since a reactor can be run but once.

Writes `ready`, or the first warning, and ends.
"""

from __future__ import annotations

import json
import logging
import sys

from twisted.internet import reactor  # noqa: TID251  # the reactor of this process

from ivr.ami.link import Link
from ivr.ami.messages import Message
from ivr.settings import ServerSettings


class Once:
    """Ends the process when the link is up."""

    def up(self, link: Link) -> None:
        sys.stdout.write(f"ready {link.version}\n")
        link.stopService().addCallback(lambda _: reactor.stop())

    def event(self, link: Link, event: Message) -> None: ...

    def down(self, link: Link) -> None: ...


class Warned(logging.Handler):
    """Ends the process at a warning."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stdout.write(f"{record.getMessage()}\n")
        reactor.callLater(0, reactor.stop)


if __name__ == "__main__":
    logging.getLogger("caredial").addHandler(Warned(logging.WARNING))
    Link("main", ServerSettings(**json.loads(sys.argv[1])), Once(), reactor).startService()
    reactor.callLater(30, reactor.stop)
    reactor.run()
