"""What is wrong with an Asterisk, found out by asking it: reachable, login, version, rights, modules, dialplan.

What only shows in a call (events that come, folders that Asterisk can read) is in `ivr.selfcall`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from zope.interface import implementer

from ivr import selfcall
from ivr.ami.connection import Connection
from ivr.ami.dial import endpoint, explained
from ivr.ami.errors import AmiError, Refused
from ivr.ami.link import Link
from ivr.ami.messages import Headers
from ivr.ami.states import Closed, FilterRefused, LoginRefused, Ready, Reason, SessionEvent
from ivr.calls.dial import CONTEXT as OUT
from ivr.findings import Finding, Findings, ok, problem, warning
from ivr.settings import IvrSettings, ServerSettings

PATIENCE: Final = 5.0
"""Seconds for a connection and for each answer, where the settings would wait longer."""
OLDEST: Final = 16
DENIED: Final = "permission denied"
UNKNOWN: Final = "invalid/unknown command"
NOBODY: Final = "CareDial/nobody"
"""A channel that is never there: what is asked for it does nothing."""

Right = Literal["agi", "call", "originate", "reporting"]
ACTIONS: Final[tuple[tuple[str, Headers, Right, str], ...]] = (
    ("AGI", (("Channel", NOBODY), ("Command", "NOOP")), "agi", "res_agi.so"),
    ("ControlPlayback", (("Channel", NOBODY), ("Control", "stop")), "call", "app_controlplayback.so"),
    ("AbsoluteTimeout", (("Channel", NOBODY), ("Timeout", "60")), "call", ""),
    ("Hangup", (("Channel", NOBODY),), "call", ""),
    ("Getvar", (("Variable", "CAREDIAL_WAIT"),), "call", ""),
    ("Originate", (), "originate", ""),
    ("CoreShowChannels", (), "reporting", ""),
)
"""What the gateway asks for, in a form that does no harm; the class of `write` that allows it; where its module is."""
MODULES: Final = (
    "res_agi.so", "app_controlplayback.so", "app_dial.so", "app_record.so", "format_wav.so", "codec_ulaw.so",
    "codec_alaw.so",
)  # fmt: skip
QUEUE_MODULE: Final = "app_queue.so"
SPOKEN: Final = frozenset({"ulaw", "alaw"})
_ENDPOINT: Final = re.compile(r"PJSIP/(?:\{number\}@)?([A-Za-z0-9_.-]+)(?:/.*)?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the gateway wants of an Asterisk: its hotline's number, its settings, a clip to be played."""

    hotline: str
    ivr: IvrSettings
    clip: Path | None


async def probe(
    name: str, wanted: Wanted, reactor: Any, *, target: IStreamClientEndpoint | None = None
) -> list[Finding]:
    """Everything that is found out about one Asterisk. `target` is where to connect instead of the settings' host."""
    settings = _hurried(wanted.ivr.servers[name])
    ear = selfcall.Ear(reactor)
    try:
        target = _Noting(target or endpoint(settings, reactor))
        link = _Door(name, settings, ear, reactor, target)
    except (OSError, ValueError) as error:
        return [problem(f"these settings cannot be used: {error}", f"look at [ivr.servers.{name}]")]
    link.startService()
    try:
        found = await _met(link, target, reactor)
        if link.ready:
            await _look(link, ear, wanted, reactor, found)
    finally:
        await link.stopService()
    return found


def _hurried(settings: ServerSettings) -> ServerSettings:
    """A person waits: an answer that takes longer is none."""
    return settings.model_copy(
        update={
            "connect_timeout": min(PATIENCE, settings.connect_timeout),
            "response_timeout": min(PATIENCE, settings.response_timeout),
        }
    )


# The way in.


class _Door(Link):
    """A link that keeps what becomes of its login."""

    def __init__(
        self, name: str, settings: ServerSettings, ear: selfcall.Ear, reactor: Any, target: IStreamClientEndpoint
    ) -> None:
        super().__init__(name, settings, ear, reactor, target=target)
        self.met: Deferred[SessionEvent] = Deferred()
        self.ended = ""
        self.refused_filters: list[FilterRefused] = []

    def happened(self, connection: Connection, event: SessionEvent) -> None:
        if isinstance(event, FilterRefused):
            self.refused_filters.append(event)
        if isinstance(event, Ready | LoginRefused | Closed) and not self.met.called:
            self.ended = connection.ended
            super().happened(connection, event)
            self.met.callback(event)
        else:
            super().happened(connection, event)


@implementer(IStreamClientEndpoint)
class _Noting:
    """An endpoint that keeps why it could not connect."""

    def __init__(self, target: IStreamClientEndpoint) -> None:
        self._target = target
        self.failed: Deferred[Exception] = Deferred()

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:  # noqa: N803  # Twisted's name
        return Deferred.fromCoroutine(self._dial(protocolFactory))

    async def _dial(self, factory: IProtocolFactory) -> IProtocol:
        try:
            return await self._target.connect(factory)
        except CancelledError:
            raise
        except Exception as error:
            if not self.failed.called:
                self.failed.callback(error)
            raise


async def _met(link: _Door, target: _Noting, reactor: Any) -> Findings:
    """Whether it is there and lets us in."""
    settings = link.settings
    came: Deferred[Any] = Deferred()
    for source in (target.failed, link.met):
        source.addCallback(lambda what: None if came.called else came.callback(what))
    came.addTimeout(settings.connect_timeout * 2 + PATIENCE * 2, reactor)
    try:
        what = await came
    except TimeoutError:
        return [_mute(link)]
    return [_not_reached(link, what)] if isinstance(what, Exception) else _let_in(link, what)


def _not_reached(link: _Door, error: Exception) -> Finding:
    where = f"[ivr.servers.{link.name}] host and port"
    return problem(
        f"{link.status().address} cannot be reached: {_why(error)}",
        f"is Asterisk running? Look at {where}, and in manager.conf [general] at enabled, bindaddr and port"
        + (" (tlsenable and tlsbindaddr with tls)" if link.settings.tls else ""),
    )


def _why(error: Exception) -> str:
    """In the system's words; Twisted's are longer, with the number between."""
    number = getattr(error, "osError", None)
    return os.strerror(number) if isinstance(number, int) else str(error).rstrip(".")


def _mute(link: _Door) -> Finding:
    greeted = f"greets as {link.version}, and does not answer the login" if link.version else "does not greet"
    return problem(
        f"{link.status().address} takes connections, but {greeted}",
        f"is it a manager interface, with TLS or without? Look at [ivr.servers.{link.name}] port and tls, and in"
        " manager.conf at port and tlsbindaddr",
    )


def _let_in(link: _Door, event: SessionEvent) -> Findings:
    account = link.settings.username
    match event:
        case LoginRefused(message=message):
            return [
                problem(
                    f"the login of {account} is refused: {message}",
                    f"Asterisk's log says which it is: no such user ([{account}] of manager.conf, [ivr.servers."
                    f"{link.name}] username), failed to authenticate (secret on both sides) or failed to pass IP ACL"
                    f" (permit and deny of [{account}])",
                )
            ]
        case Closed(reason=Reason.NOT_LOGGED_IN):
            return [_mute(link)]
        case Closed(reason=reason):
            why = explained(link.ended)
            tls = " and tls, tls_hostname, tls_ca" if link.settings.tls else " and tls"
            return [
                problem(
                    f"{link.status().address}: {reason.value} before the login was through ({why})",
                    f"look at [ivr.servers.{link.name}] port{tls}, and in manager.conf at port, tlsbindaddr,"
                    " tlscertfile and permit; too many logins at a time are refused, too (authlimit)",
                )
            ]
    found = [ok(f"logged in as {account} at {link.status().address}, {link.version}")]
    if isinstance(event, Ready) and not event.told:
        found.append(
            warning(
                "FullyBooted is not told: we do not hear when Asterisk starts, stops or reloads",
                f"add system to read of [{account}] in manager.conf, and to events of [ivr.servers.{link.name}]",
            )
        )
    return found


# What it says when it is asked.


async def _look(link: _Door, ear: selfcall.Ear, wanted: Wanted, reactor: Any, found: Findings) -> None:
    """Ask all that can be asked, then call. What was found before Asterisk went away stays found."""
    looks: list[Callable[[], Awaitable[Sequence[Finding]]]] = [
        lambda: _version(link),
        lambda: _rights(link),
        lambda: _modules(link, queue=wanted.ivr.operator.startswith("queue:")),
        lambda: _dialplan(link, wanted.hotline),
        lambda: _way_out(link, wanted.ivr),
        lambda: _codecs(link, wanted.ivr),
        lambda: selfcall.call(link, ear, reactor, wanted.clip, wanted.ivr.prompts.names),
    ]
    found += [
        warning(f"the event filter {each.filter!r} is refused: {each.message}",
                f"put it into manager.conf as eventfilter of [{link.settings.username}], and leave it out of"
                f" [ivr.servers.{link.name}] event_filters: to add one takes class system")
        for each in link.refused_filters
    ]  # fmt: skip
    try:
        for look in looks:
            found += await look()
    except AmiError as error:
        found.append(problem(f"it stopped answering: {error}", "look at Asterisk's log, and try again"))


async def _version(link: Link) -> Findings:
    try:
        told = (await link.act("CoreSettings")).get("AsteriskVersion")
    except Refused as error:
        return [warning(f"its version could not be looked at: {error}", _grant(link, "reporting"))]
    number = re.search(r"\d+", told)
    if number is None:
        return [warning(f"its version is {told or 'not told'}", f"it should be {OLDEST} or newer")]
    if int(number[0]) < OLDEST:
        return [problem(f"it is Asterisk {told}", f"{OLDEST} is the oldest that works; update it")]
    return [ok(f"Asterisk {told}")]


async def _rights(link: Link) -> Findings:
    """Try each action so that nothing comes of it: only the reason of its refusal tells."""
    found, allowed = [], []
    for name, headers, right, module in ACTIONS:
        try:
            await (link.listing if name == "CoreShowChannels" else link.act)(name, headers)
        except Refused as error:
            reason = str(error).lower()
            if reason.startswith(DENIED):
                found.append(problem(f"the action {name} is not allowed", _grant(link, right)))
                continue
            if reason.startswith(UNKNOWN):
                found.append(problem(f"there is no action {name}", f"load {module or 'what has it'} (modules.conf)"))
                continue
        allowed.append(name)
    return [*([ok(f"allowed: {', '.join(allowed)}")] if allowed else []), *found]


def _grant(link: Link, right: str) -> str:
    return f"add {right} to write of [{link.settings.username}] in manager.conf"


async def _modules(link: Link, *, queue: bool) -> Findings:
    """By ModuleCheck, which takes class system, or by the dialplan's IFMODULE, which takes func_module."""
    names = [*MODULES, *([QUEUE_MODULE] if queue else [])]
    states = {name: await _module(link, name) for name in names}
    missing = [name for name, state in states.items() if state is False]
    unknown = [name for name, state in states.items() if state is None]
    found = [problem(f"{name} is not loaded", f"load = {name} in modules.conf") for name in missing]
    if unknown:
        found.append(
            warning(
                f"not looked at, modules {', '.join(unknown)}: this account may not ask for them",
                "load func_module.so (modules.conf), and they can be looked at without more rights",
            )
        )
    return found or [ok(f"modules: {', '.join(names)}")]


async def _module(link: Link, name: str) -> bool | None:
    """Whether it is loaded; None where nobody says."""
    try:
        await link.act("ModuleCheck", [("Module", name)])
    except Refused as error:
        if not str(error).lower().startswith((DENIED, UNKNOWN)):
            return False
    else:
        return True
    return {"1": True, "0": False}.get(await _asked(link, f"IFMODULE({name})"))


async def _asked(link: Link, function: str) -> str:
    """What a function of the dialplan says, empty where it may not be asked or is not there."""
    try:
        return (await link.act("Getvar", [("Variable", function)])).get("Value")
    except Refused:
        return ""


async def _dialplan(link: Link, hotline: str) -> Findings:
    """Whether the number leads to AGI(agi:async)."""
    try:
        rows = await link.listing("ShowDialPlan", [("Extension", hotline)])
    except Refused as error:
        reason = str(error).lower()
        if reason.startswith((DENIED, UNKNOWN)):
            by_hand = f"see with `dialplan show {hotline}` on its console"
            todo = _grant(link, "reporting") if reason.startswith(DENIED) else by_hand
            return [warning(f"the dialplan could not be looked at: {error}", todo)]
        rows = []
    parked = [row for row in rows if row.get("Application") == "AGI" and row.get("AppData") == "agi:async"]
    if parked:
        contexts = ", ".join(dict.fromkeys(row.get("Context") for row in parked))
        return [ok(f"{hotline} is answered by AGI(agi:async) in context {contexts}")]
    todo = "include conf/asterisk/extensions.conf, and let the trunk's calls arrive in caredial-hotline ([installation]"
    if not rows:
        return [problem(f"the dialplan has no extension {hotline}", f"{todo} hotline says {hotline})")]
    steps = {f"{row.get('Application')}({row.get('AppData')})" for row in rows}
    return [
        warning(
            f"{hotline} does not run AGI(agi:async) itself, but {', '.join(sorted(steps))[:200]}",
            "see in extensions.conf whether that leads to caredial-hotline",
        )
    ]


async def _way_out(link: Link, ivr: IvrSettings) -> Findings:
    """Whether what we dial has a context to be led into."""
    if all(trunk.server != link.name for trunk in ivr.trunks.values()):
        return []
    try:
        rows = await link.listing("ShowDialPlan", [("Context", OUT)])
    except Refused as error:
        if str(error).lower().startswith((DENIED, UNKNOWN)):
            return []  # this has been said
        rows = []
    if any(row.get("AppData") == "agi:async" for row in rows):
        return [ok(f"calls that we make are led into context {OUT}")]
    return [problem(f"calls that we make need context {OUT}", "include conf/asterisk/extensions.conf")]


async def _codecs(link: Link, ivr: IvrSettings) -> Findings:
    """Whether the trunks of this Asterisk, as far as they are PJSIP, speak G.711."""
    found: Findings = []
    for name, trunk in ivr.trunks.items():
        endpoint_ = _ENDPOINT.fullmatch(trunk.dial)
        if trunk.server != link.name or endpoint_ is None:
            continue
        allowed = await _asked(link, f"PJSIP_ENDPOINT({endpoint_[1]},allow)")
        spoken = set(re.findall(r"[a-z0-9]+", allowed.lower()))
        what = f"endpoint {endpoint_[1]} of trunk {name}"
        if not allowed:
            found.append(
                warning(
                    f"{what} could not be looked at",
                    f"is it in pjsip.conf? Look at [ivr.trunks.{name}] dial, and load func_pjsip_endpoint.so",
                )
            )
        elif spoken & SPOKEN:
            found.append(ok(f"{what} speaks {', '.join(sorted(spoken))}"))
        else:
            found.append(problem(f"{what} speaks {allowed}, not G.711", "allow = alaw,ulaw for it in pjsip.conf"))
    return found
