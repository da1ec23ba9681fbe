"""Acknowledgements of staff go through the inbox like every text: a crash loses none and counts none twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from clinic import inbox
from clinic.errors import StoreBusy
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.staff import notices
from clinic.tables import Centre, Message, Staff, StaffNoticeRecipient
from dialogs.drafts import Unkept
from dialogs.talk import Desk
from gateway.inbound import Inbound
from gateway.store import Store, connect
from smpp import status
from smpp.pdu import Address, DeliverSm
from smpp.settings import LinkSettings
from smpp.text import encode
from ussd_menus.commands import Commands
from ussd_menus.settings import MenuSettings

NOW = dt.datetime(2027, 3, 8, 7, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
PHONE = "15400000001"
HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")


def seed(session: Any) -> None:
    session.add(Centre(code="DY", name_zh="东苑中心"))
    session.flush()
    session.add(Staff(centre_id=1, code="D1", name="李医生", phone=f"+86{PHONE}", role="doctor", active=True))


class Gateway:
    """The way of an SMS from the link to its answer; `restart` is the next process on the same database."""

    def __init__(self, store: Store) -> None:
        self.store, self.broken, self.moment = store, False, NOW
        self.link = SimpleNamespace(name="main", settings=LinkSettings(), bind_ids=frozenset({"bind-1"}))
        self.restart()

    def restart(self) -> None:
        self.broken = False
        desk = Desk(self, Vault(b"k" * 32), HOUSE, lambda: self.moment)
        commands = Commands(desk, Unkept(), allow=self.allow, settings=MenuSettings())
        menus = SimpleNamespace(received=lambda *_: True)
        self.inbound = Inbound(self, menus, commands, lambda: self.moment, clock=Clock(), region="CN")
        Deferred.fromCoroutine(self.inbound.recover())

    async def allow(self, key: str, *, limit: int, seconds: int) -> bool:
        return True

    def run(self, fn: Callable[..., Any], /, *given: Any, **words: Any) -> Deferred[Any]:
        """`broken`: the process dies before a reply is stored."""
        if self.broken and fn is inbox.answer_all:
            return fail(StoreBusy())
        return succeed(self.store.run_now(fn, *given, **words))

    def notify(self, text: str) -> None:
        given = {"staff": [1], "text": text, "by": "desk", "language": "zh", "now": self.moment}
        self.store.run_now(notices.notify, **given)

    def sms(self, text: str) -> int:
        self.moment += dt.timedelta(minutes=1)
        encoded = encode(text)
        pdu = DeliverSm(
            source=Address(PHONE),
            destination=Address("12580120"),
            data_coding=encoded.data_coding,
            short_message=encoded.octets,
        )
        answered: list[int] = []
        Deferred.fromCoroutine(self.inbound.delivered(self.link, pdu, "bind-1")).addCallback(answered.append)
        return answered[0]

    def replies(self) -> list[str]:
        wanted = select(Message.text).where(Message.occasion.like("reply:%")).order_by(Message.id)
        return self.store.run_now(lambda session: list(session.scalars(wanted)))

    def acknowledged(self) -> list[tuple[int, str]]:
        noted = StaffNoticeRecipient.acknowledged_at.is_not(None)
        wanted = select(StaffNoticeRecipient.staff_notice_id, StaffNoticeRecipient.answer).where(noted)
        return self.store.run_now(lambda session: [tuple(row) for row in session.execute(wanted)])


@pytest.fixture
def gateway(schema_url: str) -> Iterator[Gateway]:
    engine = connect(schema_url)
    store = Store(engine)
    store.run_now(seed)
    yield Gateway(store)
    engine.dispose()


def test_an_acknowledgement_over_the_link(gateway: Gateway) -> None:
    gateway.notify("16:00 全体培训")
    assert gateway.sms("收到1") == status.ESME_ROK
    assert gateway.acknowledged() == [(1, "收到1")]
    assert gateway.sms("收到1") == status.ESME_ROK
    assert gateway.replies() == ["通知1已记录收到，谢谢。", "通知1您已回复过，谢谢。"]


def test_a_crash_between_the_note_and_the_reply(gateway: Gateway) -> None:
    gateway.notify("16:00 全体培训")
    gateway.broken = True
    gateway.sms("收到")
    assert (gateway.acknowledged(), gateway.replies()) == ([(1, "收到")], [])
    gateway.moment += dt.timedelta(minutes=5)
    gateway.notify("明早流感疫苗到货")  # meanwhile; the text of before does not mean it
    gateway.restart()
    assert gateway.acknowledged() == [(1, "收到")]
    assert gateway.replies() == ["通知1已记录收到，谢谢。"]
    gateway.restart()
    assert len(gateway.replies()) == 1
