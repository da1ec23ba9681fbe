"""Applications of the dialplan that EXEC runs, by name in lower case."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from simulators.asterisk.answers import Answer, Done, executed
from simulators.asterisk.dialling import Dial, Queue
from simulators.asterisk.legs import App, Leg
from simulators.asterisk.playing import StreamFile, WaitForDigit

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange

Application = Callable[["Exchange", Leg, str, Done], "Answer | App"]


def dial(exchange: Exchange, leg: Leg, data: str, done: Done) -> App:
    """`PJSIP/8000&PJSIP/8001,30,g`: seconds none means for ever, option g that the caller goes on afterwards."""
    targets, seconds, options = _fields(data, 3)
    wanted = [one for one in targets.split("&") if one]
    return Dial(exchange, leg, done, targets=wanted, seconds=_seconds(seconds), goes_on="g" in options)


def queue(exchange: Exchange, leg: Leg, data: str, done: Done) -> App:
    """`reception,c,,,60`: option c goes on after the conversation."""
    name, options, _, _, seconds = _fields(data, 5)
    members = [f"PJSIP/{number}" for number in exchange.hotline.queues.get(name, ())]
    return Queue(exchange, leg, done, targets=members, seconds=_seconds(seconds), goes_on="c" in options)


def playback(exchange: Exchange, leg: Leg, data: str, done: Done) -> App:
    """One file, to its end; what is missing is left out, and PLAYBACKSTATUS tells."""

    def played(answer: Answer) -> None:
        if answer.failed and leg.alive:
            leg.assign("PLAYBACKSTATUS", "FAILED")
        done(executed(0))

    return StreamFile(exchange, leg, played, name=_fields(data, 1)[0], escape="")


def wait(exchange: Exchange, leg: Leg, data: str, done: Done) -> App:
    """Seconds."""
    return WaitForDigit(exchange, leg, done, milliseconds=_seconds(data) * 1000, listen=False)


def assign(_exchange: Exchange, leg: Leg, data: str, _done: Done) -> Answer:
    """`NAME=VALUE`."""
    name, _, value = data.partition("=")
    leg.assign(name.strip(), value)
    return executed(0)


def nothing(_exchange: Exchange, _leg: Leg, _data: str, _done: Done) -> Answer:
    return executed(0)


def _fields(data: str, count: int) -> list[str]:
    fields = data.split(",")
    return (fields + [""] * count)[:count]


def _seconds(text: str) -> float:
    return float(text) if text.strip() else 0.0


APPLICATIONS: Final[dict[str, Application]] = {
    "dial": dial,
    "noop": nothing,
    "playback": playback,
    "queue": queue,
    "set": assign,
    "verbose": nothing,
    "wait": wait,
}
