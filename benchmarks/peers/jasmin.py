"""Jasmin 0.11.1 with a RabbitMQ and a Redis of its own, all on 127.0.0.1, started by hand."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.peers import install
from benchmarks.peers.feeding import Fed, feed, quoted, rest
from benchmarks.peers.processes import Process, cpu, descendants, free_ports, listens, memory, until
from benchmarks.peers.sink import Sink

CONNECTIONS = 16
START_SECONDS = 60
# Sections of its settings; those that listen are kept to this machine.
LISTENING = ("jcli", "http-api", "client-management", "router", "smpp-server", "smpp-server-pb")
OTHERS = ("amqp-broker", "redis-client", "sm-listener", "dlr", "deliversm-thrower", "dlr-thrower", "service-smppclient")
# Receipts of the phone only, so it tells of each message once.
RECEIPTS = "&dlr=yes&dlr-level=2&dlr-method=GET&dlr-url=http%3A%2F%2F127.0.0.1%3A{port}%2Freceipt"


class RabbitMq:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.port, names, distribution = free_ports(3)
        loopback = "{127,0,0,1}"
        config = f"listeners.tcp.1 = 127.0.0.1:{self.port}\nlog.file.level = warning\nlog.console = false\n"
        (folder / "rabbitmq.conf").write_text(config)
        (folder / "enabled_plugins").write_text("[].\n")
        env = {
            **os.environ,
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"bench{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {loopback}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(names),
        }
        self._epmd = Process(["epmd"], folder / "epmd.out", env=env)
        until(lambda: listens(names), START_SECONDS, "RabbitMQ's epmd listens")
        self._process = Process([install.RABBITMQ], folder / "rabbitmq.out", env=env, folder=folder)

    @property
    def pid(self) -> int:
        """Of the Erlang machine under its scripts."""
        for pid in (self._process.pid, *descendants(self._process.pid)):
            with suppress(OSError):
                if Path(f"/proc/{pid}/comm").read_text().startswith("beam"):
                    return pid
        return self._process.pid

    def await_it(self) -> None:
        until(lambda: listens(self.port), START_SECONDS, "RabbitMQ listens")

    def stop(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, 15)
        self._process.stop(30)
        self._epmd.stop()


class Jasmin:
    name = "Jasmin"

    def __init__(self, folder: Path, sink: Sink) -> None:
        install.jasmin()
        self._folder, self._sink = folder, sink
        self._ports = dict(zip((*LISTENING, "redis"), free_ports(len(LISTENING) + 1), strict=True))
        folder.mkdir(parents=True)
        self._rabbit = RabbitMq(folder / "rabbitmq")
        redis = ["redis-server", "--port", str(self._ports["redis"]), "--bind", "127.0.0.1", "--save", ""]
        self._redis = Process(redis, folder / "redis.out", folder=folder)
        self._daemon: Process | None = None

    def start(self) -> None:
        self._configure()
        self._rabbit.await_it()
        until(lambda: listens(self._ports["redis"]), START_SECONDS, "Redis listens")
        env = {**os.environ, "ROOT_PATH": str(self._folder), "LOG_PATH": str(self._folder / "log"), "HOSTNAME": "bench"}
        command = [
            install.VENV / "bin" / "python",
            install.VENV / "bin" / "jasmind.py",
            "-u",
            "jcliadmin",
            "-p",
            "jclipwd",
        ]
        command += ["--enable-dlr-lookup", "--enable-dlr-thrower", "--enable-deliver-thrower"]
        self._daemon = Process(command, self._folder / "jasmind.out", env=env, folder=self._folder)
        for section in ("jcli", "http-api"):
            until(lambda section=section: self._is_up(section), START_SECONDS, f"Jasmin's {section} listens")
        self._console()
        self._sink.wait_bound(60)

    def _is_up(self, section: str) -> bool:
        assert self._daemon is not None
        if not self._daemon.runs:
            raise RuntimeError(f"Jasmin has ended: {self._daemon.last_words()}")
        return listens(self._ports[section])

    def stop(self) -> None:
        if self._daemon is not None:
            self._daemon.stop()
        self._rabbit.stop()
        self._redis.stop()

    def _configure(self) -> None:
        more = {
            "jcli": "authentication = False",
            "amqp-broker": f"port = {self._rabbit.port}",
            "redis-client": f"port = {self._ports['redis']}",
        }
        sections = [
            f"[{name}]\nlog_level = WARNING\n"
            + (f"bind = 127.0.0.1\nport = {self._ports[name]}\n" if name in LISTENING else "")
            + more.get(name, "")
            for name in (*LISTENING, *OTHERS)
        ]
        etc = self._folder / "etc" / "jasmin"
        for folder in (etc / "resource", etc / "store", self._folder / "log", self._folder / "var" / "log" / "jasmin"):
            folder.mkdir(parents=True)
        (etc / "jasmin.cfg").write_text("\n\n".join(sections) + "\n")
        (specification,) = install.VENV.glob("lib/*/site-packages/txamqp/specs/standard/amqp0-9-1.stripped.xml")
        shutil.copy(specification, etc / "resource" / "amqp0-9-1.xml")

    def _console(self) -> None:
        """A group, a user, a link to the sink and a route to it, as a person types them."""
        lines = (
            "group -a", "gid g", "ok", "user -a", "username u", "password p", "gid g", "uid u", "ok",
            "smppccm -a", "cid sink", "host 127.0.0.1", f"port {self._sink.port}", "username j", "password p",
            "bind transceiver", "submit_throughput 0", "con_fail_delay 1", "con_loss_delay 1", "trx_to 60", "ok",
            "mtrouter -a", "type DefaultRoute", "connector smppc(sink)", "rate 0.0", "ok", "smppccm -1 sink", "persist",
        )  # fmt: skip
        said = b""
        with socket.create_connection(("127.0.0.1", self._ports["jcli"]), 10) as console:
            console.settimeout(3)
            said += _until_prompt(console)
            for line in lines:
                console.sendall(line.encode() + b"\r\n")
                said += _until_prompt(console)
            console.sendall(b"quit\r\n")
        (self._folder / "console.out").write_bytes(said)

    def feed(self, count: int, *, kind: str, receipts: bool) -> Fed:
        to = "/send?username=u&password=p&from=10086&to=86154{NUMBER}"
        more = RECEIPTS.format(port=self._sink.http) if receipts else ""
        text = f"&coding=0&content={{ID}}{quoted(kind)}"
        if kind != "gsm":
            text = f"&coding=8&hex-content={{ID16}}{rest(kind).encode('utf-16-be').hex()}"
        return feed(self._ports["http-api"], f"{to}{more}{text}", count, CONNECTIONS)

    def _pids(self) -> dict[str, int]:
        assert self._daemon is not None
        return {"jasmind": self._daemon.pid, "RabbitMQ": self._rabbit.pid, "Redis": self._redis.pid}

    def cpu(self) -> dict[str, float]:
        return {name: cpu(pid) for name, pid in self._pids().items()}

    def memory(self) -> dict[str, float]:
        return {name: memory(pid, "VmHWM") for name, pid in self._pids().items()}


def _until_prompt(console: socket.socket) -> bytes:
    """What the console says up to its next prompt, `jcli : ` or, within a form, `> `."""
    said = b""
    with suppress(TimeoutError):
        while not said.endswith((b"jcli : ", b"> ")):
            heard = console.recv(4096)
            if not heard:
                break
            said += heard
    return said


@contextmanager
def running(folder: Path, sink: Sink) -> Iterator[Jasmin]:
    """In a folder that is not there yet; ended afterwards."""
    jasmin = Jasmin(folder, sink)
    try:
        jasmin.start()
        yield jasmin
    except subprocess.SubprocessError as error:
        raise RuntimeError(f"Jasmin: {error}") from error
    finally:
        jasmin.stop()
