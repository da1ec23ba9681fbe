"""The AGI commands by name. Source: the table `commands` of res_agi.c, and what a real Asterisk 22 answered.

A command gives its `Answer` at once, or is begun and gives it to `done` later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulators.asterisk.answers import UNKNOWN, Answer, Done, result, usage
from simulators.asterisk.applications import APPLICATIONS
from simulators.asterisk.channels import State
from simulators.asterisk.legs import App, Leg
from simulators.asterisk.playing import GetData, RecordFile, Say, StreamFile, WaitForDigit

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange

Words = Sequence[str]
Work = Callable[["Exchange", Leg, Words, Done], "Answer | App"]
_EXPRESSION: Final = re.compile(r"\$\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: what it does, how many words it needs after its name, and whether a dead channel may."""

    work: Work
    least: int = 0
    sentence: str = ""
    dead: bool = False


def find(words: Words) -> tuple[Verb | None, Words]:
    """Find the command that the words begin with, the longest first; return it with its arguments."""
    for length in (3, 2, 1):
        verb = VERBS.get(" ".join(words[:length]).upper())
        if verb is not None and len(words) >= length:
            return verb, words[length:]
    return None, ()


def run(exchange: Exchange, leg: Leg, words: Words, done: Done) -> Answer | App:
    """Run a command; an App has been begun and gives its answer to `done`."""
    verb, rest = find(words)
    if verb is None:
        return UNKNOWN
    if len(rest) < verb.least:
        return usage(verb.sentence)
    try:
        return verb.work(exchange, leg, rest, done)
    except ValueError:  # a number was wanted
        return usage(verb.sentence)


def _stream_file(exchange: Exchange, leg: Leg, words: Words, done: Done) -> App:
    offset = int(words[2]) if len(words) > 2 and words[2].isdecimal() else 0
    return StreamFile(exchange, leg, done, name=words[0], escape=words[1], offset=offset)


def _get_data(exchange: Exchange, leg: Leg, words: Words, done: Done) -> App:
    timeout, most = (int(words[place]) if len(words) > place else 0 for place in (1, 2))
    return GetData(exchange, leg, done, name=words[0], timeout=timeout, most=most)


def _wait_for_digit(exchange: Exchange, leg: Leg, words: Words, done: Done) -> App:
    return WaitForDigit(exchange, leg, done, milliseconds=int(words[0]))


def _record_file(exchange: Exchange, leg: Leg, words: Words, done: Done) -> App:
    name, form, escape, most, *options = words
    return RecordFile(exchange, leg, done, path=Path(f"{name}.{form}"), escape=escape, most=int(most), options=options)


def _say_digits(exchange: Exchange, leg: Leg, words: Words, done: Done) -> App:
    return Say(exchange, leg, done, text=" ".join(words[0]), escape=words[1])


def _say_number(exchange: Exchange, leg: Leg, words: Words, done: Done) -> App:
    return Say(exchange, leg, done, text=str(int(words[0])), escape=words[1])


def _exec(exchange: Exchange, leg: Leg, words: Words, done: Done) -> Answer | App:
    application = APPLICATIONS.get(words[0].lower())
    if application is None:
        return Answer("200 result=-2", outcome="Unknown Result")
    return application(exchange, leg, words[1] if len(words) > 1 else "", done)


def _answer(_exchange: Exchange, leg: Leg, _words: Words, _done: Done) -> Answer:
    if leg.channel.state is not State.UP:
        leg.up()
    return result(0)


def _hangup(exchange: Exchange, leg: Leg, words: Words, _done: Done) -> Answer:
    wanted = leg if not words else exchange.legs.get(words[0])
    if wanted is None:
        return result(-1)
    if wanted is not leg:
        wanted.soft_hangup()
        return result(1)
    exchange.about(leg, "call", "SoftHangupRequest", ("Cause", "32"))
    leg.alive = False  # AGI sees it after this command
    return result(1)


def _status(exchange: Exchange, leg: Leg, words: Words, _done: Done) -> Answer:
    wanted = leg if not words else exchange.legs.get(words[0])
    return result(-1 if wanted is None else int(wanted.channel.state))


def _set_variable(_exchange: Exchange, leg: Leg, words: Words, _done: Done) -> Answer:
    leg.assign(words[0], words[1])
    return result(1)


def _get_variable(_exchange: Exchange, leg: Leg, words: Words, _done: Done) -> Answer:
    value = leg.channel.variable(words[0])
    return result(0) if value is None else result(1, f"({value})")


def _get_full_variable(exchange: Exchange, leg: Leg, words: Words, _done: Done) -> Answer:
    wanted = leg if len(words) < 2 else exchange.legs.get(words[1])
    if wanted is None:
        return result(0)
    channel = wanted.channel
    value = _EXPRESSION.sub(lambda found: channel.variable(found[1]) or "", words[0])
    return result(1, f"({value})") if value else result(0)


def _set_caller(_exchange: Exchange, leg: Leg, words: Words, _done: Done) -> Answer:
    leg.channel.caller.number, leg.channel.caller.name = words[0], ""
    return result(1)


def _set_place(_exchange: Exchange, _leg: Leg, _words: Words, _done: Done) -> Answer:
    return result(0)


def _fixed(answer: Answer) -> Work:
    return lambda _exchange, _leg, _words, _done: answer


VERBS: Final[dict[str, Verb]] = {
    "ANSWER": Verb(_answer),
    "ASYNCAGI BREAK": Verb(_fixed(Answer("200 result=0", over=True)), dead=True),
    "CHANNEL STATUS": Verb(_status),
    "EXEC": Verb(_exec, 1, "Executes an application with given options.", dead=True),
    "GET DATA": Verb(_get_data, 1, "Stream the given file, and receive DTMF data."),
    "GET FULL VARIABLE": Verb(_get_full_variable, 1, "Evaluates the given expression.", dead=True),
    "GET VARIABLE": Verb(_get_variable, 1, "Gets a channel variable.", dead=True),
    "HANGUP": Verb(_hangup),
    "NOOP": Verb(_fixed(result(0)), dead=True),
    "RECORD FILE": Verb(_record_file, 4, "Record to a file until a given dtmf digit is received."),
    "SAY DIGITS": Verb(_say_digits, 2, "Say a given digit string."),
    "SAY NUMBER": Verb(_say_number, 2, "Say a given number."),
    "SET CALLERID": Verb(_set_caller, 1, "Changes the callerid of the current channel."),
    "SET CONTEXT": Verb(_set_place, 1, "Sets the context for continuation upon exiting the application.", dead=True),
    "SET EXTENSION": Verb(_set_place, 1, "Changes the extension for continuation.", dead=True),
    "SET PRIORITY": Verb(_set_place, 1, "Changes the priority for continuation.", dead=True),
    "SET VARIABLE": Verb(_set_variable, 2, "Sets a variable to the current channel.", dead=True),
    "STREAM FILE": Verb(_stream_file, 2, "Send the given file, allowing it to be interrupted by the given digits."),
    "VERBOSE": Verb(_fixed(result(1)), 1, "Sends message to the console via verbose message system.", dead=True),
    "WAIT FOR DIGIT": Verb(_wait_for_digit, 1, "Waits up to timeout milliseconds for channel to receive a DTMF digit."),
}
