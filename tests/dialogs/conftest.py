"""A small clinic on a real database, a shared state in memory, and a subscriber who answers from a script."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.identity import Vault
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.tables import Centre, ClinicSession, Department, Message, Practitioner, Subscriber, Visit
from conf import texts
from conf.texts import Language
from dialogs.conversation import Conversation
from dialogs.drafts import Draft, Drafts
from dialogs.talk import Desk, Dialog, Gone, Screen
from gateway.store import Store, connect

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = dt.datetime(2026, 11, 23, 7, 30, tzinfo=SHANGHAI)
PHONE = "+8615400000001"
HOUSE = Installation("https://care.example", "12580120", "*120#", "12580")


def seed(session: Session) -> None:
    """Two centres; in the first general practice (two days, the first with a practitioner) and an empty department."""
    session.add(Centre(code="DY", name_zh="东苑社区卫生服务中心", name_en="Dongyuan Community Health Centre"))
    session.add(Centre(code="NH", name_zh="南河社区卫生服务中心", name_en="Nanhe Community Health Centre"))
    session.flush()
    session.add(Department(centre_id=1, code="QK", name_zh="全科", name_en="General practice"))
    session.add(Department(centre_id=1, code="EB", name_zh="儿童保健", name_en="Child health"))
    session.flush()
    session.add(Practitioner(centre_id=1, department_id=1, code="1", name_zh="欧阳雨桐", name_en="Dr Yutong Ouyang"))
    session.flush()
    for day in (MONDAY.date(), MONDAY.date() + dt.timedelta(days=1)):
        session.add(offered(day, "am", practitioner_id=1))
        session.add(offered(day, "pm", capacity=2))


def offered(day: dt.date, half: Any, **values: Any) -> ClinicSession:
    hours = (dt.time(8), dt.time(11, 30)) if half == "am" else (dt.time(14), dt.time(17, 30))
    given: dict[str, Any] = {"department_id": 1, "capacity": 40, "fee": 1250, **values}
    return ClinicSession(
        day=day, half=half, starts=hours[0], ends=hours[1], release_at=MONDAY - dt.timedelta(days=7), **given
    )


class Held:
    """The store on the calling thread: each use case is done when `run` returns."""

    def __init__(self, store: Store) -> None:
        self.now = store

    async def run(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return self.now.run_now(fn, *args, **kwargs)


class KeptInMemory:
    """The shared state, as far as conversations need it; `down` makes it unreachable."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.down = False

    async def load(self, phone: str) -> bytes | None:
        self._check()
        return self.blobs.get(phone)

    async def save(self, phone: str, blob: bytes, seconds: int) -> None:
        self._check()
        self.blobs[phone] = blob

    async def drop(self, phone: str) -> None:
        self._check()
        self.blobs.pop(phone, None)

    def _check(self) -> None:
        if self.down:
            raise ConnectionError("the shared state is down")


@dataclass
class House:
    """Everything a conversation works with, and what a test wants to look at."""

    store: Store
    vault: Vault = field(default_factory=lambda: Vault(b"k" * 32))
    kept: KeptInMemory = field(default_factory=KeptInMemory)
    moment: dt.datetime = MONDAY
    runs: Any = None
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        self.runs = self.runs or Held(self.store)

    @property
    def desk(self) -> Desk:
        return Desk(self.runs, self.vault, HOUSE, lambda: self.moment, self.rules)

    @property
    def drafts(self) -> Drafts:
        return Drafts(self.kept, self.vault, seconds=600, now=lambda: self.moment)

    def wait(self, **time: float) -> None:
        self.moment += dt.timedelta(**time)

    def fill(self, session: int, capacity: int = 0) -> None:
        """Others take the places of a clinic session, all but `capacity`."""
        self.store.run_now(
            lambda s: (
                s.execute(update(ClinicSession).where(ClinicSession.id == session).values(capacity=capacity)) and None
            )
        )

    def speaks(self, phone: str, language: Language) -> None:
        self.store.run_now(lambda s: s.add(Subscriber(phone=phone, language=language, created_at=self.moment)))

    def language(self, phone: str) -> str | None:
        return self.store.run_now(lambda s: s.scalar(select(Subscriber.language).where(Subscriber.phone == phone)))

    def visits(self) -> list[tuple[str, int, int, str]]:
        """(name, clinic session, number, state) of every visit."""
        columns = select(Visit.name, Visit.clinic_session_id, Visit.queue, Visit.state).order_by(Visit.id)
        return self.store.run_now(lambda s: [tuple(row) for row in s.execute(columns)])

    def messages(self) -> list[str]:
        """The SMS in the outbox."""
        return self.store.run_now(lambda s: list(s.scalars(select(Message.text).order_by(Message.id))))


def now_or_never(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise AssertionError("the conversation waits for something")


def shown(screen: Screen) -> str:
    """A screen as plain lines."""
    lines = [*screen.notices, *([screen.question] if screen.question else [])]
    said = [texts.say(screen.language, line.key, **line.words) for line in lines]
    said += [
        f"{number}.{texts.say(screen.language, line.key, **line.words)}"
        for number, line in enumerate(screen.options, start=1)
    ]
    return "\n".join(said + (["0<"] if screen.back else []) + (["(end)"] if screen.final else [])) + "\n"


@dataclass
class Caller:
    """A subscriber who answers from a script and hangs up when it ends; `said` is what both said."""

    house: House
    phone: str = PHONE
    said: str = ""

    def talk(self, dialog: Dialog, *answers: str | Callable[[], None], **options: Any) -> str:
        """Both sides' words from here on. A callable in the script happens before the next answer."""
        before = len(self.said)
        now_or_never(self._talk(dialog, list(answers), **options))
        return self.said[before:]

    async def _talk(
        self, dialog: Dialog, answers: list[Any], language: Language = "zh", typed: Sequence[str] = (), **draft: Any
    ) -> None:
        drafts = self.house.drafts
        found = await drafts.read(self.phone)
        if found is not None and found.answers:
            found.resuming = True
        conversation = Conversation(
            self.phone,
            language,
            draft=found or Draft("test"),
            drafts=drafts,
            exchange=lambda screen: self._exchange(screen, answers),
            typed=typed,
        )
        conversation.channel = draft.get("channel", "ussd" if draft.get("letters", True) else "voice")
        try:
            last = await conversation.run(dialog, self.house.desk)
        except Gone:
            self.said += "(gone)\n"
            return
        await drafts.close(self.phone, conversation.draft)
        self.said += shown(last)

    async def _exchange(self, screen: Screen, answers: list[Any]) -> str:
        self.said += shown(screen)
        while answers:
            answer = answers.pop(0)
            if isinstance(answer, str):
                self.said += f"> {answer}\n"
                return answer
            answer()
        raise Gone


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the small clinic, to be copied."""
    path = tmp_path_factory.mktemp("house") / "clinic.db"
    engine = connect(f"sqlite:///{path}")
    store = Store(engine)
    store.upgrade()
    store.run_now(seed)
    engine.dispose()  # the last connection to close moves the write-ahead log into the file
    return path


@pytest.fixture
def house(seeded: Path, tmp_path: Path) -> Iterator[House]:
    path = shutil.copy(seeded, tmp_path / "clinic.db")
    engine = connect(f"sqlite:///{path}")
    yield House(Store(engine))
    engine.dispose()


@pytest.fixture
def caller(house: House) -> Caller:
    return Caller(house)
