"""The built-in SMS centre beside the daemon: `caredial simulate smsc` as a child process.

A process of its own, because the simulator shall speak SMPP over TCP to us as any SMS centre does, and because what
is wrong in one then cannot hide in the other.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol

from gateway.cli.problems import Mistake

if TYPE_CHECKING:
    from gateway.config import Settings
    from smpp.settings import LinkSettings

KILL_SECONDS = 5
LISTENING = "handset page:"  # the last thing that the simulator says when it starts


def arguments(settings: Settings, handset_port: int) -> list[str]:
    """The options of `caredial simulate smsc` that suit the first link of these settings.

    Mistake where that link is missing or goes to another machine.
    """
    link, place = _first_link(settings), settings.installation
    return [
        *("--host", link.host, "--port", str(link.port), "--http-port", str(handset_port)),
        *("--account", f"{link.system_id}:{link.password.get_secret_value()}"),
        *("--service-number", place.service_number, "--ussd-code", place.ussd_code),
        *("--ussd", _dialect(link), "--kiosk-url", f"{place.public_url}/kiosk"),
    ]


def _dialect(link: LinkSettings) -> str:
    """A link's USSD dialect as the simulator's option takes it."""
    return link.ussd.model_dump_json() if link.ussd is not None else "standard"


def _first_link(settings: Settings) -> LinkSettings:
    for name, link in settings.smpp.links.items():
        if not _is_here(link.host):
            raise Mistake(f"--with-simulator plays the SMS centre on this machine, but link {name} goes to {link.host}")
        return link
    raise Mistake("--with-simulator needs a link: `caredial init --sample` writes settings that have one")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Ended(Exception):
    """The simulator ended before it was ready; its own words stand on the terminal already."""


class Trial(ProcessProtocol):
    """The simulator's process. `ended` is told why, should it end on its own later."""

    def __init__(
        self, reactor: Any, options: list[str], ended: Callable[[str], None], write: Callable[[str], object]
    ) -> None:
        self._reactor, self._options, self._ended, self._write = reactor, options, ended, write
        self._ready: Deferred[None] = Deferred()
        self._gone: Deferred[None] = Deferred()
        self._stopping = False

    async def start(self) -> None:
        """Start it, and wait until it listens; raises Ended. What it says goes to `write` and standard error."""
        command = [sys.executable, "-m", "gateway.cli.child", "simulate", "smsc", *self._options]
        self._reactor.spawnProcess(self, sys.executable, command, env=dict(os.environ), childFDs={0: "w", 1: "r", 2: 2})
        await self._ready

    async def stop(self) -> None:
        """End it, by force where it does not obey."""
        self._stopping = True
        if self.transport is None or self._gone.called:
            return
        self.transport.signalProcess("TERM")
        force = self._reactor.callLater(KILL_SECONDS, self.transport.signalProcess, "KILL")
        await self._gone
        if force.active():
            force.cancel()

    def outReceived(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        self._write(text)
        if LISTENING in text and not self._ready.called:
            self._ready.callback(None)

    def processEnded(self, reason: Any) -> None:
        why = (
            f"the simulator ended (exit code {reason.value.exitCode}, signal {reason.value.signal}), see above why;"
            " its ports are the first link's port and --handset-port"
        )
        self._gone.callback(None)
        if not self._ready.called:
            self._ready.errback(Ended(why))
        elif not self._stopping:
            self._ended(why)
