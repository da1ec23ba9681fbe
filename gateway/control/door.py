"""The control socket: made for its owner alone, taken over where a dead daemon left it, refused where one lives."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import Any

from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.web.server import Site

LONGEST_PATH = 107  # octets: sockaddr_un.sun_path holds 108 with its end, see unix(7)
PROBE_SECONDS = 1.0


class NoDoor(Exception):
    """Why the control socket cannot be made, and what to do about it."""


def listen(reactor: Any, path: Path, site: Site) -> IListeningPort:
    """Serve `site` at this path, which must be free or left behind by a daemon that died. Raises NoDoor."""
    look(path)
    if _answers(path):
        raise NoDoor(f"[control] socket: another daemon answers at {path}; stop it, or choose another path")
    path.unlink(missing_ok=True)
    before = os.umask(0o177)  # from its first moment the socket is nobody else's
    try:
        port: IListeningPort = reactor.listenUNIX(str(path), site, mode=0o600)
    except CannotListenError as error:
        raise NoDoor(f"[control] socket: {path}: {error.socketError.strerror}") from error
    finally:
        os.umask(before)
    return port


def look(path: Path) -> None:
    """Raise NoDoor if no socket can be made at this path; one that is there already, dead or alive, is no problem."""
    size = len(os.fsencode(path))
    if size > LONGEST_PATH:
        raise NoDoor(f"[control] socket: {path} has {size} octets, {LONGEST_PATH} are possible; choose a shorter path")
    if not path.parent.is_dir():
        raise NoDoor(f"[control] socket: there is no folder {path.parent}")
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise NoDoor(f"[control] socket: {path}: {error.strerror}") from error
    if not stat.S_ISSOCK(kind):
        raise NoDoor(f"[control] socket: {path} is there already and is no socket; choose another path")


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(PROBE_SECONDS)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:  # busy, or not ours to ask
            return True
        return True
