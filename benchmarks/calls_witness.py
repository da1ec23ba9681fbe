"""Listens at the manager interface while calls go on, and reads what it heard when they are over.

It costs nearly nothing meanwhile, and what it tells are the times that Asterisk wrote into its events
(`timestampevents` of manager.conf), however late they are read.
"""

from __future__ import annotations

import re
import socket
import threading
from collections import Counter
from contextlib import suppress

COMMAND = re.compile(r"\s*(STREAM FILE|GET DATA) (\S+)")


class Witness:
    """An account at a manager interface, in a context."""

    def __init__(self, port: int, username: str, secret: str) -> None:
        self._heard: list[bytes] = []
        self._socket = socket.create_connection(("127.0.0.1", port))
        login = f"Action: Login\r\nUsername: {username}\r\nSecret: {secret}\r\nEvents: agi,dtmf\r\n\r\n"
        self._socket.sendall(login.encode())
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with suppress(OSError):
            while data := self._socket.recv(1 << 20):
                self._heard.append(data)

    def __enter__(self) -> Witness:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def prompts(self) -> list[float]:
        """Milliseconds from a caller's key to the beginning of the prompt that came next, for each; sorted."""
        pressed: dict[str, float] = {}
        took: list[float] = []
        for event in self._events():
            call, at = event["Uniqueid"], float(event["Timestamp"])
            if event["Event"] == "DTMFEnd":
                pressed[call] = at
            elif call in pressed and COMMAND.match(event["Command"]):
                took.append((at - pressed.pop(call)) * 1000)
        return sorted(took)

    def played(self) -> list[str]:
        """The files that were played, in their order."""
        found = (COMMAND.match(event["Command"]) for event in self._events() if event["Event"] == "AGIExecStart")
        return [command[2] for command in found if command]

    def whole_calls(self, prompts: int) -> int:
        """How many calls had so many prompts."""
        begun = (event for event in self._events() if event["Event"] == "AGIExecStart")
        heard = Counter(event["Uniqueid"] for event in begun if COMMAND.match(event["Command"]))
        return sum(played >= prompts for played in heard.values())

    def _events(self) -> list[dict[str, str]]:
        blocks = b"".join(self._heard).decode(errors="replace").split("\r\n\r\n")
        events = [dict(line.split(": ", 1) for line in block.split("\r\n") if ": " in line) for block in blocks]
        return [
            event
            for event in events
            if event.get("Event") == "AGIExecStart"
            or (event.get("Event") == "DTMFEnd" and event["Direction"] == "Received")
        ]
