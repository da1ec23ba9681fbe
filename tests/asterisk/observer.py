"""Listens at a manager interface beside the gateway, and writes down what happens in each call.

It shares no code with the gateway, so that both cannot be wrong in the same way. It works at any address: the simulated
Asterisk's too, so that what happened there can be compared line by line.
"""

from __future__ import annotations

import re
import shlex
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from urllib.parse import unquote

from tests.asterisk import wav

PATIENCE = 20.0


class Event(dict[str, str]):
    """An event or a response: the first value of each header, by its name in lower case; all lines in their order."""

    lines: tuple[str, ...] = ()

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = tuple(lines)
        for line in lines:
            name, _, value = line.partition(":")
            self.setdefault(name.lower(), value.strip())

    @property
    def name(self) -> str:
        return self.get("event", "")


class Observer:
    """An account at a manager interface; its own thread reads."""

    def __init__(self, port: int, username: str, secret: str, *, host: str = "127.0.0.1", events: str = "on") -> None:
        self.events: list[Event] = []
        self._responses: dict[str, Event] = {}
        self._changed, self._numbers, self._ended = threading.Condition(), count(1), False
        self._socket = socket.create_connection((host, port), timeout=PATIENCE)
        self._socket.settimeout(None)
        self._lines = self._socket.makefile("r", encoding="utf-8", errors="replace", newline="\n")
        self.banner = self._lines.readline().strip()
        threading.Thread(target=self._read, daemon=True).start()
        self.login = self.act("Login", Username=username, Secret=secret, Events=events)

    def __enter__(self) -> Observer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    @property
    def connected(self) -> bool:
        return not self._ended

    # What comes.

    def _read(self) -> None:
        lines: list[str] = []
        # A read fails when the connection is closed, here or there.
        with suppress(OSError, ValueError):
            for line in self._lines:
                if line.strip("\r\n"):
                    lines.append(line.strip("\r\n"))
                elif lines:
                    self._take(Event(lines))
                    lines = []
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _take(self, event: Event) -> None:
        if event.name == "AGIExecStart" and event["command"].upper().startswith("STREAM FILE "):
            # Now: what only one caller may hear is gone when the call is over.
            path = Path(shlex.split(event["command"])[2] + ".wav")
            with suppress(FileNotFoundError):
                event["text"], event["samples"] = wav.comment(path), str(wav.samples(path))
        with self._changed:
            if event.name:
                self.events.append(event)
            else:
                self._responses[event.get("actionid", "")] = event
            self._changed.notify_all()

    def _wait(self, ready: Callable[[], Event | None], seconds: float, what: str) -> Event:
        until = time.monotonic() + seconds
        with self._changed:
            while (found := ready()) is None:
                if self._ended or not self._changed.wait(until - time.monotonic()):
                    names = ", ".join(event.name for event in self.events[-30:])
                    raise AssertionError(f"no {what} within {seconds} s; the last events: {names}")
        return found

    def event(self, name: str, *, since: int = 0, seconds: float = PATIENCE, **headers: str) -> Event:
        """The first event of this name with these headers, from number `since` on; waited for if need be."""
        wanted = {key.lower(): value for key, value in headers.items()}

        def first() -> Event | None:
            return next((event for event in self.events[since:] if _fits(event, name, wanted)), None)

        return self._wait(first, seconds, f"{name} {headers}")

    def seen(self, name: str, **headers: str) -> list[Event]:
        """All such events until now."""
        wanted = {key.lower(): value for key, value in headers.items()}
        with self._changed:
            return [event for event in self.events if _fits(event, name, wanted)]

    @property
    def mark(self) -> int:
        """Number of the next event, for `since`."""
        return len(self.events)

    # What goes.

    def act(self, name: str, **headers: str) -> Event:
        """The response to an action."""
        number = headers.setdefault("ActionID", f"observer-{next(self._numbers)}")
        lines = [f"Action: {name}", *(f"{key}: {value}" for key, value in headers.items())]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return self._wait(lambda: self._responses.pop(number, None), PATIENCE, f"response to {name}")

    def listing(self, name: str, complete: str, **headers: str) -> list[Event]:
        """The events of a list, without the one that completes it."""
        number = f"list-{next(self._numbers)}"
        since, response = self.mark, self.act(name, ActionID=number, **headers)
        assert response["response"] == "Success", response
        self.event(complete, since=since, ActionID=number)
        listed = [event for event in self.events[since:] if event.get("actionid") == number]
        return [event for event in listed if event.name != complete]

    def agi(self, channel: str, command: str) -> str:
        """The result of an AGI command in a call that is parked in AsyncAGI: '200 result=0 endpos=8000'."""
        number = f"agi-{next(self._numbers)}"
        since = self.mark
        response = self.act("AGI", Channel=channel, Command=command, CommandID=number)
        assert response["response"] == "Success", response
        return result(self.event("AsyncAGIExec", since=since, CommandId=number))

    # What happened in a call.

    def transcript(self, uniqueid: str, *, cut: bool = False) -> list[str]:
        """What happened in the call, a line for each: '♪ text', 'key 1', 'dial ...', 'hung up 16'.

        With `cut` a text that was not played to its end has ' ✂' after it.
        """
        with self._changed:
            events = [event for event in self.events if uniqueid in (event.get("uniqueid"), event.get("destuniqueid"))]
        return list(_told(events, cut=cut))

    def calls(self) -> list[str]:
        """Uniqueids of the calls that came to AGI, in their order."""
        return list(dict.fromkeys(event["uniqueid"] for event in self.seen("AsyncAGIStart")))


def result(event: Event) -> str:
    return unquote(event["result"]).strip()


def _fits(event: Event, name: str, wanted: dict[str, str]) -> bool:
    return event.name == name and all(event.get(key) == value for key, value in wanted.items())


def _told(events: list[Event], *, cut: bool) -> Iterator[str]:
    for at, event in enumerate(events):
        match event.name:
            case "AsyncAGIStart":
                yield "taken"
            case "AGIExecStart":
                yield from _command(event, events[at:], cut=cut)
            case "DTMFEnd" if event["direction"] == "Received":
                yield f"key {event['digit']}"
            case "DialBegin" if "uniqueid" in event:
                yield f"dial {event['dialstring']}"
            case "DialEnd" if "uniqueid" in event:
                yield f"dialled {event['dialstatus']}"
            case "AsyncAGIEnd":
                yield "left"
            case "Hangup":
                yield f"hung up {event['cause']}"


def _command(event: Event, later: list[Event], *, cut: bool) -> Iterator[str]:
    verb, *words = shlex.split(event["command"])
    match verb.upper(), words:
        case "STREAM", [_, path, *_]:
            whole = not cut or _heard(later) >= int(event.get("samples", "0"))
            yield f"♪ {event.get('text', path)}" + ("" if whole else " ✂")
        case "RECORD", _:
            yield "● recording"
        case "EXEC", [application, *arguments]:
            yield " ".join([application, *arguments])


def _heard(later: list[Event]) -> int:
    """Samples that were played by the command that began with the first of these events."""
    ended = next((event for event in later if event.name == "AsyncAGIExec"), None)
    found = re.search(r"endpos=(\d+)", result(ended)) if ended else None
    return int(found[1]) if found else 0
