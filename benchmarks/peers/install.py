"""What the peers need: Debian packages by apt, Jasmin by pip into an environment of its own, our two C programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).parent
PLACE = SOURCES.parents[1] / "var" / "benchmarks"
JASMIN = "0.11.1"
VENV = PLACE / "jasmin"
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
BEARERBOX, SMSBOX = Path("/usr/sbin/bearerbox"), Path("/usr/sbin/smsbox")
INSTALL_SECONDS = 900


class Missing(Exception):
    """Something cannot be had here, because of `why`: what needs it is skipped."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} is not here: {why}")


def program(name: str) -> Path:
    """A C program of ours, compiled when it is not, or is older than its source."""
    source, built = SOURCES / f"{name}.c", PLACE / name
    if not built.exists() or built.stat().st_mtime < source.stat().st_mtime:
        need_packages({"gcc": shutil.which("gcc"), "libc6-dev": Path("/usr/include/stdio.h").exists()})
        PLACE.mkdir(parents=True, exist_ok=True)
        _say(f"compiling {source.name}")
        subprocess.run(["gcc", "-O2", "-Wall", "-o", built, source], check=True, timeout=120)
    return built


def kannel() -> None:
    need_packages({"kannel": BEARERBOX.exists() and SMSBOX.exists()})


def jasmin() -> None:
    need_packages({"rabbitmq-server": RABBITMQ.exists(), "redis-server": shutil.which("redis-server")})
    if (VENV / "installed").exists():
        return
    _say(f"installing Jasmin {JASMIN} with pip into {VENV.relative_to(PLACE.parents[1])}")
    pip = [VENV / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    try:
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True, timeout=INSTALL_SECONDS)
        subprocess.run([*pip, f"jasmin=={JASMIN}"], check=True, timeout=INSTALL_SECONDS)
    except (subprocess.SubprocessError, OSError) as error:
        raise Missing("Jasmin", f"pip could not install it ({error})") from error
    (VENV / "installed").touch()


def need_packages(present: dict[str, object]) -> None:
    """Install the Debian packages that are not `present`."""
    names = [name for name, there in present.items() if not there]
    if not names:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Missing(", ".join(names), f"only root can install it: apt-get install {' '.join(names)}")
    _say(f"installing with apt: {' '.join(names)}")
    # Run level 1 keeps the packages from starting servers: only our own run.
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names]
    try:
        for command in (["apt-get", "update", "-qq"], install):
            subprocess.run(command, check=True, env=quiet, timeout=INSTALL_SECONDS, stdout=subprocess.DEVNULL)
    except subprocess.SubprocessError as error:
        raise Missing(", ".join(names), f"apt-get failed ({error})") from error


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
