"""The built-in SMS centre and Asterisk beside the daemon: `caredial simulate smsc` as a child process.

A process of its own, because the simulator shall speak SMPP and AMI over TCP to us as any operator's do, and because
what is wrong in one then cannot hide in the other.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol

from gateway.cli.problems import Mistake

if TYPE_CHECKING:
    from gateway.config import Settings
    from ivr.settings import ServerSettings
    from smpp.settings import LinkSettings

KILL_SECONDS = 5
LISTENING = "handset page:"  # the last thing that the simulator says when it starts
MONEY_LISTENING = "mobile money:"
QUEUE, OPERATOR = "queue:", "15499990000"
"""An operator who is a queue is played by this telephone of the handset page."""


def arguments(settings: Settings, handset_port: int) -> list[str]:
    """The options of `caredial simulate smsc` that suit the first link of these settings, and their first Asterisk.

    Mistake where that link is missing or goes to another machine. Without an Asterisk here there is no hotline here.
    """
    link, place = _first_link(settings), settings.installation
    return [
        *("--host", link.host, "--port", str(link.port), "--http-port", str(handset_port)),
        *("--account", f"{link.system_id}:{link.password.get_secret_value()}"),
        *("--service-number", place.service_number, "--ussd-code", place.ussd_code),
        *("--ussd", _dialect(link), "--kiosk-url", f"{place.public_url}/kiosk"),
        *_asterisk(settings),
    ]


def _asterisk(settings: Settings) -> list[str]:
    server, operator = played(settings), settings.ivr.operator
    if server is None:
        return []
    queue = operator.removeprefix(QUEUE) if operator.startswith(QUEUE) else ""
    return [
        *("--manager-port", str(server.port), "--hotline", settings.installation.hotline),
        *("--manager-account", f"{server.username}:{server.secret.get_secret_value()}"),
        *(("--queue-member", f"{queue}:{OPERATOR}") if queue else ()),
    ]


def money(settings: Settings) -> list[str] | None:
    """The options of `caredial simulate mobile-money` that suit the first provider on this machine; None where all are
    elsewhere, or speak otherwise."""
    for provider in settings.payments.providers.values():
        url = urlsplit(provider.url)
        if provider.in_use and url.scheme == "http" and provider.dialect == "gsma" and _is_here(url.hostname or ""):
            return [
                *("--host", url.hostname or "", "--port", str(url.port or 80), "--merchant", provider.merchant),
                *("--client", f"{provider.client_id}:{provider.client_secret.get_secret_value()}"),
                *("--callback-key", provider.callback_key.get_secret_value()),
                *(("--currency", provider.currencies[0]) if provider.currencies else ()),
            ]
    return None


def hint(settings: Settings, missing: int) -> str:
    """How the hotline is tried: a line. `missing` prompts keep it silent."""
    hotline = settings.installation.hotline
    if missing:
        return f"hotline: {hotline} answers no call, {missing} prompts are missing: run `caredial prompts build`\n"
    return f"hotline: dial {hotline} on the handset page\n"


def _dialect(link: LinkSettings) -> str:
    """A link's USSD dialect as the simulator's option takes it."""
    return link.ussd.model_dump_json() if link.ussd is not None else "standard"


def _first_link(settings: Settings) -> LinkSettings:
    for name, link in settings.smpp.links.items():
        if not _is_here(link.host):
            raise Mistake(f"--with-simulator plays the SMS centre on this machine, but link {name} goes to {link.host}")
        return link
    raise Mistake("--with-simulator needs a link: `caredial init --sample` writes settings that have one")


def played(settings: Settings) -> ServerSettings | None:
    """The first Asterisk that would be on this machine, without TLS; a real one elsewhere is left to be itself."""
    for name, server in settings.ivr.servers.items():
        if _is_here(server.host) and not server.tls:
            if not server.secret.get_secret_value():
                raise Mistake(f"--with-simulator needs a secret of the Asterisk that it plays: [ivr.servers.{name}]")
            return server
    return None


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Ended(Exception):
    """The simulator ended before it was ready; its own words stand on the terminal already."""


class Trial(ProcessProtocol):
    """The simulator's process. `ended` is told why, should it end on its own later.

    `hint` is written when it listens.
    """

    def __init__(
        self,
        reactor: Any,
        options: list[str],
        ended: Callable[[str], None],
        write: Callable[[str], object],
        hint: str = "",
        *,
        what: str = "smsc",
        listening: str = LISTENING,
    ) -> None:
        self._reactor, self._options, self._ended, self._write, self._hint = reactor, options, ended, write, hint
        self._what, self._listening = what, listening
        self._ready: Deferred[None] = Deferred()
        self._gone: Deferred[None] = Deferred()
        self._stopping = False

    async def start(self) -> None:
        """Start it, and wait until it listens; raises Ended. What it says goes to `write` and standard error."""
        command = [sys.executable, "-m", "gateway.cli.child", "simulate", self._what, *self._options]
        self._reactor.spawnProcess(self, sys.executable, command, env=dict(os.environ), childFDs={0: "w", 1: "r", 2: 2})
        await self._ready
        if self._hint:
            self._write(self._hint)

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
        if self._listening in text and not self._ready.called:
            self._ready.callback(None)

    def processEnded(self, reason: Any) -> None:
        why = (
            f"the simulator ended (exit code {reason.value.exitCode}, signal {reason.value.signal}), see above why;"
            " its ports are those of the first link, of the first [ivr.servers] and of the provider, and --handset-port"
        )
        self._gone.callback(None)
        if not self._ready.called:
            self._ready.errback(Ended(why))
        elif not self._stopping:
            self._ended(why)


class Trials:
    """Several simulators, one after the other."""

    def __init__(self, *trials: Trial) -> None:
        self._trials = trials

    async def start(self) -> None:
        """Raises Ended; what was started is stopped then."""
        for trial in self._trials:
            try:
                await trial.start()
            except Ended:
                await self.stop()
                raise

    async def stop(self) -> None:
        for trial in reversed(self._trials):
            await trial.stop()
