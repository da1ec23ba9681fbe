"""What runs on a channel, step by step, as `simulators.asterisk.extensions` has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from simulators.asterisk import causes, extensions
from simulators.asterisk.agi import AsyncAgi, Status
from simulators.asterisk.answers import Answer
from simulators.asterisk.applications import dial, playback, wait
from simulators.asterisk.channels import State
from simulators.asterisk.extensions import HOTLINE, Step, Steps
from simulators.asterisk.legs import App, Leg
from simulators.asterisk.telephones import Ending

if TYPE_CHECKING:
    from simulators.asterisk.exchange import Exchange

ONLY_AGI: Final[Steps] = (Step("AGI", "agi:async"),)
ENDINGS: Final[dict[str, Ending]] = {
    "BUSY": "busy",
    "NOANSWER": "no-answer",
    "CHANUNAVAIL": "unreachable",
    "CONGESTION": "no-line",
}


class Dialplan:
    """What runs on a channel, from its context and extension on; as `agi` it has the AsyncAGI that runs now, if any.

    `steps` instead of an extension are what Originate names as its application: nothing is told of them.
    """

    def __init__(self, exchange: Exchange, leg: Leg, steps: Steps = (), priority: int = 1) -> None:
        self._exchange = exchange
        self._leg = leg
        self._named = not steps
        self._steps = steps or exchange.extension(leg.channel.context, leg.channel.exten)
        self._place = priority - 1
        self._ending: Ending = "over"
        self.agi: AsyncAgi | None = None
        self._running: App | None = None
        self._applications: dict[str, Callable[[str], None]] = {
            "AGI": self._agi,
            "Answer": self._answer,
            "Dial": self._dial,
            "Goto": self._goto,
            "GotoIf": self._goto_if,
            "Hangup": self._hangup,
            "NoOp": lambda _: self._step(),
            "Playback": lambda data: self._run(playback(exchange, leg, data, self._ran)),
            "Set": self._set,
            "Wait": lambda data: self._run(wait(exchange, leg, data, self._ran)),
        }

    def start(self) -> None:
        pickup = self._exchange.conditions.agi_pickup
        if pickup and self._leg.channel.context == HOTLINE and self._named:
            self._leg.after(pickup, self._step)
        else:
            self._step()

    def key(self, digit: str) -> None:
        if self._running is not None:
            self._running.key(digit)

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()

    def hung_up(self) -> None:
        if self._running is not None:
            self._running.hung_up()
        else:
            self._step()

    def _step(self) -> None:
        if self._leg.late and self._has("T"):
            self._leg.alive, self._leg.late = True, False
            self._go("T")
        if not self._leg.alive or self._place >= len(self._steps):
            self._over()
            return
        step = self._steps[self._place]
        self._place += 1
        data = extensions.evaluated(step.data, self._variable)
        if self._named:
            self._tell(step.application, data)
        self._applications[step.application](data)

    def _tell(self, name: str, data: str) -> None:
        channel = self._leg.channel
        channel.priority, channel.application, channel.data = self._place, name, data
        about = (("Extension", channel.exten), ("Application", name), ("AppData", data))
        self._exchange.about(self._leg, "dialplan", "Newexten", *about)

    def _variable(self, name: str) -> str:
        return self._leg.channel.variable(name) or self._exchange.variables.get(name, "")

    # Applications.

    def _answer(self, _data: str) -> None:
        if self._leg.channel.state is not State.UP:
            self._leg.up()
        if self._leg.app is self:  # the other half of a Local channel may have ended both
            self._step()

    def _agi(self, _data: str) -> None:
        self.agi = self._running = AsyncAgi(self._exchange, self._leg, self._agi_over)
        self.agi.start()

    def _agi_over(self, _status: Status) -> None:
        self.agi = self._running = None
        self._step()

    def _dial(self, data: str) -> None:
        self._run(dial(self._exchange, self._leg, data, self._dialled))

    def _dialled(self, answer: Answer) -> None:
        self._ending = ENDINGS.get(self._leg.channel.variables.get("DIALSTATUS", ""), "over")
        self._ran(answer)

    def _goto(self, place: str) -> None:
        """A label here; an extension and a priority; or a context, too."""
        *where, priority = place.split(",")
        if where:
            self._go(where[-1], where[0] if len(where) > 1 else "")
        labels = [step.label for step in self._steps]
        self._place = int(priority) - 1 if priority.isdigit() else labels.index(priority)
        self._step()

    def _goto_if(self, data: str) -> None:
        condition, _, place = data.partition("?")
        if condition == "1":
            self._goto(place)
        else:
            self._step()

    def _hangup(self, data: str) -> None:
        channel = self._leg.channel
        channel.cause = int(data) if data else channel.cause or causes.NORMAL
        self._over()

    def _set(self, data: str) -> None:
        name, _, value = data.partition("=")
        if name == "TIMEOUT(absolute)":
            self._leg.limit(float(value))
        else:
            self._leg.assign(name, value)
        self._step()

    def _run(self, app: App) -> None:
        self._running = app
        app.start()

    def _ran(self, _answer: Answer) -> None:
        self._running = None
        self._step()

    def _has(self, exten: str) -> bool:
        return self._named and bool(self._exchange.extension(self._leg.channel.context, exten))

    def _go(self, exten: str, context: str = "") -> None:
        """On at an extension, where there is none at `i` of its context."""
        channel = self._leg.channel
        channel.context = context or channel.context
        channel.exten = exten if self._has(exten) else "i"
        self._steps, self._place = self._exchange.extension(channel.context, channel.exten), 0

    def _over(self) -> None:
        if self._named:
            self._exchange.about(self._leg, "call", "SoftHangupRequest", ("Cause", "16"))
        self._leg.over(self._ending)
