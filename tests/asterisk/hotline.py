"""The whole hotline: the daemon as a process, a real Asterisk, real telephones, an SMS centre, and who watches them."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import messages
from clinic.tables import Base, Call, Message
from gateway.store import Store, connect
from tests.asterisk.observer import Observer
from tests.asterisk.server import OBSERVER_SECRET, SECRET, Asterisk
from tests.asterisk.sipp import Sipp
from tests.journeys.conftest import Gateway, Network

PATIENCE = 40.0
HURRIED = 400
"""Words a minute of the voice: nobody has to understand it."""
# Where a number that begins so is dialled to: the telephones of tests/asterisk/server.py.
TRUNKS = {
    "main": ("15400000", "phone"),
    "other": ("15411", "second"),
    "busy": ("15422", "busy"),
    "rejects": ("15433", "rejects"),
    "unknown": ("15444", "unknown"),
    "rings": ("15455", "rings"),
    "dead": ("15466", "dead"),
    "duty": ("1549", "duty"),
}
Row = TypeVar("Row", bound=Base)


class Hotline:
    """Everything running; `calls` are the telephones. `more` are tables of the settings."""

    def __init__(
        self, folder: Path, network: Network, asterisk: Asterisk, prompts: Path, shared: str, more: str = ""
    ) -> None:
        self.network, self.asterisk = network, asterisk
        folder.chmod(0o755)
        self.gateway = Gateway(
            folder,
            network.port,
            database="sqlite:///hotline.db",
            shared=shared,
            more=settings(asterisk, prompts) + more,
        )
        engine = connect(f"sqlite:///{folder / 'data' / 'hotline.db'}")
        self.store = Store(engine)
        telephones = folder / "telephones"
        telephones.mkdir()
        self.telephones = Sipp(asterisk, telephones)
        self.observer: Any = None

    def __enter__(self) -> Hotline:
        self.watch()
        self.gateway.start()
        self.network.wait("bound")
        self.logged_in()
        return self

    def __exit__(self, *_: object) -> None:
        self.telephones.stop()
        self.gateway.stop()
        self.observer.close()
        self.asterisk.clear()
        self.store.engine.dispose()

    def watch(self) -> None:
        """Look at what happens from now on."""
        self.observer = Observer(self.asterisk.ami, "observer", OBSERVER_SECRET)

    def logged_in(self) -> None:
        """Until the daemon has read which calls are live."""
        self.eventually(lambda: 'caredial_ivr_server_ready{server="main"} 1.0' in self.metrics())

    def metrics(self) -> str:
        return self.gateway.get("/metrics").decode()

    def transcript(self, phone: str, *, cut: bool = False) -> list[str]:
        """What was heard and pressed in the last call from or to this phone."""
        return list(self.observer.transcript(self.calls(phone)[-1].uniqueid, cut=cut))

    def calls(self, phone: str) -> list[Call]:
        return [call for call in self.rows(Call) if call.phone == f"+86{phone}"]

    def rows(self, table: type[Row]) -> list[Row]:
        with Session(self.store.engine) as session:
            found = list(session.scalars(select(table).order_by(table.id)))
            session.expunge_all()
            return found

    def over(self, phone: str) -> Call:
        """The record of this phone's last call, when it has ended."""
        self.eventually(lambda: self.calls(phone) and self.calls(phone)[-1].ended_at is not None)
        call = self.calls(phone)[-1]
        if self.observer.seen("AsyncAGIStart", Uniqueid=call.uniqueid):
            self.observer.event("Hangup", Uniqueid=call.uniqueid)  # so that the transcript is whole
        return call

    def press(self, phone: str, keys: str, *, after: str) -> None:
        """Press keys once this is being said to the phone."""
        self.eventually(lambda: self.calls(phone) and any(after in line for line in self.transcript(phone)))
        for key in keys:
            self.observer.act("PlayDTMF", Channel=self.channel(phone), Digit=key, Receive="true")

    def channel(self, phone: str) -> str:
        """What Asterisk calls this phone's last call."""
        begun = self.observer.event("AsyncAGIStart", Uniqueid=self.calls(phone)[-1].uniqueid)
        return str(begun["channel"])

    def tell(self, phone: str, text: str) -> int:
        """Put a message for a call into the outbox; its number."""
        now = dt.datetime.now(dt.UTC)
        occasion = f"test:{phone}"
        self.store.run_now(messages.tell_text, occasion=occasion, phone=phone, text=text, now=now, channel="voice")
        return next(row.id for row in self.rows(Message) if row.occasion == occasion)

    def message(self, number: int) -> Message:
        return next(row for row in self.rows(Message) if row.id == number)

    def eventually(self, true: Callable[[], object], seconds: float = PATIENCE) -> None:
        until = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < until, f"not within {seconds} s; the daemon says:\n{self.log()}"
            time.sleep(0.05)

    def log(self) -> str:
        return self.gateway.log.read_text()[-6000:]


def settings(asterisk: Asterisk, prompts: Path) -> str:
    """The tables of the hotline, in a hurry."""
    trunks = "\n".join(
        f'[ivr.trunks.{name}]\ndial = "PJSIP/{{number}}@{phone}"\nprefixes = ["+86{prefix}"]\nring_seconds = 5'
        for name, (prefix, phone) in TRUNKS.items()
    )
    return f"""
[ivr]
operator = "PJSIP/8000@operator"
operator_seconds = 5
emergency_seconds = 5
silence_seconds = 1
key_seconds = 1
goodbye_seconds = 1
[ivr.prompts]
folder = "{prompts}"
words_per_minute = {HURRIED}
[ivr.outbound]
poll_seconds = 0.2
listen_seconds = 1
quiet_from = "00:00"
quiet_until = "00:00"
busy = [1]
no_answer = [3600]
rejected = [3600]
congestion = [3600]
unheard = [3600]
[ivr.servers.main]
port = {asterisk.ami}
secret = "{SECRET}"
reconnect_max = 1
refused_min = 1
{trunks}
"""
