"""AsyncAGI on one channel: commands queue and run one after the other (launch_asyncagi of res_agi.c)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote

from ivr.ami import agi
from simulators.asterisk import verbs
from simulators.asterisk.answers import DEAD, Answer
from simulators.asterisk.legs import App, Leg

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange

Status = Literal["SUCCESS", "FAILURE", "HANGUP"]
_NOTHING: Final = ("", "")
_MARKS: Final = "!*'()"  # with -_.~ what ast_uri_encode leaves as it is


class AsyncAgi:
    """`AGI(agi:async)`; `done(status)` runs at its end, with what AGISTATUS has then."""

    def __init__(self, exchange: Exchange, leg: Leg, done: Callable[[Status], None]) -> None:
        self._exchange = exchange
        self._leg = leg
        self._done = done
        self._queue: deque[tuple[str, str]] = deque()
        self._current = _NOTHING
        self._running: App | None = None
        self._busy = self._ended = self._lingering = False
        self._serial = ""

    def start(self) -> None:
        leg = self._leg
        leg.channel.application, leg.channel.data = "AGI", "agi:async"
        lines = [f"agi_{name}: {value}" for name, value in environment(self._exchange, leg)]
        self._exchange.about(leg, "agi", "AsyncAGIStart", ("Env", encoded("\n".join(lines) + "\n\n")))

    def add(self, command: str, command_id: str) -> None:
        """Queue a command; without an id AsyncAGIExec carries none."""
        self._queue.append((command, command_id))
        self._next()

    def key(self, digit: str) -> None:
        if self._running is not None:
            self._running.key(digit)

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()

    def hung_up(self) -> None:
        if self._running is not None:
            self._running.hung_up()
        elif not self._busy:
            self._hung_up()

    def _next(self) -> None:
        if self._busy or self._ended or not self._queue:
            return
        self._busy = True
        delay = self._exchange.conditions.agi_delay
        if delay:
            self._leg.after(delay, self._pick_up)
        else:
            self._pick_up()

    def _pick_up(self) -> None:
        if self._ended:
            return
        if not self._leg.alive and not self._lingering:
            self._hung_up()
            return
        self._current = self._queue.popleft()
        command = self._current[0]
        self._serial = str(self._exchange.chance.randrange(2**31))
        self._tell("AGIExecStart")
        words = agi.arguments(command)
        verb, _ = verbs.find(words)
        if not self._leg.alive and verb is not None and not verb.dead:
            self._finished(DEAD)
            return
        outcome = verbs.run(self._exchange, self._leg, words, self._finished)
        if isinstance(outcome, Answer):
            self._finished(outcome)
        else:
            self._running = outcome
            outcome.start()

    def _finished(self, answer: Answer) -> None:
        command_id = self._current[1]
        self._tell("AGIExecEnd", ("ResultCode", answer.code), ("Result", answer.outcome))
        told = [("Result", encoded(f"{answer.text}\n"))]
        if command_id:
            told.append(("CommandId", command_id))
        self._exchange.about(self._leg, "agi", "AsyncAGIExec", *told)
        self._running, self._busy, self._current = None, False, _NOTHING
        if not self._leg.alive and not self._lingering:
            self._hung_up()
        elif answer.failed:
            self._end("FAILURE")
        elif answer.over:
            self._end("SUCCESS")
        else:
            self._next()

    def _hung_up(self) -> None:
        stays = self._exchange.conditions.agi_dead
        if stays and not self._lingering:
            self._lingering = True
            self._leg.after(stays, lambda: self._end("HANGUP"))
            self._next()
        elif not self._lingering:
            self._end("HANGUP")

    def _end(self, status: Status) -> None:
        if self._ended:
            return
        self._ended = True
        self._exchange.about(self._leg, "agi", "AsyncAGIEnd")
        self._leg.assign("AGISTATUS", status)
        self._done(status)

    def _tell(self, event: str, *more: tuple[str, str]) -> None:
        command = (("CommandId", self._serial), ("Command", self._current[0]))
        self._exchange.about(self._leg, "agi", event, *command, *more)


def encoded(text: str) -> str:
    """Percent-encode as Asterisk does (ast_uri_http)."""
    return quote(text, safe=_MARKS)


def environment(exchange: Exchange, leg: Leg) -> list[tuple[str, str]]:
    """Return what AsyncAGIStart tells, names without `agi_` (setup_env of res_agi.c)."""
    channel = leg.channel
    return [
        ("request", "async"),
        ("channel", channel.name),
        ("language", channel.language),
        ("type", channel.name.partition("/")[0]),
        ("uniqueid", channel.uniqueid),
        ("version", exchange.version),
        ("callerid", channel.caller.number or "unknown"),
        ("calleridname", channel.caller.name or "unknown"),
        ("callingpres", "0"),
        ("callingani2", "0"),
        ("callington", "0"),
        ("callingtns", "0"),
        ("dnid", channel.dnid or "unknown"),
        ("rdnis", "unknown"),
        ("context", channel.context),
        ("extension", channel.exten),
        ("priority", str(channel.priority)),
        ("enhanced", "0.0"),
        ("accountcode", ""),
        ("threadid", "140598574159552"),
    ]
