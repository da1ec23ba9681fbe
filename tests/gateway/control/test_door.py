"""The control socket: for its owner alone, once per place, and never in the way of the next start."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.error import CannotListenError
from twisted.web.resource import Resource
from twisted.web.server import Site

from gateway.control import door


class Reactor:
    """Makes the socket as Twisted does, and remembers what it was for."""

    def __init__(self) -> None:
        self.made: list[tuple[str, int, int]] = []

    def listenUNIX(self, path: str, site: Site, *, mode: int) -> Any:
        with socket.socket(socket.AF_UNIX) as made:
            try:
                made.bind(path)
            except OSError as error:
                raise CannotListenError(None, path, error) from error
        self.made.append((path, mode, stat.S_IMODE(os.lstat(path).st_mode)))
        return SimpleNamespace()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


def listen(path: Path) -> Reactor:
    reactor = Reactor()
    door.listen(reactor, path, Site(Resource()))
    return reactor


def test_from_its_first_moment_it_is_its_owners_alone(path: Path) -> None:
    before = os.umask(0o022)
    try:
        assert listen(path).made == [(str(path), 0o600, 0o600)]
        assert os.umask(0o022) == 0o022  # and files made later are as they were
    finally:
        os.umask(before)


def test_what_a_dead_daemon_left_is_taken_over(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert listen(path).made


def test_another_daemons_is_left_alone(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as alive:
        alive.bind(str(path))
        alive.listen()
        with pytest.raises(door.NoDoor, match=rf"another daemon answers at {path}"):
            listen(path)
    assert path.exists()


def test_a_file_that_is_no_socket_is_left_alone(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(door.NoDoor, match="is there already and is no socket"):
        listen(path)
    assert path.read_text() == "precious"


def test_a_path_that_is_too_long_is_told_with_its_length(tmp_path: Path) -> None:
    path = tmp_path / ("x" * (108 - len(os.fsencode(tmp_path)) - 1))
    with pytest.raises(door.NoDoor, match="has 108 octets, 107 are possible"):
        listen(path)
    assert listen(path.with_name(path.name[1:])).made


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(door.NoDoor, match=r"\[control\] socket: .*there is no folder"):
        listen(tmp_path / "nowhere" / "control.sock")
