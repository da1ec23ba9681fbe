"""A clinic with its mobile-money platform, and residents who reach it by USSD, by SMS or by voice.

Everything is in memory but for the database, and on one clock: menus, commands and calls are the gateway's own, with
PDUs on one side and an Asterisk of a few lines on the other; the payer asks a simulated platform.
A resident chooses by words, whatever the channel makes of them: a number on a screen, in a text, or a key.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic import invariants, residents, subscribers, visits, vouchers
from clinic.identity import Vault
from clinic.money import accounts, settlement, statements
from clinic.queue import calling
from clinic.residents import NewPerson
from clinic.rules import Provider, Rules
from clinic.sessions import changes, waiting
from clinic.tables import Centre, Message, Visit
from dialogs.drafts import Drafts
from dialogs.talk import Desk
from gateway.store import Store
from ivr.settings import IvrSettings
from tests.clinic.conftest import HOUSE, nth_identity
from tests.dialogs.conftest import Held, KeptInMemory
from tests.gateway.payments.town import PROVIDER
from tests.gateway.payments.town import Town as Platform
from tests.ivr.calls.conftest import Asterisk
from tests.ivr.calls.conftest import House as Hotline
from tests.ussd_menus.conftest import Network, Texter

CHANNELS = ("ussd", "sms", "voice")
STAFF: Any = {"by": "li"}
OPENING = 50_000
"""What is in a resident's wallet, in fen."""


class Town(Platform):
    """Monday, nine in the morning; one may pay when booking, or at the counter."""

    def __init__(self, store: Store, **conditions: Any) -> None:
        super().__init__(store, None, **conditions)
        self.clock.advance(90 * 60)
        self.rules = Rules(providers=(Provider(PROVIDER, ("+86154",)),))
        self.vault, self.kept, self.runs = Vault(b"k" * 32), KeptInMemory(), Held(store)
        self.people = 0
        store.run_now(lambda s: s.execute(update(Centre).values(payment="optional")) and None)

    # What menus and commands need of a house.

    @property
    def desk(self) -> Desk:
        return Desk(self.runs, self.vault, HOUSE, self.now, self.rules)

    @cached_property
    def network(self) -> Network:
        return Network(self, clock=self.clock)

    @property
    def drafts(self) -> Drafts:
        return Drafts(self.kept, self.vault, seconds=600, now=self.now)

    # Who lives here.

    def resident(self, channel: str, name: str = "王芳") -> Resident:
        """Somebody whose phone is known, and speaks Chinese."""
        self.people += 1
        phone, person = f"+8615400000{self.people:03d}", NewPerson(name, self.vault.seal(nth_identity(self.people)))

        def known(session: Session) -> int:
            row = residents.register(session, person, centre=1, now=self.now())
            who = subscribers.known(session, phone, self.now())
            who.language = "zh"
            residents.relate(session, who, row, name)
            return int(row.id)

        kind = {"ussd": ByUssd, "sms": BySms, "voice": ByVoice}[channel]
        return kind(self, phone, self.store.run_now(known))

    def account(self, who: Resident, fen: int) -> int:
        """They open an account at the counter, and bring so much in cash."""
        opened = self.desk_does(accounts.open_account, resident=who.number, centre="DY")
        proof = accounts.proof_of(opened.id, who.phone)
        self.desk_does(accounts.link, account=opened.id, phone=who.phone, proof=proof)
        self.desk_does(accounts.top_up, account=opened.id, amount=fen, occasion=f"till:{opened.id}")
        return int(opened.id)

    # What staff do.

    def desk_does(self, fn: Any, **given: Any) -> Any:
        return self.store.run_now(fn, now=self.now(), **STAFF, **given)

    def staff(self, fn: Any, **given: Any) -> Any:
        return self.desk_does(fn, rules=self.rules, installation=HOUSE, **given)

    def stop(self, offered: int, reason: str) -> Any:
        return self.staff(changes.stop, offered=offered, reason=reason)

    def calls(self, offered: int = 1) -> Any:
        return self.staff(calling.call_next, offered=offered).now

    def strangers(self, many: int, offered: int = 1) -> list[int]:
        """Others who have booked this session; their visits."""
        return [self._stranger(offered) for _ in range(many)]

    def _stranger(self, offered: int) -> int:
        self.people += 1
        person = NewPerson("李明", self.vault.seal(nth_identity(self.people)))
        who: Any = {"patient": person, "phone": f"+8615400000{self.people:03d}", "language": "zh"}
        given: Any = {"occasion": f"stranger:{self.people}", "installation": HOUSE, "now": self.now()}
        return int(self.store.run_now(visits.book, clinic_session=offered, **who, **given).id)

    def gives_back(self, visit: int) -> None:
        """A stranger's, whose place is offered to who waits; what is written then is sent."""
        phone = self.store.run_now(lambda s: str(s.get_one(Visit, visit).phone))
        given: Any = {"installation": HOUSE, "now": self.now()}
        self.store.run_now(visits.cancel, visit=visit, phone=phone, language="zh", **given)
        self.store.run_now(waiting.scan, rules=self.rules, **given)
        self.store.run_now(lambda s: s.execute(update(Message).values(state="sent")) and None)

    def comes(self, visit: int) -> str:
        """To the counter, which lets them in."""
        given = {"visit": visit, "rules": self.rules.booking}
        return str(self.desk_does(vouchers.arrive, **given).outcome)

    def settled(self, *, charged: int = 0, returned: int = 0) -> None:
        """The books are right, and today they are what the platform has in its own: so many charges and refunds."""
        self.sound()
        lines = [said(each) for each in self.platform.books.entries.values() if each.status == "completed"]
        assert Counter(line.kind for line in lines) == Counter({"charge": charged, "refund": returned})
        if lines:
            day = self.now().date()
            self.store.run_now(statements.take, source=PROVIDER, day=day, lines=lines)
            result = self.desk_does(settlement.run, source=PROVIDER, day=day, zone=HOUSE.timezone)
            assert (result.ours, result.theirs, result.differences) == (len(lines), len(lines), ())

    def sound(self) -> None:
        assert self.store.run_now(invariants.broken) == []


def said(entry: Any) -> statements.Said:
    """A line of the platform's statement."""
    kind: Any = "charge" if entry.type == "merchantpay" else "refund"
    return statements.Said(kind, entry.reference, int(entry.taken * 100), "CNY", entry.correlation)


@dataclass
class Resident(ABC):
    """`said` is all that was shown, read or heard in this conversation."""

    town: Town
    phone: str
    number: int
    said: str = ""
    seen: int = field(default=0, init=False)

    channel = ""

    @abstractmethod
    def begin(self) -> str:
        """Dial, write or call, up to the main menu."""

    @abstractmethod
    def types(self, text: str) -> str:
        """What comes after it."""

    def choose(self, *words: str) -> str:
        """The options with these words, one after the other; what comes after the last."""
        last = ""
        for word in words:
            while (key := self.key(word)) is None:
                more = self.key("更多")
                assert more, f"nobody offers {word!r}:\n{self.said}"
                self.types(more)
            last = self.types(key)
        return last

    @abstractmethod
    def key(self, word: str) -> str | None:
        """What to type for the option with this word."""

    @abstractmethod
    def leaves(self) -> None:
        """What was begun and not finished is forgotten."""

    def asks(self, *words: str) -> str:
        """A conversation of its own, from the main menu; what comes after the last word, all its pages. A code that
        is asked for is read in its SMS, and typed."""
        self.begin()
        last = self.choose(*words)
        if "验证码" in last:
            last = self.types(self.code())
        while more := self.key("更多"):
            last += self.types(more)
        self.leaves()
        return last

    def book(self, *, day: str = "周二", half: str = "上午", pay: str = "到院支付") -> str:
        return self.asks("预约看病", "东苑", "全科", day, half, "本人", "确认", pay)

    def visits(self) -> list[Visit]:
        mine = select(Visit).where(Visit.phone == self.phone).order_by(Visit.id)

        def loose(session: Session) -> list[Visit]:
            rows = list(session.scalars(mine))
            session.expunge_all()
            return rows

        return self.town.store.run_now(loose)

    @property
    def visit(self) -> Visit:
        return self.visits()[-1]

    @property
    def tcode(self) -> str:
        """As staff see it: the number, without spaces."""
        given = {"phone": self.phone, "installation": HOUSE, "now": self.town.now()}
        return self.town.store.run_now(visits.upcoming, **given)[0].number

    @property
    def wallet(self) -> int:
        return int(self.town.platform.wallets.account(self.phone).balance * 100)

    def told(self) -> list[str]:
        """The messages that this phone was sent since it was last looked at."""
        mine = select(Message.id, Message.text).where(Message.phone == self.phone, Message.id > self.seen)
        rows = self.town.store.run_now(lambda s: [tuple(row) for row in s.execute(mine.order_by(Message.id))])
        self.seen = max([self.seen, *(number for number, _ in rows)])
        return [text for _, text in rows]

    def code(self) -> str:
        """The six digits that were sent last."""
        found = re.search(r"验证码([\d ]+)", self.told()[-1])
        assert found is not None
        return found[1].replace(" ", "")


def _numbered(shown: str, word: str) -> str | None:
    """The number before the first option with this word."""
    found = [number for number, text in re.findall(r"^(\d+)\.(.*)$", shown, re.MULTILINE) if word in text]
    return found[0] if found else None


class ByUssd(Resident):
    channel = "ussd"
    screen = ""

    def begin(self) -> str:
        self.handset = self.town.network.phone(self.phone.removeprefix("+"), session=self.number)
        self.handset.read = sum(r.subscriber.number == self.handset.number for _, r in self.town.network.sent)
        return self._shows(self.handset.dial("*120#"))

    def types(self, text: str) -> str:
        return self._shows(self.handset.types(text))

    def _shows(self, said: str) -> str:
        self.said += said
        self.screen = said.partition("\n")[2]  # without what was typed
        return self.screen

    def key(self, word: str) -> str | None:
        return _numbered(self.screen, word)

    def leaves(self) -> None:
        self.handset.hangs_up()
        self.town.kept.blobs.clear()


class BySms(Resident):
    channel = "sms"
    reply = ""
    texts = 0

    def begin(self) -> str:
        return self.types("菜单")

    def types(self, text: str) -> str:
        BySms.texts += 1
        texter = Texter(self.town, phone=self.phone)
        self.reply = str(texter.answer(text, BySms.texts))
        self.said += f"> {text}\n{self.reply}\n"
        return self.reply

    def key(self, word: str) -> str | None:
        return _numbered(self.reply, word)

    def leaves(self) -> None:
        self.town.kept.blobs.clear()


class _Lines(Hotline):
    """The hotline of the town: its clock, its store, its rules."""

    moment = property(lambda self: self.now(), lambda self, _: None)  # type: ignore[assignment]

    def __init__(self, town: Town) -> None:
        self.now = town.now
        tables = {"servers": {"main": {}}, "trunks": {"main": {"dial": "PJSIP/{number}@t"}}}
        settings = IvrSettings.model_validate(tables)
        super().__init__(town.clock, town.store, Asterisk(town.clock), settings, rules=town.rules)


class ByVoice(Resident):
    channel = "voice"
    heard = ""

    def begin(self) -> str:
        self.house = _Lines(self.town)  # a line of their own
        self.line = self.house.asterisk
        self.line.call(self.phone.removeprefix("+86"))
        return self._hears(0)

    def types(self, text: str) -> str:
        before = len(self.line.said)
        self.line.press(*text)
        return self._hears(before)

    def _hears(self, before: int) -> str:
        self.line.wait(3)
        lines = self.line.said[before:]
        self.heard = "".join(line.removeprefix("♪ ") for line in lines if line.startswith("♪"))
        self.said += "\n".join([*lines, ""])
        return self.heard

    def key(self, word: str) -> str | None:
        return next((key for text, key in re.findall(r"([^。]*?)，请按(\d)", self.heard) if word in text), None)

    def leaves(self) -> None:
        if not self.line.gone:
            self.line.hang_up()
