"""Processes that we start, watch in /proc and end: their CPU and memory, with all their children's."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
# Nothing of ours outlives a benchmark that was killed: Linux sends the signal when the parent is gone.
TIED = ("setpriv", "--pdeathsig", "TERM")
Command = Sequence[str | Path]


class Process:
    """A process in the background; what it says goes into `log`."""

    def __init__(
        self,
        command: Command,
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        folder: Path | None = None,
        account: Mapping[str, Any] | None = None,
    ) -> None:
        self.log = log
        self._ended_cpu = 0.0
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [*TIED, *map(str, command)], stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                env=env, cwd=folder, **(account or {}),
            )  # fmt: skip
        self.pid = self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def cpu(self) -> float:
        """Seconds of CPU, of it and all that it has started; nothing more of one that has ended."""
        if self.runs:
            self._ended_cpu = cpu(self.pid)
        return self._ended_cpu

    def peak(self) -> float:
        """The most memory that it has had, in MB."""
        return memory(self.pid, "VmHWM")

    def now(self) -> float:
        """The memory that it has now, in MB."""
        return memory(self.pid, "VmRSS")

    def signal(self, number: int) -> None:
        if self.runs:
            self._process.send_signal(number)

    def stop(self, seconds: float = 20) -> None:
        """End it as an operator does; with force when it does not end in time."""
        self.cpu()
        self.signal(signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """As a power cut does: it is told nothing."""
        self.signal(signal.SIGKILL)
        self._process.wait()

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]


def cpu(pid: int) -> float:
    """Seconds of CPU of a process, of its children that have ended, and of those that run, and so on."""
    own = _stat(pid)
    if own is None:
        return 0.0
    return sum(int(ticks) for ticks in own[11:15]) / TICKS + sum(cpu(child) for child in children(pid))


def memory(pid: int, field: str) -> float:
    """VmHWM or VmRSS of a process in MB; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1024


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] + _of_threads(pid)
    except OSError:
        return []


def _of_threads(pid: int) -> list[int]:
    """Those that other threads than the first have started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        if task.name != str(pid):
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def descendants(pid: int) -> list[int]:
    return [one for child in children(pid) for one in (child, *descendants(child))]


def _stat(pid: int) -> list[str] | None:
    """The fields after the program's name, which may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return None


def busy() -> float:
    """Seconds of CPU that the whole machine has used since it started, we and our neighbours."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / TICKS


def free_ports(many: int, *, in_a_row: bool = False) -> list[int]:
    """TCP ports that nobody has now."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = probe.getsockname()[1]
        ports = [first + n for n in range(many)]
        if in_a_row and all(_is_free(port) for port in ports):
            return ports
        if not in_a_row:
            return [first, *(free_ports(many - 1) if many > 1 else [])]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def until(true: Callable[[], object], seconds: float, what: str, *, every: float = 0.1) -> None:
    """Wait till something is true; an error when it does not come true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(every)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
