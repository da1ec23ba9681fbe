"""An Asterisk of the tests: its own folder and ports, on loopback only, with the samples of conf/asterisk in it."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "conf" / "asterisk"
START_SECONDS = 30
# Linux ends it when the tests are gone.
TIED = ["setpriv", "--pdeathsig", "KILL"]
SECRET, OBSERVER_SECRET = "secret-of-the-gateway", "secret-of-the-observer"
# User agents that are called, each at a port of its own. Nobody listens at the last one.
PHONES = ("phone", "second", "busy", "rejects", "unknown", "rings", "operator", "duty", "dead")
# Ports of sound lie below those that Linux hands out by itself.
RTP_FROM, RTP_TO, RTP_PORTS = 16_000, 32_000, 2_400
HARMLESS = (
    # Who waits in the queue hears ringing.
    "No music on hold classes configured",
    # SIPp ends before its last answer is acknowledged, and its sound goes on for a moment.
    "Retransmission timeout reached",
    "is not a valid RTP packet",
)

CONFIGURATION = {
    "asterisk.conf": """
[directories]
astetcdir => {folder}/etc
astmoddir => {program}/modules
astvarlibdir => {folder}/lib
astdbdir => {folder}/lib
astkeydir => {folder}/lib
astdatadir => {program}/data
astagidir => {folder}/lib
astspooldir => {folder}/spool
astrundir => {folder}/run
astlogdir => {folder}/log
[options]
nocolor = yes
hideconnect = yes
""",
    "modules.conf": """
[modules]
autoload = no
#include "{samples}/modules.conf"
""",
    "manager.conf": """
[general]
enabled = yes
webenabled = no
bindaddr = 127.0.0.1
port = {ami}
displayconnects = no
#include "{samples}/manager.conf"
[caredial](caredial-gateway)
secret = {secret}
[observer]
secret = {observer_secret}
deny = 0.0.0.0/0.0.0.0
permit = 127.0.0.1/255.255.255.255
read = all
write = all
writetimeout = 5000
""",
    "extensions.conf": """
[general]
static = yes
writeprotect = yes
[globals]
CAREDIAL_WAIT = {wait}
#include "{samples}/extensions.conf"
""",
    "pjsip.conf": """
[global]
type = global
user_agent = Asterisk of the tests
#include "{samples}/pjsip.conf"
[udp](caredial-udp)
bind = 127.0.0.1:{sip}
[trunk](caredial-trunk)
aors = trunk
[trunk](caredial-trunk-address)
contact = sip:127.0.0.1:{phone}
[trunk](caredial-trunk-from)
endpoint = trunk
match = 127.0.0.1/32
[8000](caredial-operator)
auth = 8000
aors = 8000
[8000](caredial-operator-password)
username = 8000
password = of-no-telephone
[8000](caredial-operator-address)
[operator](caredial-operator)
aors = operator
[operator](caredial-operator-address)
contact = sip:operator@127.0.0.1:{operator}
""",
    "queues.conf": """
[operators]
strategy = ringall
member => PJSIP/operator
""",
    "rtp.conf": """
[general]
rtpstart = {rtp}
rtpend = {rtp_end}
""",
    "indications.conf": """
[general]
country = cn
[cn]
description = China
dial = 450
busy = 450/350,0/350
ring = 450/1000,0/4000
congestion = 450/700,0/700
ringcadence = 1000,4000
""",
    "logger.conf": """
[general]
dateformat = %F %T.%3q
[logfiles]
problems => warning,error
""",
}
PHONE = """
[{name}](caredial-trunk)
aors = {name}
[{name}](caredial-trunk-address)
contact = sip:{name}@127.0.0.1:{port}
"""
EMPTY = "cdr cel features ccss udptl acl pjproject pjsip_notify sorcery codecs http stasis musiconhold cli"


class Asterisk:
    """One Asterisk. `wait` is CAREDIAL_WAIT of its dialplan: seconds that a caller waits for somebody to take the call.

    Args:
        program: folder that bin/asterisk made.
        folder: an empty folder for all that this Asterisk writes.
    """

    def __init__(self, program: Path, folder: Path, *, wait: int = 30) -> None:
        self.program, self.folder = program, folder
        self.sip, self.ami, *phones = free_ports(2 + len(PHONES))
        self.phones = dict(zip(PHONES, phones, strict=True))
        self.rtp = random.randrange(RTP_FROM, RTP_TO - RTP_PORTS, 2)
        self._process: subprocess.Popen[bytes] | None = None
        self._configure(wait)

    @property
    def version(self) -> tuple[int, ...]:
        """(22, 10, 1)"""
        numbers = (self.program / "version").read_text().split()[1].partition("~")[0].partition("+")[0]
        return tuple(int(number) for number in numbers.split("."))

    @property
    def pid(self) -> int:
        assert self._process is not None, "it has not been started"
        return self._process.pid

    def _configure(self, wait: int) -> None:
        for name in ("etc", "lib", "spool", "run", "log"):
            (self.folder / name).mkdir()
        words = {"folder": self.folder, "program": self.program, "samples": SAMPLES, "wait": wait}
        words |= {"sip": self.sip, "ami": self.ami, "rtp": self.rtp, "rtp_end": self.rtp + RTP_PORTS - 1}
        words |= {"secret": SECRET, "observer_secret": OBSERVER_SECRET, **self.phones}
        files = {name: text.format(**words) for name, text in CONFIGURATION.items()}
        files["pjsip.conf"] += "".join(
            PHONE.format(name=name, port=port) for name, port in self.phones.items() if name != "operator"
        )
        files |= {f"{name}.conf": "" for name in EMPTY.split()}
        for name, text in files.items():
            (self.folder / "etc" / name).write_text(text)

    def start(self) -> None:
        """Return when it takes calls."""
        command = [*TIED, str(self.program / "start-asterisk"), "-C", str(self.folder / "etc" / "asterisk.conf"), "-f"]
        with (self.folder / "log" / "console").open("ab") as console:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, cwd=self.folder,
                env={**os.environ, "MALLOC_ARENA_MAX": "2", "HOME": str(self.folder)},
            )  # fmt: skip
        self._await_boot()

    def _await_boot(self) -> None:
        until = time.monotonic() + START_SECONDS
        while b"Asterisk has fully booted" not in self._asked("core waitfullybooted"):
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > until:
                raise RuntimeError(f"Asterisk does not start:\n{(self.folder / 'log' / 'console').read_text()}")
            time.sleep(0.05)

    def _asked(self, line: str) -> bytes:
        program, configuration = self.program / "start-asterisk", self.folder / "etc" / "asterisk.conf"
        command = [str(program), "-C", str(configuration), "-rx", line]
        return subprocess.run(command, capture_output=True, check=False, timeout=START_SECONDS).stdout

    def console(self, line: str) -> str:
        """What its own console answers to a command."""
        return self._asked(line).decode(errors="replace")

    def clear(self) -> None:
        """Hang up all calls, and return when they are gone."""
        until = time.monotonic() + START_SECONDS
        while "\n0 active channels" not in self.console("core show channels"):
            assert time.monotonic() < until, self.console("core show channels")
            self.console("channel request hangup all")

    def stop(self) -> None:
        """End it in order: calls are hung up, AMI is told."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(START_SECONDS)
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def problems(self) -> list[str]:
        """Warnings and errors in its log, without the harmless ones."""
        lines = (self.folder / "log" / "problems").read_text(errors="replace").splitlines()
        told = (line for line in lines if " WARNING[" in line or " ERROR[" in line)
        return [line for line in told if not any(known in line for known in HARMLESS)]


def free_ports(number: int) -> list[int]:
    """Ports at which nobody listens, neither by TCP nor by UDP."""
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < number:
            tcp = held.enter_context(socket.socket())
            tcp.bind(("127.0.0.1", 0))
            udp = held.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            found.append(int(tcp.getsockname()[1]))
    return found
