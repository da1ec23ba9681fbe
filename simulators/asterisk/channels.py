"""Channels, and the headers that every event about one carries (in Asterisk 22's order)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from simulators.asterisk import causes

UNKNOWN: Final = "<unknown>"
Headers = list[tuple[str, str]]


class State(IntEnum):
    """ChannelState; the name in lower case with a capital is ChannelStateDesc."""

    DOWN = 0
    RING = 4
    RINGING = 5
    UP = 6


@dataclass(slots=True)
class Party:
    """A number and a name, either may be empty."""

    number: str = ""
    name: str = ""


@dataclass(slots=True, kw_only=True)
class Channel:
    """One leg of a call. `peer` is the number of the telephone at its end."""

    name: str
    uniqueid: str
    linkedid: str
    peer: str
    created: float
    state: State = State.DOWN
    caller: Party = field(default_factory=Party)
    connected: Party = field(default_factory=Party)
    language: str = "en"
    context: str = "caredial-hotline"
    exten: str = "s"
    priority: int = 1
    dnid: str = ""
    application: str = ""
    data: str = ""
    bridge: str = ""
    cause: int = causes.NONE
    sip_cause: int = 0
    variables: dict[str, str] = field(default_factory=dict)

    def headers(self, prefix: str = "") -> Headers:
        """Return the headers of events about it; `prefix` is Dest where it is the called one."""
        pairs = (
            ("Channel", self.name),
            ("ChannelState", str(int(self.state))),
            ("ChannelStateDesc", self.state.name.capitalize()),
            ("CallerIDNum", self.caller.number or UNKNOWN),
            ("CallerIDName", self.caller.name or UNKNOWN),
            ("ConnectedLineNum", self.connected.number or UNKNOWN),
            ("ConnectedLineName", self.connected.name or UNKNOWN),
            ("Language", self.language),
            ("AccountCode", ""),
            ("Context", self.context),
            ("Exten", self.exten),
            ("Priority", str(self.priority)),
            ("Uniqueid", self.uniqueid),
            ("Linkedid", self.linkedid),
        )
        return [(prefix + name, value) for name, value in pairs]

    def variable(self, name: str) -> str | None:
        """Return a variable, or what a function of the dialplan tells; None where there is none."""
        known = {
            "CALLERID(num)": self.caller.number,
            "CALLERID(name)": self.caller.name,
            "CALLERID(dnid)": self.dnid,
            "CHANNEL": self.name,
            "CHANNEL(language)": self.language,
            "CHANNEL(uniqueid)": self.uniqueid,
            "CHANNEL(linkedid)": self.linkedid,
            "UNIQUEID": self.uniqueid,
            "EXTEN": self.exten,
            "CONTEXT": self.context,
            "PRIORITY": str(self.priority),
            "HANGUPCAUSE": str(self.cause),
        }
        return self.variables.get(name) or known.get(name) or None

    def assign(self, name: str, value: str) -> None:
        """Set a variable, or what a function of the dialplan sets."""
        if name == "CHANNEL(language)":
            self.language = value
        elif name == "CALLERID(num)":
            self.caller.number = value
        elif name == "CALLERID(name)":
            self.caller.name = value
        else:
            self.variables[name.lstrip("_")] = value
