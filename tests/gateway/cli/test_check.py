from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from clinic.tables import Centre
from conf import norms, vaccines
from gateway.cli.ivr import door
from gateway.store import connect
from ivr.speech.espeak import Espeak


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


class Manager(threading.Thread):
    """A manager interface that answers each action with what the test gives it, or is silent."""

    def __init__(self, *answers: str) -> None:
        super().__init__(daemon=True)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._answers = answers
        self.port = int(self._listening.getsockname()[1])
        self.start()

    def run(self) -> None:
        with self._listening, self._listening.accept()[0] as line, suppress(OSError):
            line.sendall(b"Asterisk Call Manager/11.0.0\r\n")
            for answer in self._answers:
                action = line.recv(4096).decode()
                number = action.split("ActionID: ")[1].split("\r\n")[0]
                line.sendall(answer.replace("@", f"ActionID: {number}\r\n").replace("|", "\r\n").encode())
            while line.recv(4096):
                pass


CHALLENGE = "Response: Success|@Challenge: 123||"
ACCEPTED = "Response: Success|@Message: Authentication accepted||Event: FullyBooted|Status: Fully Booted||"
REFUSED = "Response: Error|@Message: Authentication failed||"


def use_asterisk(port: int) -> None:
    path = Path("caredial.toml")
    path.write_text(path.read_text() + f'[ivr.servers.main]\nport = {port}\nsecret = "hush"\n')


class TestTheHotline:
    @pytest.fixture(autouse=True)
    def _rest_is_well(self, place: Any, smsc: int, monkeypatch: pytest.MonkeyPatch) -> None:
        use_port(smsc)
        monkeypatch.setattr(Espeak, "speak", lambda *_: struct.pack("<h", 1000) * 800)

    def test_all_is_well(self, caredial: Any) -> None:
        use_asterisk(Manager(CHALLENGE, ACCEPTED).port)
        caredial("prompts", "build")
        result = caredial("check")
        assert (result.exit_code, problems(result)) == (0, []), result.output
        for what in ("voice", "prompts", "clips", "names", "server main"):
            assert f"│ {what}" in result.stdout
        assert "takes the login: Asterisk Call Manager/11.0.0" in result.stdout
        assert not Path("names").exists()

    def test_what_is_missing(self, caredial: Any, nobody: int, monkeypatch: pytest.MonkeyPatch) -> None:
        use_asterisk(nobody)
        Path("clips").write_text("in the way")
        monkeypatch.setattr(shutil, "which", lambda _program: None)
        found = problems(caredial("check"))
        assert len(found) == 4
        assert "espeak-ng and sox: not installed" in found[0]
        assert "run `caredial prompts build`" in found[1]
        assert "is no folder" in found[2]
        assert "does Asterisk run" in found[3]

    def test_a_duty_phone_that_no_trunk_carries_is_a_warning(self, caredial: Any, nobody: int) -> None:
        use_asterisk(nobody)
        rows = caredial("check").stdout
        assert re.search(r"│ duty phone +│ warning │ no trunk of server main carries the duty phone", rows)
        assert "+86154****0001" in rows
        with Path("caredial.toml").open("a") as file:
            file.write("[ivr.trunks.all]\n")
        assert re.search(r"│ duty phone +│ ok +│ a trunk carries it", caredial("check").stdout)

    def test_no_duty_phone_is_a_warning(self, caredial: Any, place: Any, nobody: int) -> None:
        use_asterisk(nobody)
        place.store.run_now(lambda session: session.execute(update(Centre).values(duty_phone="")) and None)
        rows = caredial("check").stdout
        assert re.search(r"│ duty phone +│ warning │ there is no duty phone: who calls for help is told", rows)

    def test_a_folder_that_is_closed_to_others_is_told(self, caredial: Any, place: Any, nobody: int) -> None:
        use_asterisk(nobody)
        place.folder.chmod(0o700)
        told = re.sub(r"[\s│]+", " ", caredial("check").stdout)  # a long path wraps
        assert "Asterisk's user must be one of those" in told

    @pytest.mark.parametrize(
        ("answers", "told"),
        [
            ([CHALLENGE, REFUSED], "the login of caredial is refused: Authentication failed"),
            ([CHALLENGE], "logging in, and no answer within 0.5 s"),
        ],
    )
    def test_a_login_that_fails(
        self, caredial: Any, monkeypatch: pytest.MonkeyPatch, answers: list[str], told: str
    ) -> None:
        monkeypatch.setattr(door, "SECONDS", 0.5)
        use_asterisk(Manager(*answers).port)
        result = caredial("check")
        assert told in "\n".join(problems(result))
        assert "hush" not in result.output


@pytest.fixture
def spoilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Path]]:
    """The folders of schedules and of norms, to be spoilt."""
    caches = (vaccines.editions, vaccines._invitations, norms._editions, norms._merged, norms.danger_words)
    folders = []
    for module in (vaccines, norms):
        folder = tmp_path / module.__name__
        folder.mkdir()
        for path in module.FOLDER.glob("*.toml"):
            shutil.copy(path, folder)
        monkeypatch.setattr(module, "FOLDER", folder)
        folders.append(folder)
    for cached in caches:
        cached.cache_clear()
    yield folders[0], folders[1]
    monkeypatch.undo()
    for cached in caches:
        cached.cache_clear()


def test_schedules_and_norms_are_read(caredial: Any, place: Any) -> None:
    result = caredial("check")
    assert "valid from 2021-03-01, 2025-01-01" in result.stdout
    assert "national-2017, guideline-2025, danger-words" in result.stdout


def test_a_mistake_in_a_schedule_or_in_norms_is_told_with_its_file_and_place(
    caredial: Any, place: Any, spoilt: tuple[Path, Path]
) -> None:
    schedules, follow_up = spoilt
    (schedules / "own.toml").write_text("from = 2027-01-01\n[series.MMR]\nnot_frm = '9 years'\nnot_from = '9 yrs'\n")
    (follow_up / "own.toml").write_text("from = 2027-01-01\n[intervals]\nroutine = 'soon'\n")
    result = caredial("check")
    assert result.exit_code == 1
    found = "\n".join(problems(result))
    assert "own.toml: series.MMR.not_frm: there is no such column" in found
    assert "own.toml: series.MMR.not_from: '9 yrs' is no length" in found
    assert "own.toml: 'soon' is no length of time" in found
    (follow_up / "own.toml").write_text("from = 2027-01-01\n[intervals\n")
    for cached in (norms._editions, norms._merged):
        cached.cache_clear()
    assert "own.toml: Expected ']'" in "\n".join(problems(caredial("check")))
