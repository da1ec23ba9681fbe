"""A small town on a real database, and its web site spoken to octet by octet, without a socket."""

from __future__ import annotations

import datetime as dt
import http.client
import io
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet import defer
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from clinic import kiosks, visits, vouchers
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.residents import NewPerson
from clinic.tables import Centre, ClinicSession, Department, Practitioner
from clinic.views import VisitView
from gateway.config import Settings
from gateway.http.site import make_site
from gateway.store import Store, connect
from tcode import voucher
from tcode.keyring import Keyring

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = dt.datetime(2027, 3, 8, 7, 30, tzinfo=SHANGHAI)
HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580", SHANGHAI)
CENTRES = [("DY", "东苑社区卫生服务中心", "Dongyuan Centre"), ("NH", "南河中心", "Nanhe")]
PEOPLE = {"王小梅": "110101195808142424", "李明": "360426199101010071"}


@dataclass
class Town:
    """Two centres, a session today and one tomorrow in each; people book, kiosks stand in the hall."""

    folder: Path
    store: Store
    keyring: Keyring
    now: dt.datetime = MONDAY
    vault: Vault = field(default_factory=lambda: Vault(b"k" * 32))

    def book(self, name: str = "王小梅", *, centre: int = 1, days: int = 0, language: Any = "zh") -> VisitView:
        session = self.store.run_now(_session_of, centre=centre, day=self.now.date() + dt.timedelta(days=days))
        return self.store.run_now(
            visits.book,
            clinic_session=session,
            patient=NewPerson(name, self.vault.seal(PEOPLE[name])),
            phone="+8615400000001",
            language=language,
            occasion=f"{name}:{session}",
            installation=HOUSE,
            now=self.now,
        )

    def cancel(self, visit: VisitView) -> None:
        self.store.run_now(
            visits.cancel, visit=visit.id, phone="+8615400000001", language="zh", installation=HOUSE, now=self.now
        )

    def code(self, visit: VisitView) -> str:
        """The text of the visit's QR picture."""
        view = self.store.run_now(vouchers.by_token, token=self.token(visit))
        assert view is not None
        return voucher.sign(vouchers.claims_of(view), self.keyring)

    def token(self, visit: VisitView) -> str:
        """The last part of the address of the T-code's page."""
        return visit.link.rpartition("/")[2]

    def enrol(self, centre: str = "DY") -> str:
        """A new kiosk's token."""
        return self.store.run_now(kiosks.enrol, centre=centre, name="Hall 1", now=self.now)[1]

    def wait(self, **time: float) -> None:
        self.now += dt.timedelta(**time)


def _seed(session: Any, day: dt.date) -> None:
    for number, (code, zh, en) in enumerate(CENTRES, 1):
        session.add(Centre(code=code, name_zh=zh, name_en=en))
        session.flush()
        room = "101" if number == 1 else ""
        session.add(Department(centre_id=number, code="QK", name_zh="全科", name_en="General practice", room=room))
        session.flush()
        doctor = Practitioner(centre_id=number, department_id=number, code="1", name_zh="欧阳雨桐", name_en="Dr Ouyang")
        session.add(doctor)
        session.flush()
        for days in (0, 1):
            session.add(
                ClinicSession(
                    department_id=number,
                    practitioner_id=doctor.id if number == 1 else None,
                    day=day + dt.timedelta(days=days),
                    half="am",
                    starts=dt.time(8),
                    ends=dt.time(11, 30),
                    capacity=40,
                    fee=1250,
                    release_at=MONDAY - dt.timedelta(days=7),
                    last_number=16,
                )
            )


def _session_of(session: Any, *, centre: int, day: dt.date) -> int:
    row = session.query(ClinicSession).filter_by(department_id=centre, day=day).one()
    return int(row.id)


@pytest.fixture
def town(tmp_path: Path, sqlite_schema: str) -> Any:
    engine = connect(sqlite_schema)
    store = Store(engine)
    store.run_now(_seed, MONDAY.date())
    yield Town(tmp_path, store, Keyring(tmp_path / "keys"))
    engine.dispose()


class Immediate:
    """The store without its threads: what it is asked is done at once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.failing: Exception | None = None

    def run(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Awaitable[Any]:
        if self.failing:
            return defer.fail(self.failing)
        return defer.maybeDeferred(self.store.run_now, fn, *args, **kwargs)


class Limits:
    """Counts like the shared state, without a window that ends by itself."""

    def __init__(self) -> None:
        self.used: dict[str, int] = {}

    async def allow(self, key: str, *, limit: int, seconds: int) -> bool:
        self.used[key] = self.used.get(key, 0) + 1
        return self.used[key] <= limit


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Web:
    """The site as a browser or kiosk meets it. Everything around it can be bent by a test."""

    def __init__(self, town: Town) -> None:
        self.town, self.clock = town, Clock()
        self.store, self.limits = Immediate(town.store), Limits()
        self.links = {"main": True}
        self.hotline: dict[str, str] = {}
        self.checks: dict[str, Callable[[], Awaitable[object]]] = {"database": _fine, "shared": _fine}
        self.registry = CollectorRegistry()
        self.settings = Settings()
        self.peer = "127.0.0.1"
        self.proxies: list[str] = []

    @cached_property
    def site(self) -> Any:
        """Made when first spoken to, after a test has bent what it wants."""
        return make_site(
            store=self.store,  # type: ignore[arg-type]
            keyring=self.town.keyring,
            limits=self.limits,
            installation=HOUSE,
            settings=self.settings,
            now=lambda: self.town.now,
            clock=self.clock,  # type: ignore[arg-type]
            aside=defer.maybeDeferred,  # type: ignore[arg-type]
            checks=self.checks,
            links=lambda: self.links,
            hotline=lambda: self.hotline,
            proxies=self.proxies,
            registry=self.registry,
            vault=self.town.vault,
        )

    def __call__(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        sent = self.send(method, path, body, **headers)
        assert sent.value(), "not answered yet"
        return self.read(sent, method)

    def get(self, path: str, **headers: str) -> Answer:
        return self("GET", path, **headers)

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> StringTransport:
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return self.octets("\r\n".join([*lines, "", ""]).encode() + body)

    def octets(self, raw: bytes) -> StringTransport:
        transport = StringTransport(peerAddress=IPv4Address("TCP", self.peer, 40000))
        channel = self.site.buildProtocol(transport.getPeer())
        channel.makeConnection(transport)
        channel.dataReceived(raw)
        return transport

    @staticmethod
    def read(transport: StringTransport, method: str = "GET") -> Answer:
        response = http.client.HTTPResponse(_Socket(transport.value()), method=method)  # type: ignore[arg-type]
        response.begin()
        return Answer(response.status, response.headers, response.read())


class Kiosk:
    """An enrolled kiosk speaking to the site."""

    def __init__(self, web: Web, token: str) -> None:
        self.web, self.token = web, token

    def __call__(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        return self.web(method, path, body, Authorization=f"Bearer {self.token}", **headers)

    def get(self, path: str, **headers: str) -> Answer:
        return self("GET", path, **headers)

    def check(self, code: str) -> Any:
        answer = self.try_(code)
        assert answer.status == 200, answer.body
        return answer.json

    def try_(self, code: str) -> Answer:
        body = json.dumps({"code": code}).encode()
        return self("POST", "/api/kiosk/check", body, Content_Type="application/json")


class _Socket(io.BytesIO):
    def makefile(self, *_: Any) -> io.BytesIO:
        return self


async def _fine() -> None:
    return None


@pytest.fixture
def web(town: Town) -> Web:
    return Web(town)


@pytest.fixture
def kiosk(web: Web) -> Kiosk:
    """The kiosk in the hall of centre 1."""
    return Kiosk(web, web.town.enrol())


@pytest.fixture
def elsewhere(web: Web) -> Kiosk:
    """A kiosk of centre 2."""
    return Kiosk(web, web.town.enrol("NH"))
