"""SIPp scenarios, written from what a person does at a telephone.

A caller dials, waits, presses keys and hangs up; who is called answers, is busy, rejects, is unknown or lets it ring.
Keys go as SIP INFO (application/dtmf-relay), which needs no raw socket. Quiet sound is sent all the time, as by a
telephone: Asterisk picks AGI commands up between two packets.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

# Seconds that a key is held, and for which we wait for what should come.
HELD, PATIENCE = 0.1, 60.0


class Wait(float):
    """Seconds between two keys."""


Keys = Iterable[str | Wait]

REQUEST = """\
{method} {target} SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: {ours}
To: {theirs}
Call-ID: [call_id]
CSeq: {number} {method}
Contact: <sip:phone@[local_ip]:[local_port]>
Max-Forwards: 70
"""
ANSWER = """\
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:phone@[local_ip]:[local_port]>
"""
SOUND = """\
v=0
o=phone 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
a=ptime:20
a=sendrecv
"""
KEY = "Signal={key}\nDuration={milliseconds}\n"
OUR_TAG = ";tag=[pid]phone[call_number]"
CALLER = {"ours": "<sip:{number}@[local_ip]:[local_port]>" + OUR_TAG, "theirs": "<sip:{to}@[remote_ip]:[remote_port]>"}
CALLED = {"ours": "[$ours]", "theirs": "[$theirs]"}
# A called telephone swaps the names that stood in the INVITE.
LEARN = """<action>
  <ereg regexp=".*" search_in="hdr" header="From:" assign_to="theirs"/>
  <ereg regexp=".*" search_in="hdr" header="To:" assign_to="ours"/>
</action>"""


def _send(head: str, body: str = "", kind: str = "application/sdp", attributes: str = "") -> str:
    length = f"Content-Type: {kind}\nContent-Length: [len]\n\n{body}" if body else "Content-Length: 0\n\n"
    return f"<send{attributes}><![CDATA[\n{head}{length}\n]]></send>"


def _answer(status: str, body: str = "", *, tagged: bool = False, again: bool = False) -> str:
    tag = OUR_TAG if tagged else ""
    return _send(ANSWER.format(status=status, tag=tag), body, attributes=' retrans="500"' if again else "")


def _receive(request: str = "", response: str = "", inside: str = "", **attributes: object) -> str:
    what = f'request="{request}"' if request else f'response="{response}"'
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<recv {what}{more}>{inside}</recv>"


def _pause(seconds: float) -> str:
    return f'<pause milliseconds="{round(seconds * 1000)}"/>'


class _Dialog:
    """What goes on once both speak: the same for who called and who was called."""

    def __init__(self, target: str, number: int, names: dict[str, str]) -> None:
        self._target, self._number, self._names = target, number, names

    def _request(self, method: str, body: str = "", kind: str = "") -> str:
        head = REQUEST.format(method=method, target=self._target, number=self._number, **self._names)
        self._number += 1
        return _send(head, body, kind, ' retrans="500"') + _receive(response="200", timeout=round(PATIENCE * 1000))

    def press(self, keys: Keys) -> str:
        return "\n".join(
            _pause(key) if isinstance(key, Wait) else self._key(digit) for key in keys for digit in _digits(key)
        )

    def _key(self, digit: str) -> str:
        body = KEY.format(key=digit, milliseconds=round(HELD * 1000))
        return self._request("INFO", body, "application/dtmf-relay") + _pause(HELD)

    def end(self, *, hang_up: bool) -> str:
        if hang_up:
            return self._request("BYE")
        return _receive("BYE", timeout=round(PATIENCE * 1000)) + _answer("200 OK")


def _digits(key: str | Wait) -> Iterable[str]:
    """A wait once; several keys in one string one after the other."""
    return [""] if isinstance(key, Wait) else list(key)


def _document(name: str, *steps: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="{name}">\n' + "\n".join(steps) + "\n</scenario>\n"


def _quiet(sound: Path) -> str:
    return f'<nop><action><exec rtp_stream="{sound},-1,0,PCMU/8000"/></action></nop>'


def calls(to: str, number: str, keys: Keys, sound: Path, *, hang_up: bool) -> str:
    """Dial, press the keys, and hang up or wait for the other side to do so."""
    target = f"sip:{to}@[remote_ip]:[remote_port]"
    names = {name: text.format(number=number, to=to) for name, text in CALLER.items()}
    invite = REQUEST.format(method="INVITE", target=target, number=1, **names)
    names["theirs"] += "[peer_tag_param]"
    dialog = _Dialog(target, 2, names)
    return _document(
        "calls",
        _send(invite, SOUND, attributes=' retrans="500" start_rtd="answered"'),
        *[_receive(response=status, optional="true") for status in ("100", "180", "183")],
        _receive(response="200", rtd="answered", rrs="true", timeout=round(PATIENCE * 1000)),
        _send(REQUEST.format(method="ACK", target=target, number=1, **names)),
        _quiet(sound),
        dialog.press(keys),
        dialog.end(hang_up=hang_up),
    )


def answers(keys: Keys, sound: Path, *, after: float, hang_up: bool) -> str:
    """Ring for `after` seconds, answer, press the keys, and hang up or wait for the other side to do so."""
    dialog = _Dialog("[next_url]", 1, CALLED)
    return _document(
        "answers",
        _receive("INVITE", rrs="true"),
        _answer("180 Ringing", tagged=True),
        _pause(after),
        _answer("200 OK", SOUND, tagged=True, again=True),
        _receive("ACK", inside=LEARN),
        _quiet(sound),
        dialog.press(keys),
        dialog.end(hang_up=hang_up),
        # SIPp takes a variable that nothing uses for a mistake.
        '<Reference variables="ours,theirs"/>',
    )


def refuses(status: str, *, after: float) -> str:
    """Answer with a final failure, such as 486 Busy Here."""
    return _document(
        "refuses",
        _receive("INVITE"),
        _answer("180 Ringing", tagged=True),
        _pause(after),
        _answer(status, tagged=True, again=True),
        _receive("ACK"),
    )


def rings() -> str:
    """Ring until the caller gives up."""
    ended = ANSWER.format(status="487 Request Terminated", tag="").replace("[last_CSeq:]", "CSeq: 1 INVITE")
    return _document(
        "rings",
        _receive("INVITE"),
        _answer("180 Ringing", tagged=True),
        _receive("CANCEL", timeout=round(PATIENCE * 1000)),
        _answer("200 OK"),
        _send(ended),
        _receive("ACK"),
    )
