from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.store import connect


@pytest.fixture
def smsc() -> Iterator[int]:
    """The port of something that takes TCP connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def nobody() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def use_port(port: int) -> None:
    path = Path("caredial.toml")
    path.write_text(path.read_text().replace("port = 2775", f"port = {port}"))


def add_to_link(settings: str) -> None:
    path = Path("caredial.toml")
    path.write_text(path.read_text().replace("[smpp.links.main]\n", f"[smpp.links.main]\n{settings}\n"))


def problems(result: Any) -> list[str]:
    return [line for line in result.stdout.splitlines() if "PROBLEM" in line]


def test_all_is_well(caredial: Any, place: Any, smsc: int) -> None:
    use_port(smsc)
    result = caredial("check")
    assert result.exit_code == 0, result.output
    assert problems(result) == []
    for what in ("settings", "database", "shared state", "identity key", "T-code keys", "slip font", "link main"):
        assert f"│ {what}" in result.stdout


def test_every_mistake_in_the_settings_is_told(caredial: Any, place: Any) -> None:
    Path("caredial.toml").write_text("[http]\nprot = 1\nport = 'x'\n")
    result = caredial("check")
    assert result.exit_code == 1
    assert len(problems(result)) == 2
    assert "2 problems" in result.stderr


def test_every_problem_is_told_at_once(caredial: Any, place: Any, nobody: int) -> None:
    use_port(nobody)
    Path("keys/identity.key").chmod(0o644)
    Path("keys/tcode/tcode-001.pem").unlink()
    Path("caredial.db").rename("other.db")
    Path("caredial.toml").write_text(
        Path("caredial.toml").read_text()
        + f'[shared]\nurl = "redis://:hush@127.0.0.1:{nobody}"\n[slip]\nfont = "none.ttf"\n'
    )
    result = caredial("check")
    assert result.exit_code == 1
    found = "\n".join(problems(result))
    assert len(problems(result)) == 6
    assert "there is no such database; run `caredial init`" in found
    assert "chmod 600" in found
    assert "no key; bring it back" in found
    assert "none.ttf" in found
    assert f"127.0.0.1:{nobody}: Connection refused" in found
    assert "hush" not in result.output


def test_nothing_is_made_by_looking(caredial: Any, place: Any, smsc: int) -> None:
    use_port(smsc)
    Path("keys/identity.key").unlink()
    Path("caredial.db").unlink()
    before = sorted(os.listdir())
    caredial("check")
    assert sorted(os.listdir()) == before
    assert not Path("keys/identity.key").exists()


def test_an_empty_database_needs_an_upgrade(caredial: Any, place: Any) -> None:
    Path("caredial.db").unlink()
    connect("sqlite:///caredial.db").connect().close()
    assert "run `caredial db upgrade`" in "\n".join(problems(caredial("check")))


def test_without_settings_it_says_how_to_make_them(caredial: Any) -> None:
    result = caredial("check", "--config", "none.toml")
    assert result.exit_code == 1
    assert "`caredial init --config none.toml` makes one" in result.stdout


def test_no_link_is_a_problem(caredial: Any, place: Any) -> None:
    Path("caredial.toml").write_text("")
    assert "there is no [smpp.links.NAME]" in "\n".join(problems(caredial("check")))


def test_links_that_only_receive_are_a_problem(caredial: Any, place: Any, smsc: int) -> None:
    use_port(smsc)
    add_to_link('bind = "receiver"')
    assert "none of them sends" in "\n".join(problems(caredial("check")))


def test_a_link_that_waits_for_the_smsc_is_not_dialled(caredial: Any, place: Any, nobody: int) -> None:
    use_port(nobody)
    add_to_link("outbind_port = 2776")
    result = caredial("check")
    assert problems(result) == []
    assert "waits for the SMS centre at 127.0.0.1:2776" in result.stdout


@pytest.fixture
def tls_smsc(certificate: tuple[Path, Path]) -> Iterator[int]:
    """The port of something that shakes hands as smsc.example, once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            with suppress(OSError), context.wrap_socket(server.accept()[0], server_side=True):
                pass

        thread = threading.Thread(target=once, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        with suppress(OSError):
            socket.create_connection(server.getsockname()).close()
        thread.join(10)


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ('tls_ca = "{ca}"\ntls_hostname = "smsc.example"', ""),
        ('tls_ca = "{ca}"\ntls_hostname = "other.example"', "look at tls_hostname"),
        ('tls_hostname = "smsc.example"', "look at tls_hostname and tls_ca"),
        ('tls_ca = "/nowhere.pem"', "/nowhere.pem: No such file"),
        ('tls_ca = "caredial.toml"', "no certificate in it"),
    ],
)
def test_a_link_over_tls_must_prove_who_it_is(
    caredial: Any, place: Any, tls_smsc: int, certificate: tuple[Path, Path], settings: str, found: str
) -> None:
    use_port(tls_smsc)
    add_to_link("tls = true\n" + settings.format(ca=certificate[1]))
    told = " ".join("\n".join(problems(caredial("check"))).split())
    assert found in told
    assert bool(told) == bool(found)


def test_an_impossible_control_socket_is_a_problem(caredial: Any, place: Any, smsc: int) -> None:
    use_port(smsc)
    with Path("caredial.toml").open("a") as settings:
        settings.write('\n[control]\nsocket = "no/such/folder/control.sock"\n')
    assert "there is no folder" in "\n".join(problems(caredial("check")))
