"""What Asterisk's command line says (Action: Command): as much of it as a program asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange

MODULES: Final = {
    "app_controlplayback": "Control Playback Application",
    "app_dial": "Dialing Application",
    "app_playback": "Sound File Playback Application",
    "app_queue": "True Call Queueing",
    "app_record": "Trivial Record Application",
    "app_senddtmf": "Send DTMF digits Application",
    "chan_pjsip": "PJSIP Channel Driver",
    "codec_alaw": "A-law Coder/Decoder",
    "codec_ulaw": "mu-Law Coder/Decoder",
    "format_wav": "Microsoft WAV/WAV16 format (8kHz/16kHz Signed Linear)",
    "func_module": "Checks if Asterisk module is loaded in memory",
    "func_pjsip_endpoint": "Get information about a PJSIP endpoint",
    "pbx_config": "Text Extension Configuration",
    "res_agi": "Asterisk Gateway Interface (AGI)",
}


def run(exchange: Exchange, line: str) -> tuple[bool, list[str]]:
    """Run a command; return whether it went well, and its output."""
    words = " ".join(line.split())
    for begin, command in COMMANDS.items():
        if words == begin or words.startswith(f"{begin} "):
            return command(exchange, words.removeprefix(begin).strip())
    return False, [f"No such command '{line}' (type 'core show help {line}' for other possible commands)"]


def _version(exchange: Exchange, _rest: str) -> tuple[bool, list[str]]:
    return True, [f"Asterisk {exchange.version} built by caredial @ simulator on a x86_64 running Linux"]


def _uptime(exchange: Exchange, _rest: str) -> tuple[bool, list[str]]:
    seconds = int(exchange.clock.seconds() - exchange.started)
    return True, [f"System uptime: {dt.timedelta(seconds=seconds)}", f"Last reload: {dt.timedelta(seconds=seconds)}"]


def _channels(exchange: Exchange, rest: str) -> tuple[bool, list[str]]:
    legs = [leg.channel for leg in exchange.legs.values()]
    if rest == "concise":
        return True, [
            "!".join(
                (one.name, one.context, one.exten, str(one.priority), one.state.name.capitalize(), one.application,
                 one.data, one.caller.number, "", "", "3", "0", one.bridge, one.uniqueid)
            )
            for one in legs
        ]  # fmt: skip
    lines = [f"{one.name:<64} {one.exten + '@' + one.context:<32} {one.state.name.capitalize():<7}" for one in legs]
    return True, [*lines, f"{len(legs)} active channels", f"{exchange.processed} calls processed"]


def _dialplan(exchange: Exchange, rest: str) -> tuple[bool, list[str]]:
    """`dialplan show`, `dialplan show CONTEXT`, `dialplan show EXTEN@CONTEXT` or `EXTEN@`."""
    exten, at, context = rest.rpartition("@")
    plan = exchange.dialplan
    found = {
        name: [(one, steps) for one, steps in plan[name].items() if exten in ("", one)]
        for name in plan
        if context in ("", name)
    }
    extensions = [one for each in found.values() for one in each]
    if not extensions:
        what = f"'{rest}' extension" if at and context in ("", *plan) else f"'{context}' context"
        return False, [f"There is no existence of {what}", f"Command 'dialplan show {rest}' failed."]
    lines = []
    for name, each in found.items():
        lines += [f"[ Context '{name}' created by 'pbx_config' ]"] if each else []
        for number, steps in each:
            for place, step in enumerate(steps, 1):
                start = f"'{number}' =>" if place == 1 else ""
                shown = f"{step.application}({step.data})"
                lines.append(f"  {start:<16} {place}. {shown:<45} [extensions.conf:{place}]")
    steps_in_all = sum(len(steps) for _, steps in extensions)
    contexts = sum(map(bool, found.values()))
    return True, [*lines, "", f"-= {len(extensions)} extensions ({steps_in_all} priorities) in {contexts} contexts. =-"]


def _modules(_exchange: Exchange, rest: str) -> tuple[bool, list[str]]:
    like = rest.removeprefix("like ").removesuffix(".so")
    found = {name: words for name, words in MODULES.items() if like in name}
    head = f"{'Module':<30} {'Description':<40} Use Count  Status      Support Level"
    lines = [f"{name + '.so':<30} {words:<40.40} 0          Running              core" for name, words in found.items()]
    return True, [head, *lines, f"{len(found)} modules loaded"]


def _formats(_exchange: Exchange, _rest: str) -> tuple[bool, list[str]]:
    return True, ["Format     Name       Extensions", "slin       wav        wav", "1 file formats registered."]


COMMANDS: Final[dict[str, Callable[[Exchange, str], tuple[bool, list[str]]]]] = {
    "core show version": _version,
    "core show uptime": _uptime,
    "core show channels": _channels,
    "core show file formats": _formats,
    "dialplan show": _dialplan,
    "module show": _modules,
}
