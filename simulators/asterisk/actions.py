"""The manager's actions by name, for whoever has logged in (manager.c, and the modules that register theirs).

Messages are those of a real Asterisk 22.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ivr.ami.messages import Message
from simulators.asterisk import console, functions, replies
from simulators.asterisk.agi import AsyncAgi
from simulators.asterisk.channels import UNKNOWN, Channel, Headers
from simulators.asterisk.dialplan import Dialplan
from simulators.asterisk.extensions import Step
from simulators.asterisk.legs import Leg
from simulators.asterisk.originates import Order, Origination, caller
from simulators.asterisk.replies import LATER, Reply, error, success

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange

Respond = Callable[[Reply], None]
Action = Callable[["Exchange", Message, Respond], Reply]
_RINGS: Final = 30_000  # milliseconds, unless it is told
_NO_CHANNEL: Final = error("No such channel")


def _ping(exchange: Exchange, _message: Message, _respond: Respond) -> Reply:
    return success("", ("Ping", "Pong"), ("Timestamp", f"{exchange.clock.seconds():.6f}"))


def _core_status(exchange: Exchange, _message: Message, _respond: Respond) -> Reply:
    start = dt.datetime.fromtimestamp(exchange.started, dt.UTC)
    day, time = f"{start:%Y-%m-%d}", f"{start:%H:%M:%S}"
    return success(
        "",
        ("CoreStartupDate", day),
        ("CoreStartupTime", time),
        ("CoreReloadDate", day),
        ("CoreReloadTime", time),
        ("CoreCurrentCalls", str(len(exchange.legs))),
        ("CoreProcessedCalls", str(exchange.processed)),
    )


def _core_settings(exchange: Exchange, _message: Message, _respond: Respond) -> Reply:
    return success(
        "",
        ("AMIversion", "11.0.0"),
        ("AsteriskVersion", exchange.version),
        ("SystemName", ""),
        ("CoreMaxCalls", "0"),
        ("CoreMaxLoadAvg", "0.000000"),
        ("CoreRunUser", ""),
        ("CoreRunGroup", ""),
        ("CoreMaxFilehandles", "0"),
        ("CoreRealTimeEnabled", "No"),
        ("CoreCDRenabled", "Yes"),
        ("CoreHTTPenabled", "No"),
        ("SoundsSearchCustomDir", "No"),
    )


def _core_show_channels(exchange: Exchange, _message: Message, _respond: Respond) -> Reply:
    now = exchange.clock.seconds()
    items = [("CoreShowChannel", _shown(leg.channel, now)) for leg in exchange.legs.values()]
    return replies.listing("Channels will follow", "CoreShowChannelsComplete", items)


def _shown(channel: Channel, now: float) -> Headers:
    hours, rest = divmod(int(now - channel.created), 3600)
    return [
        *channel.headers(),
        ("Application", channel.application),
        ("ApplicationData", channel.data),
        ("Duration", f"{hours:02}:{rest // 60:02}:{rest % 60:02}"),
        ("BridgeId", channel.bridge),
    ]


def _status(exchange: Exchange, message: Message, _respond: Respond) -> Reply:
    wanted = message.get("Channel")
    legs = [leg for name, leg in exchange.legs.items() if wanted in ("", name)]
    if wanted and not legs:
        return _NO_CHANNEL
    now = exchange.clock.seconds()
    ours = [("ActionID", message.action_id)] if message.action_id else []  # here it stands last
    items = [("Status", [*_detailed(leg, now), *ours]) for leg in legs]
    return replies.listing("Channel status will follow", "StatusComplete", items, ("Items", str(len(items))))


def _detailed(leg: Leg, now: float) -> Headers:
    channel = leg.channel
    return [
        ("Privilege", "Call"),
        *channel.headers(),
        ("Type", channel.name.partition("/")[0]),
        ("DNID", channel.dnid),
        ("EffectiveConnectedLineNum", channel.connected.number or UNKNOWN),
        ("EffectiveConnectedLineName", channel.connected.name or UNKNOWN),
        ("TimeToHangup", str(int(leg.deadline))),
        ("BridgeID", channel.bridge),
        ("Application", channel.application),
        ("Data", channel.data),
        ("Nativeformats", "(ulaw)"),
        ("Readformat", "ulaw"),
        ("Readtrans", ""),
        ("Writeformat", "ulaw"),
        ("Writetrans", ""),
        ("Callgroup", "0"),
        ("Pickupgroup", "0"),
        ("Seconds", str(int(now - channel.created))),
    ]


def _command(exchange: Exchange, message: Message, _respond: Respond) -> Reply:
    line = message.get("Command")
    if not line:
        return error("No command provided")
    well, output = console.run(exchange, line)
    return Reply("Success" if well else "Error", [("Message", "Command output follows")], output=output)


def _module_check(_exchange: Exchange, message: Message, _respond: Respond) -> Reply:
    known = message.get("Module").removesuffix(".so") in console.MODULES
    return success("", ("Version", "")) if known else error("Module not loaded")


def _agi(exchange: Exchange, message: Message, _respond: Respond) -> Reply:
    name, command = message.get("Channel"), message.get("Command")
    if not name or not command:
        return error("Both, Channel and Command are *required*")
    leg = exchange.legs.get(name)
    if leg is None:
        return error(f"Channel {name} does not exist.")
    running = _async_agi(leg)
    if running is None:
        return error(f"Failed to add AGI command to channel {name} queue")
    command_id = message.get("CommandID")
    return success("Added AGI command to queue", then=lambda: running.add(command, command_id))


def _async_agi(leg: Leg) -> AsyncAgi | None:
    return leg.app.agi if isinstance(leg.app, Dialplan) else None


def _control_playback(exchange: Exchange, message: Message, _respond: Respond) -> Reply:
    name, control = message.get("Channel"), message.get("Control")
    if not name:
        return error("Channel not specified")
    if not control:
        return error("Control not specified")
    leg = exchange.legs.get(name)
    if leg is None:
        return _NO_CHANNEL
    if control not in ("stop", "forward", "reverse", "pause", "restart"):
        return error("Unknown control type")
    app = leg.app
    return success("", then=app.stop if app is not None and control == "stop" else None)


def _hangup(exchange: Exchange, message: Message, _respond: Respond) -> Reply:
    name, cause = message.get("Channel"), message.get("Cause")
    if not name:
        return error("No channel specified")
    leg = exchange.legs.get(name)
    if leg is None:
        return _NO_CHANNEL
    code = int(cause) if cause.isascii() and cause.isdigit() and int(cause) <= 127 else 0
    return success("Channel Hungup", then=lambda: leg.soft_hangup(code))


def _getvar(exchange: Exchange, message: Message, _respond: Respond) -> Reply:
    name, variable = message.get("Channel"), message.get("Variable")
    if not variable:
        return error("No variable specified")
    if name and name not in exchange.legs:
        return _NO_CHANNEL
    value = exchange.legs[name].variable(variable) if name else functions.value(exchange, variable)
    return success("", ("Variable", variable), ("Value", value))


def _absolute_timeout(exchange: Exchange, message: Message, _respond: Respond) -> Reply:
    name, timeout = message.get("Channel"), message.get("Timeout")
    if not name:
        return error("No channel specified")
    if not re.fullmatch(r"\d{1,9}", timeout) or not int(timeout):
        return error("No timeout specified")
    leg = exchange.legs.get(name)
    if leg is None:
        return _NO_CHANNEL
    return success("Timeout Set", then=lambda: leg.limit(int(timeout)))


def _show_dialplan(exchange: Exchange, message: Message, _respond: Respond) -> Reply:
    context, exten = message.get("Context"), message.get("Extension")
    if context and context not in exchange.dialplan:
        return error(f"Did not find context {context}")
    found = {
        (name, one): steps
        for name in ([context] if context else exchange.dialplan)
        for one, steps in exchange.dialplan[name].items()
        if exten in ("", one)
    }
    if not found:
        return error(f"Did not find extension {exten}{f'@{context}' if context else ' in any context'}")
    items = [
        ("ListDialplan", _shown_step(*place, priority, step))
        for place, steps in found.items()
        for priority, step in enumerate(steps, 1)
    ]
    counts = (("ListExtensions", len(found)), ("ListPriorities", len(items)), ("ListContexts", len(exchange.dialplan)))
    more = [(name, str(count)) for name, count in counts]
    return replies.listing("DialPlan list will follow", "ShowDialPlanComplete", items, *more)


def _shown_step(context: str, exten: str, priority: int, step: Step) -> Headers:
    label = [("ExtensionLabel", step.label)] if step.label else []
    return [
        ("Context", context),
        ("Extension", exten),
        *label,
        ("Priority", str(priority)),
        ("Application", step.application),
        ("AppData", step.data),
        ("Registrar", "pbx_config"),
    ]


def _setvar(exchange: Exchange, message: Message, _respond: Respond) -> Reply:
    name, variable, value = message.get("Channel"), message.get("Variable"), message.get("Value")
    if not variable:
        return error("No variable specified")
    if not name:
        exchange.variables[variable] = value
        return success("Variable Set")
    leg = exchange.legs.get(name)
    if leg is None:
        return _NO_CHANNEL
    return success("Variable Set", then=lambda: leg.assign(variable, value))


def _play_dtmf(exchange: Exchange, message: Message, _respond: Respond) -> Reply:
    leg, digit = exchange.legs.get(message.get("Channel")), message.get("Digit")
    if leg is None:
        return error("Channel not found")
    if len(digit) != 1:
        return error("No digit specified")
    received = message.get("Receive").lower() in ("true", "yes", "1")
    return success("DTMF successfully queued", then=lambda: leg.inject(digit) if received else leg.send_key(digit))


def _user_event(exchange: Exchange, message: Message, _respond: Respond) -> Reply:
    own = ("action", "actionid", "userevent")
    more = [(name, value) for name, value in message.headers if name.lower() not in own]
    headers: Headers = [("UserEvent", message.get("UserEvent")), *more]
    return success("Event Sent", then=lambda: exchange.tell("user", "UserEvent", headers))


def _originate(exchange: Exchange, message: Message, respond: Respond) -> Reply:
    refusal = _unfit(exchange, message)
    if refusal:
        return error(refusal)
    order = _order(message)
    if message.get("Async").lower() in ("true", "yes", "1", "on"):
        return success("Originate successfully queued", then=Origination(exchange, order, lambda _: None).start)
    queued, failed = success("Originate successfully queued"), error("Originate failed")
    Origination(exchange, order, lambda well: respond(queued if well else failed)).start()
    return LATER


def _unfit(exchange: Exchange, message: Message) -> str:
    channel, timeout = message.get("Channel"), message.get("Timeout")
    if not channel:
        return "Channel not specified"
    if "/" not in channel:
        return "Invalid channel"
    if timeout and not re.fullmatch(r"\d{1,9}", timeout):
        return "Invalid timeout"
    if not message.get("Application"):
        return _no_place(exchange, message)
    return ""


def _no_place(exchange: Exchange, message: Message) -> str:
    priority = message.get("Priority", "1")
    if not re.fullmatch(r"[1-9]\d{0,3}", priority):
        return "Invalid priority"
    steps = exchange.extension(message.get("Context"), message.get("Exten"))
    return "" if int(priority) <= len(steps) else "Extension does not exist."


def _order(message: Message) -> Order:
    return Order(
        channel=message.get("Channel"),
        seconds=int(message.get("Timeout") or _RINGS) / 1000,
        application=message.get("Application"),
        data=message.get("Data"),
        context=message.get("Context"),
        exten="" if message.get("Application") else message.get("Exten"),
        priority=1 if message.get("Application") else int(message.get("Priority", "1")),
        other_id=message.get("OtherChannelId"),
        caller=caller(message.get("CallerID")),
        channel_id=message.get("ChannelId"),
        action_id=message.action_id,
        variables=_variables(message),
    )


def _variables(message: Message) -> dict[str, str]:
    """Read `Variable` headers: several may stand in one, separated by commas that no backslash or quotes protect."""
    pairs = {}
    for value in message.all("Variable"):
        for one in re.findall(r'(?:\\.|"(?:\\.|[^"\\])*"|[^,"\\])+', value):
            name, _, content = one.partition("=")
            pairs[name.strip()] = re.sub(r'\\(.)|"', lambda found: found[1] or "", content)
    return pairs


def _list_commands(_exchange: Exchange, _message: Message, _respond: Respond) -> Reply:
    return success("", *((name, "(Priv: all)") for name in sorted(ACTIONS)))


ACTIONS: Final[dict[str, Action]] = {
    "AGI": _agi,
    "AbsoluteTimeout": _absolute_timeout,
    "Command": _command,
    "ControlPlayback": _control_playback,
    "CoreSettings": _core_settings,
    "CoreShowChannels": _core_show_channels,
    "CoreStatus": _core_status,
    "Getvar": _getvar,
    "Hangup": _hangup,
    "ListCommands": _list_commands,
    "ModuleCheck": _module_check,
    "Originate": _originate,
    "Ping": _ping,
    "PlayDTMF": _play_dtmf,
    "Setvar": _setvar,
    "ShowDialPlan": _show_dialplan,
    "Status": _status,
    "UserEvent": _user_event,
}
BY_NAME: Final = {name.lower(): action for name, action in ACTIONS.items()}
