"""Registers of real names: whether a name and an identity number belong together. One port, as many as one likes.

Another one is a package with an entry point in the group `caredial.verifiers`: a function that gets the settings
`[people.verifier]` and gives a `Verifier`; its name is what stands in `kind`. Errors name neither people nor numbers.
"""

from __future__ import annotations

import csv
import hashlib
import json
import unicodedata
from collections.abc import Awaitable, Callable, Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol, get_args

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from clinic.errors import BadIdentity
from clinic.identity import Vault
from clinic.verifying import Answer, Due, Verdict
from gateway.config import ConfigError, Settings
from gateway.people_settings import VerifierSettings

GROUP = "caredial.verifiers"
ANSWERS: frozenset[str] = frozenset(get_args(Answer))
LONGEST = 64 * 1024
"""Octets of an answer; more of them are none."""
PLAIN, DIGESTS = ("number", "name"), ("number_digest", "pair_digest")


class VerifierDown(Exception):
    """It cannot be asked now, or answers what is no answer; everybody stays due, and it is asked again later."""


class Verifier(Protocol):
    """Asks one register; blocks while it does."""

    def verify(self, name: str, number: str) -> Answer:
        """Whether they belong together. `name` is in its stored form, `number` valid. Raises VerifierDown."""


class NoVerifier:
    """Knows nobody."""

    def verify(self, name: str, number: str) -> Answer:  # noqa: ARG002
        return "unknown"


class FileVerifier:
    """A CSV file, for a county without a network; read again when it has changed. `digest`: of an identity number."""

    def __init__(self, path: Path, digest: Callable[[str], str]) -> None:
        self._path, self._digest = path, digest
        self._read_at: tuple[int, int] | None = None
        self._pairs: dict[str, set[str]] = {}

    def verify(self, name: str, number: str) -> Answer:
        self._refresh()
        known = self._pairs.get(self._digest(number))
        if known is None:
            return "unknown"
        return "confirmed" if pair_digest(self._digest, name, number) in known else "refuted"

    def _refresh(self) -> None:
        try:
            stat = self._path.stat()
            if (stat.st_mtime_ns, stat.st_size) == self._read_at:
                return
            pairs: dict[str, set[str]] = {}
            for number, pair in digests(self._path, self._digest):
                pairs.setdefault(number, set()).add(pair)
        except OSError as error:
            raise VerifierDown(f"{self._path}: {error.strerror}") from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise VerifierDown(f"{self._path}: not a CSV file in UTF-8") from error
        self._pairs, self._read_at = pairs, (stat.st_mtime_ns, stat.st_size)


def pair_digest(digest: Callable[[str], str], name: str, number: str) -> str:
    """Of a name and a number that belong together: without the key of `digest` nobody can make or guess it."""
    return hashlib.sha256(f"{digest(number)}\n{name}".encode()).hexdigest()


def digests(path: Path, digest: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """The rows of a register's file, as digests. VerifierDown names the line that cannot be read."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        columns = rows.fieldnames or ()
        if not set(PLAIN) <= set(columns) and not set(DIGESTS) <= set(columns):
            raise VerifierDown(f"{path}: has neither the columns {', '.join(PLAIN)} nor {', '.join(DIGESTS)}")
        is_plain = set(PLAIN) <= set(columns)
        for row in rows:
            try:
                yield _digested(row, digest) if is_plain else (row[DIGESTS[0]].strip(), row[DIGESTS[1]].strip())
            except (BadIdentity, AttributeError, TypeError) as error:
                raise VerifierDown(f"{path}: line {rows.line_num}: no valid number and name") from error


def _digested(row: dict[str, str], digest: Callable[[str], str]) -> tuple[str, str]:
    number, name = row["number"], " ".join(unicodedata.normalize("NFKC", row["name"]).split())
    return digest(number), pair_digest(digest, name, number)


class HttpVerifier:
    """POSTs `{"name": ..., "number": ...}` as JSON, and wants `{"answer": "confirmed" | "refuted" | "unknown"}` back.

    Redirects are not followed: they would carry the number elsewhere. `pause`: how long to wait, in seconds.
    """

    def __init__(self, settings: VerifierSettings, *, pause: Callable[[float], None] | None = None) -> None:
        self._url = settings.url
        token = settings.token.get_secret_value()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(timeout=settings.seconds, headers=headers, follow_redirects=False)
        self._host = httpx.URL(self._url).host
        more: dict[str, Any] = {} if pause is None else {"sleep": pause}
        self._retrying = Retrying(
            retry=retry_if_exception_type(_NotNow),
            stop=stop_after_attempt(settings.tries),
            wait=wait_exponential_jitter(multiplier=0.3, max=5.0),
            reraise=True,
            **more,
        )

    def verify(self, name: str, number: str) -> Answer:
        try:
            return self._retrying(self._ask, {"name": name, "number": number})
        except _NotNow as error:
            raise VerifierDown(str(error)) from None

    def _ask(self, asked: dict[str, str]) -> Answer:
        try:
            with self._client.stream("POST", self._url, json=asked) as response:
                if response.status_code >= 500 or response.status_code == 429:
                    raise _NotNow(f"{self._host} answers {response.status_code}")
                if response.status_code in (401, 403):
                    raise VerifierDown(f"{self._host} does not know our token ({response.status_code})")
                if response.status_code != 200:
                    raise VerifierDown(f"{self._host} answers {response.status_code}")
                return self._read(response.iter_bytes())
        except httpx.HTTPError as error:
            raise _NotNow(f"{self._host}: {type(error).__name__}") from None

    def _read(self, chunks: Iterable[bytes]) -> Answer:
        body = b""
        for chunk in chunks:
            body += chunk
            if len(body) > LONGEST:
                raise VerifierDown(f"{self._host} answers without an end")
        try:
            said: Any = json.loads(body)
        except (ValueError, RecursionError):
            said = None
        answer = said.get("answer") if isinstance(said, dict) else None
        if not isinstance(answer, str) or answer not in ANSWERS:
            raise VerifierDown(f"{self._host} answers what is none of {', '.join(sorted(ANSWERS))}")
        return answer  # type: ignore[return-value]


class _NotNow(Exception):
    """Try once more."""


def verifier_of(settings: VerifierSettings, vault: Vault) -> Verifier:
    """The register of these settings; ConfigError where none of this kind is installed."""
    if settings.kind == "none":
        return NoVerifier()
    if settings.kind == "file" and settings.file is not None:
        return FileVerifier(settings.file, vault.digest)
    if settings.kind == "http":
        return HttpVerifier(settings)
    made: Verifier = _plugged(settings.kind).load()(settings)
    return made


def looked_at(settings: VerifierSettings) -> str:
    """What can be said of a register without asking it for anybody. Raises VerifierDown, ConfigError."""
    if settings.kind == "file" and settings.file is not None:
        try:
            return f"{sum(1 for _ in digests(settings.file, str)):,} people in {settings.file}"
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise VerifierDown(
                f"{settings.file} cannot be read: {getattr(error, 'strerror', None) or error}"
            ) from error
    if settings.kind == "http":
        return f"asked at {httpx.URL(settings.url).host}"
    found = _plugged(settings.kind)
    return f"{settings.kind}, of {found.dist.name if found.dist is not None else found.module}"


def _plugged(kind: str) -> EntryPoint:
    found = next(iter(entry_points(group=GROUP, name=kind)), None)
    if found is None:
        kinds = ", ".join(["none", "file", "http", *sorted(entry.name for entry in entry_points(group=GROUP))])
        raise ConfigError([f"people.verifier.kind: no register {kind} is installed; there are {kinds}"])
    return found


Aside = Callable[..., Awaitable[Any]]
"""Runs a function that blocks elsewhere: in another thread, or right here."""


class Asks:
    """A register as the job sees it (`scheduler.given.Verifies`): opens the seal, asks for one name after another."""

    def __init__(self, verifier: Verifier, vault: Vault, aside: Aside) -> None:
        self._verifier, self._vault, self._aside = verifier, vault, aside

    async def ask(self, due: Due) -> Verdict:
        """One name that is confirmed is enough; all must be refuted. Raises VerifierDown."""
        verdict: Verdict = await self._aside(self.ask_now, due)
        return verdict

    def ask_now(self, due: Due) -> Verdict:
        number = self._vault.unlock(due.sealed).decode()
        said: set[Answer] = set()
        for name in due.names:
            answer = self._verifier.verify(name, number)
            if answer not in ANSWERS:
                raise VerifierDown("the register answers what is no answer")
            if answer == "confirmed":
                return Verdict("confirmed", name)
            said.add(answer)
        return Verdict("refuted" if said == {"refuted"} else "unknown")


def asks_of(settings: Settings, vault: Vault, aside: Aside) -> Asks | None:
    """The register as the job asks it; None where none is set up."""
    chosen = settings.people.verifier
    return None if chosen.kind == "none" else Asks(verifier_of(chosen, vault), vault, aside)


async def here(fn: Callable[..., Any], *args: Any) -> Any:
    return fn(*args)
