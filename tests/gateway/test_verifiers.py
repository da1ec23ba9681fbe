"""Registers of real names: one contract for all of them, and each one's own troubles."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from clinic.identity import Vault
from clinic.verifying import Due
from gateway import verifiers
from gateway.config import ConfigError
from gateway.people_settings import VerifierSettings
from gateway.verifiers import ANSWERS, Asks, HttpVerifier, Verifier, VerifierDown, digests, verifier_of

WOMAN, MAN, NOBODY = "110101195808142424", "360426199101010071", "130102202002290033"
PEOPLE = {WOMAN: "王芳", MAN: "欧阳小明"}
VAULT = Vault(b"k" * 32)
TOKEN = "a-token-of-the-register"


class Register:
    """A register on this machine, of the standard library alone. `answers` come first, in their order."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, Any]] = []
        self.answers: list[tuple[int, bytes]] = []
        register = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                register.asked.append((self.headers["Authorization"], json.loads(body)))
                status, said = register.answers.pop(0) if register.answers else register.say(json.loads(body))
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: Any) -> None:
                """It is quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/verify"

    def say(self, asked: Any) -> tuple[int, bytes]:
        name = PEOPLE.get(asked["number"])
        answer = "unknown" if name is None else "confirmed" if name == asked["name"] else "refuted"
        return 200, json.dumps({"answer": answer}).encode()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def register() -> Iterator[Register]:
    register = Register()
    yield register
    register.stop()


def http(register: Register, **more: Any) -> HttpVerifier:
    settings = VerifierSettings(kind="http", url=register.url, token=TOKEN, **more)  # type: ignore[arg-type]
    return HttpVerifier(settings, pause=lambda _: None)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "register.csv"
    path.write_text("number,name\n" + "".join(f"{number},{name}\n" for number, name in PEOPLE.items()), "utf-8")
    return path


@pytest.fixture
def hashed(plain: Path, tmp_path: Path) -> Path:
    path = tmp_path / "digests.csv"
    rows = "".join(f"{number},{pair}\n" for number, pair in digests(plain, VAULT.digest))
    path.write_text("number_digest,pair_digest\n" + rows, "utf-8")
    return path


def of_file(path: Path) -> Verifier:
    return verifier_of(VerifierSettings(kind="file", file=path), VAULT)


MADE: dict[str, Callable[[pytest.FixtureRequest], Verifier]] = {
    "none": lambda _: verifier_of(VerifierSettings(), VAULT),
    "file": lambda request: of_file(request.getfixturevalue("plain")),
    "file of digests": lambda request: of_file(request.getfixturevalue("hashed")),
    "http": lambda request: http(request.getfixturevalue("register")),
}


@pytest.mark.parametrize("kind", MADE)
def test_the_contract_of_every_register(kind: str, request: pytest.FixtureRequest) -> None:
    """What it knows it confirms or refutes, always alike; of others it says that it does not know them."""
    verifier = MADE[kind](request)
    for _ in range(2):
        assert verifier.verify("王芳", NOBODY) == "unknown"
        known = [verifier.verify("王芳", WOMAN), verifier.verify("欧阳小明", MAN), verifier.verify("王芳", MAN)]
        assert known == (["unknown"] * 3 if kind == "none" else ["confirmed", "confirmed", "refuted"])
        assert set(known) <= ANSWERS


def test_a_file_of_digests_holds_no_name_and_no_number(hashed: Path) -> None:
    written = hashed.read_text("utf-8")
    assert not any(part in written for part in (*PEOPLE, *PEOPLE.values()))
    other = verifier_of(VerifierSettings(kind="file", file=hashed), Vault(b"x" * 32))
    assert other.verify("王芳", WOMAN) == "unknown"  # with another key it says nothing


def test_a_file_that_changes_is_read_again(plain: Path) -> None:
    verifier = of_file(plain)
    assert verifier.verify("王芳", NOBODY) == "unknown"
    plain.write_text(f"number,name\n{NOBODY},王芳\n", "utf-8")
    assert (verifier.verify("王芳", NOBODY), verifier.verify("王芳", WOMAN)) == ("confirmed", "unknown")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (b"a,b\n1,2\n", "has neither the columns"),
        (b"", "has neither the columns"),
        (f"number,name\n{WOMAN[:-1]}5,Wang Fang\n".encode(), "line 2: no valid number and name"),
        (b"number,name\n\n\n" + WOMAN.encode() + b"\n", "line 4: no valid number and name"),
        ("number,name\n王芳".encode("gbk"), "not a CSV file in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_names_nobody(tmp_path: Path, written: bytes, why: str) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(written)
    with pytest.raises(VerifierDown, match=why) as caught:
        of_file(path).verify("王芳", WOMAN)
    assert WOMAN[:-1] not in str(caught.value)
    path.unlink()
    with pytest.raises(VerifierDown, match="No such file"):
        of_file(path).verify("王芳", WOMAN)


def test_what_is_posted(register: Register) -> None:
    http(register).verify("王芳", WOMAN)
    assert register.asked == [(f"Bearer {TOKEN}", {"name": "王芳", "number": WOMAN})]


def test_one_that_fails_for_a_moment_is_asked_again(register: Register) -> None:
    register.answers = [(503, b""), (429, b"slow down")]
    assert http(register).verify("王芳", WOMAN) == "confirmed"
    assert len(register.asked) == 3


def test_and_not_for_ever(register: Register) -> None:
    register.answers = [(500, b"")] * 5
    with pytest.raises(VerifierDown, match=r"127\.0\.0\.1 answers 500"):
        http(register, tries=2).verify("王芳", WOMAN)
    assert len(register.asked) == 2


def test_one_that_is_away_is_down(register: Register) -> None:
    verifier = http(register, tries=2)
    register.stop()
    with pytest.raises(VerifierDown, match="ConnectError"):
        verifier.verify("王芳", WOMAN)
    register.__init__()  # type: ignore[misc]


def test_one_that_is_too_slow_is_down(register: Register) -> None:
    gate = threading.Event()
    register.say = lambda asked: (gate.wait(5) and (200, b"")) or (200, b"")  # type: ignore[method-assign]
    with pytest.raises(VerifierDown, match="ReadTimeout"):
        http(register, tries=1, seconds=0.2).verify("王芳", WOMAN)
    gate.set()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"yes",
        b"confirmed",
        b'"confirmed"',
        b'["confirmed"]',
        b'{"answer": true}',
        b'{"answer": "CONFIRMED"}',
        b'{"answer": ["confirmed"]}',
        b'{"result": "confirmed"}',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"answer": "confirmed", "more": "' + b"x" * 100_000 + b'"}',
    ],
)
def test_what_is_no_answer_is_not_believed(register: Register, said: bytes) -> None:
    register.answers = [(200, said)]
    with pytest.raises(VerifierDown, match="answers"):
        http(register).verify("王芳", WOMAN)
    assert len(register.asked) == 1


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 400, 401, 403, 404])
def test_nor_any_status_but_200_and_no_redirect_is_followed(register: Register, status: int) -> None:
    register.answers = [(status, b'{"answer": "confirmed"}' if status != 204 else b"")]
    with pytest.raises(VerifierDown, match=str(status)) as caught:
        http(register).verify("王芳", WOMAN)
    assert len(register.asked) == 1
    assert WOMAN not in str(caught.value)
    assert TOKEN not in str(caught.value)


class TestAsking:
    """As the job asks: all names that were given, until one is right."""

    def ask(self, *names: str, number: str = WOMAN, verifier: Verifier | None = None) -> tuple[str, str]:
        asks = Asks(verifier or self.known(), VAULT, verifiers.here)
        verdict = asks.ask_now(Due(1, names, VAULT.seal(number).sealed))
        return verdict.answer, verdict.name

    def known(self) -> Verifier:
        class Known:
            def verify(self, name: str, number: str) -> Any:
                return "confirmed" if PEOPLE.get(number) == name else "refuted" if number in PEOPLE else "unknown"

        return Known()

    def test_the_first_that_is_right_is_enough(self) -> None:
        assert self.ask("李四", "王芳", "王五") == ("confirmed", "王芳")

    def test_all_must_be_wrong(self) -> None:
        assert self.ask("李四", "王五") == ("refuted", "")

    def test_who_is_not_known_is_not_refuted(self) -> None:
        assert self.ask("李四", number=NOBODY) == ("unknown", "")
        assert self.ask() == ("unknown", "")

    def test_one_that_invents_answers_is_not_believed(self) -> None:
        class Liar:
            def verify(self, name: str, number: str) -> Any:
                return "perhaps"

        with pytest.raises(VerifierDown):
            self.ask("王芳", verifier=Liar())


def test_others_can_be_plugged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("county", f"{__name__}:county", verifiers.GROUP)
    monkeypatch.setattr(verifiers, "entry_points", lambda group, name=None: [entry] if name in ("county", None) else [])
    chosen = VerifierSettings(kind="county", options={"district": "330902"})
    assert verifier_of(chosen, VAULT).verify("王芳", "330902") == "confirmed"
    with pytest.raises(ConfigError, match="no register nowhere is installed; there are none, file, http, county"):
        verifier_of(VerifierSettings(kind="nowhere"), VAULT)


def county(settings: VerifierSettings) -> Verifier:
    """What a package of somebody else's has."""

    class County:
        def verify(self, name: str, number: str) -> Any:
            return "confirmed" if number == settings.options["district"] else "unknown"

    return County()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"kind": "http"}, "url must be set"),
        ({"kind": "file"}, "file must be set"),
        ({"url": "http://register.example/verify"}, "https://"),
        ({"url": "ftp://register.example"}, "https://"),
        ({"kind": "No Such"}, "pattern"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        VerifierSettings(**given)
    VerifierSettings(kind="http", url="https://register.example/verify")


def test_what_a_check_says_of_a_register(plain: Path) -> None:
    assert verifiers.looked_at(VerifierSettings(kind="file", file=plain)) == f"2 people in {plain}"
    url = VerifierSettings(kind="http", url="https://register.example/verify")
    assert verifiers.looked_at(url) == "asked at register.example"
    plain.write_bytes(b"\xff\xff")
    with pytest.raises(VerifierDown, match="cannot be read"):
        verifiers.looked_at(VerifierSettings(kind="file", file=plain))
    with pytest.raises(ConfigError, match="nowhere"):
        verifiers.looked_at(VerifierSettings(kind="nowhere"))
