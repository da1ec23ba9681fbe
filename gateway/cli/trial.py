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


def arguments(settings: Settings, handset_port: int) -> list[str]:
    """The options of `caredial simulate smsc` that suit the first link of these settings.

    Mistake where that link is missing or goes to another machine.
    """
    link, place = _first_link(settings), settings.installation
    return [
        *("--host", link.host, "--port", str(link.port), "--http-port", str(handset_port)),
        *("--account", f"{link.system_id}:{link.password.get_secret_value()}"),
        *("--service-number", place.service_number, "--ussd-code", place.ussd_code),
        *("--ussd-session", link.ussd_session, "--kiosk-url", f"{place.public_url}/kiosk"),
    ]


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


class Trial(ProcessProtocol):
    """The simulator's process. `ended` is told why, should it end on its own."""

    def __init__(self, reactor: Any, options: list[str], ended: Callable[[str], None]) -> None:
        self._reactor, self._options, self._ended = reactor, options, ended
        self._gone: Deferred[None] = Deferred()
        self._stopping = False

    async def start(self) -> None:
        """Start it; its output goes where ours does. The link comes up when it listens."""
        command = [sys.executable, "-m", "gateway.cli", "simulate", "smsc", *self._options]
        self._reactor.spawnProcess(self, sys.executable, command, env=dict(os.environ), childFDs={0: "w", 1: 1, 2: 2})

    async def stop(self) -> None:
        """End it, by force where it does not obey."""
        self._stopping = True
        if self.transport is None or self._gone.called:
            return
        self.transport.signalProcess("TERM")
        force = self._reactor.callLater(KILL_SECONDS, self.transport.signalProcess, "KILL")
        await self._gone
        force.cancel()

    def processEnded(self, reason: Any) -> None:
        if not self._stopping:
            self._ended(f"the simulator ended (exit code {reason.value.exitCode}); its reason stands above")
        self._gone.callback(None)
