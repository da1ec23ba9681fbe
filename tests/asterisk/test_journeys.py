"""Three residents of one clinic, by USSD, by SMS and by telephone, and one installation for all of it: the daemon as a
process, npm `smpp` as the SMS centre, a real Asterisk with SIPp, a mobile-money provider that loses its answers.

What staff do they do by commands; a kiosk is where T-codes are used. Each journey begins with a booking of its own.
The same journeys with each of their words are in tests/journeys/test_every_channel.py.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import time
import tomllib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from clinic.tables import RelatedPerson, Subscriber, Visit
from gateway.cli import main
from tests.asterisk.hotline import PATIENCE, Hotline
from tests.asterisk.scenario import Wait
from tests.asterisk.server import Asterisk
from tests.journeys.conftest import Network, Phone
from tests.journeys.test_mobile_money import Provider

pytestmark = [pytest.mark.asterisk, pytest.mark.journey]

BY_USSD, BY_SMS, BY_VOICE = "15400000001", "15400000002", "15400000003"
FIXED_LINE = "15400000006"
"""Of the sample: gets no SMS."""
FEE = 600
BOOKS = "provider.json"
STATEMENT = "provider,day,kind,reference,amount,currency"
KEYS = "一二三四五六七八九"
SETTINGS = """
[ussd]
replies = 1000
[booking]
person = 0
person_department = 0
[broadcasts]
quiet_from = "00:00"
quiet_until = "00:00"
[payments]
lease_seconds = 10
poll_seconds = 0.2
[payments.providers.wallet]
url = "{url}"
client_id = "caredial"
client_secret = "caredial"
merchant = "caredial"
callback_key = "shared"
timeout = 5
"""


class Town:
    """Everything that runs, and its three residents."""

    def __init__(self, hotline: Hotline, provider: Provider, folder: Path) -> None:
        self.hotline, self.provider, self.folder, self.books = hotline, provider, folder, folder / BOOKS
        self.residents = (ByUssd(self, BY_USSD), BySms(self, BY_SMS), ByVoice(self, BY_VOICE))
        settings = tomllib.loads(hotline.gateway.config.read_text())
        self._zone = ZoneInfo(settings["installation"]["timezone"])

    def weekday(self, days: int) -> str:
        """What menus call the day in so many days."""
        day = self.today + dt.timedelta(days=days)
        return "周" + "一二三四五六日"[day.weekday()]

    def staff(self, *command: str) -> str:
        """A command, as staff give it beside the daemon."""
        config = ["--config", str(self.hotline.gateway.config)]
        done = CliRunner().invoke(main, [*command, *config], prog_name="caredial", catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return str(done.stdout)

    @property
    def today(self) -> dt.date:
        """Where it is early in the morning now."""
        return dt.datetime.now(self._zone).date()

    def provider_says(self) -> list[str]:
        """Lines of a statement, of what the provider has in its own books."""
        entries = json.loads(self.books.read_bytes())["entries"].values()
        kinds = {"merchantpay": "charge", "adjustment": "refund"}
        return [
            f"wallet,{self.today},{kinds[each['type']]},{each['reference']},{each['taken']},CNY"
            for each in entries
            if each["status"] == "completed"
        ]

    def json(self, *command: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.staff(*command, "--json").splitlines()]


class Resident(ABC):
    """A phone of the sample, and what is on it."""

    def __init__(self, town: Town, phone: str) -> None:
        self.town, self.phone = town, phone
        self.handset = Phone(town.hotline.network, f"86{phone}")
        self.unread: list[str] = []

    def told(self, pattern: str) -> re.Match[str]:
        """What matches this, of the first SMS that has it and was not looked at yet."""
        until = time.monotonic() + PATIENCE
        while not (found := [text for text in self.unread if re.search(pattern, text, re.MULTILINE)]):
            assert time.monotonic() < until, f"no SMS with {pattern}, but {self.unread}"
            sms = self.town.hotline.network.wait("sms", self.handset.number, PATIENCE)
            self.unread.append(str(sms["text"]))
        self.unread.remove(found[0])
        matched = re.search(pattern, found[0], re.MULTILINE)
        assert matched is not None
        return matched

    def tcode(self) -> str:
        """That of the SMS which comes next."""
        return self.told(r"^预约成功.*T码(\d{4} \d{4} \d{4})")[1].replace(" ", "")

    @abstractmethod
    def asks(self, *words: str, says: str) -> str:
        """Begin, choose the options with these words; what is said then, which has `says` in it."""

    def book(self, days: int, half: str, pay: str = "到院支付", says: str = "预约成功，") -> None:
        """In general practice, in so many days."""
        self.asks("预约看病", "东苑", "全科", self.town.weekday(days), half, "本人", "确认", pay, says=says)

    def gives_up(self, days: int) -> None:
        self.asks("我的预约", self.town.weekday(days), "取消", "确认取消", says="预约已取消")

    def person(self) -> int:
        """Who this phone belongs to."""
        rows = self.town.hotline.rows
        [subscriber] = [row.id for row in rows(Subscriber) if row.phone == f"+86{self.phone}"]
        mine = (row for row in rows(RelatedPerson) if row.subscriber_id == subscriber and row.is_self)
        return next(mine).resident_id

    def visits(self) -> list[Visit]:
        return [row for row in self.town.hotline.rows(Visit) if row.phone == f"+86{self.phone}"]

    @property
    def visit(self) -> Visit:
        """The last one that was booked."""
        return self.visits()[-1]

    @property
    def wallet(self) -> str:
        return self.town.provider.balance(f"86{self.phone}")

    def comes(self, code: str) -> str:
        """To the kiosk in the hall."""
        return str(self.town.hotline.gateway.check(code)["outcome"])


class ByUssd(Resident):
    def asks(self, *words: str, says: str) -> str:
        self.handset.dial("*120#")
        if self.handset._option("重新开始"):
            self.handset.choose("重新开始")
        said = self.handset.choose(*words)
        while more := self.handset._option("更多"):
            said += self.handset.answer(more)
        if not self.handset.ended:
            self.handset.abort()
        assert says in said
        return said


class BySms(Resident):
    def asks(self, *words: str, says: str) -> str:
        self.town.hotline.network.do("sms", phone=self.handset.number, text="菜单")
        for word in words:
            key = self.told(rf"^(\d+)\.[^\n]*{word}")[1]
            self.town.hotline.network.do("sms", phone=self.handset.number, text=key)
        return self.told(says).string


class ByVoice(Resident):
    """Dials the hotline; presses a key when the prompt that offers it has begun."""

    def asks(self, *words: str, says: str) -> str:
        self.calls()
        for word in words:
            self.chooses(word)
        said = self.hears()
        assert says in said
        self.hangs_up()
        return said

    def calls(self) -> None:
        hotline = self.town.hotline
        since = hotline.observer.mark
        self.call = hotline.telephones.call("12580", from_number=self.phone)
        self.begun = hotline.observer.event("AsyncAGIStart", since=since, calleridnum=self.phone)
        self.heard = 0

    def hears(self) -> str:
        """The next prompt, when it has begun."""
        said: list[str] = []

        def begun() -> bool:
            said[:] = [each for each in self._said() if each.startswith("♪")]
            return len(said) > self.heard

        self.town.hotline.eventually(begun)
        self.heard = len(said)
        return said[-1]

    def chooses(self, word: str) -> None:
        """The option with this word, of the prompt that comes next."""
        word = word.replace("周", "星期")
        prompt = self.hears()
        key = self._key(prompt, word)
        if key is None and (again := self._key(prompt, "重新开始")) is not None:  # of a call that ended in the middle
            self.press(again)
            prompt = self.hears()
            key = self._key(prompt, word)
        assert key is not None, f"no {word!r}: {self._said()}"
        self.press(key)

    @staticmethod
    def _key(prompt: str, word: str) -> str | None:
        options = re.findall(rf"([^。]*?)，请按([{KEYS}])", prompt)
        return next((str(KEYS.index(key) + 1) for text, key in options if word in text), None)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.town.hotline.observer.act("PlayDTMF", Channel=self.begun["channel"], Digit=key, Receive="true")

    def hangs_up(self) -> None:
        self.town.hotline.observer.act("Hangup", Channel=self.begun["channel"])
        assert self.call.wait(20).ok
        self.town.hotline.over(self.phone)

    def rung(self) -> list[str]:
        """What was heard in the calls that came."""
        observer, calls = self.town.hotline.observer, self.town.hotline.calls(self.phone)
        return [line for call in calls if call.direction == "out" for line in observer.transcript(call.uniqueid)]

    def _said(self) -> list[str]:
        return list(self.town.hotline.observer.transcript(self.begun["uniqueid"]))


@pytest.fixture(scope="module")
def town(
    tmp_path_factory: pytest.TempPathFactory, node_modules: Any, asterisk: Asterisk, prompts: Any
) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("journeys")
    provider = Provider("--pay-seconds", "0.5", "--seed", "1", "--file", str(folder / BOOKS))
    network = Network(node_modules)
    more = SETTINGS.format(url=provider.url)
    try:
        with Hotline(folder, network, asterisk, prompts, "", more) as hotline:
            yield Town(hotline, provider, folder)
            assert hotline.gateway.stop() == 0, hotline.gateway.log.read_text()
            assert "Traceback" not in hotline.gateway.log.read_text()
    finally:
        network.stop()
        provider.stop()


def test_a_stopped_clinic(town: Town) -> None:
    """One command tells all three; each books anew the way they did."""
    for who in town.residents:
        who.book(1, "上午")
        who.tcode()
    [stopped] = {who.visit.clinic_session_id for who in town.residents}
    done = town.staff("sessions", "stop", str(stopped), "--reason", "停电", "--yes")
    assert f"session {stopped}: 3 visits told" in done
    for who in town.residents:
        who.told(f"^停诊通知.*第{who.visit.queue}号已停诊（停电），T码作废")
        who.book(1, "下午")
        who.tcode()
        assert [row.state for row in who.visits()[-2:]] == ["cancelled", "booked"]


def test_who_gets_no_sms_is_rung_up(town: Town) -> None:
    """A fixed line: the notice is heard by telephone, and by telephone one books anew."""
    who, hotline = ByVoice(town, FIXED_LINE), town.hotline
    who.book(4, "上午")
    with hotline.telephones.answers("phone", [Wait(0.8), "1"]):
        town.staff("sessions", "stop", str(who.visit.clinic_session_id), "--reason", "停电", "--yes")
        hotline.eventually(lambda: any("已停诊，原因是停电" in line for line in who.rung()))
    who.book(4, "下午")
    assert [row.state for row in who.visits()] == ["cancelled", "booked"]
    assert hotline.network.quiet("sms", f"86{FIXED_LINE}")


def test_an_answer_is_lost_and_what_was_paid_comes_back_to_the_phone(town: Town) -> None:
    town.provider.change(answer_lost=1)
    for who in town.residents:
        who.book(2, "上午", "手机支付", says="请在手机上确认支付")
    for who in town.residents:
        who.tcode()
        assert (who.visit.state, who.visit.paid, who.wallet) == ("booked", FEE, "494.00")
    assert [row["state"] for row in town.json("payments", "list")] == ["completed"] * 3
    town.provider.change(answer_lost=0)
    for who in town.residents:
        who.gives_up(2)
    for who in town.residents:
        who.told("6元已原路退回")
        assert (who.visit.state, who.wallet) == ("cancelled", "500.00")
    town.staff("accounts", "check")
    statement = town.provider_says()
    assert Counter(line.split(",")[2] for line in statement) == {"charge": 3, "refund": 3}
    (town.folder / "wallet.csv").write_text("\n".join([STATEMENT, *statement]))
    town.staff("settle", "import", "provider-statement", str(town.folder / "wallet.csv"))
    [day] = town.json("settle", "run", "--day", "today", "--source", "wallet")
    assert (day["ours"], day["theirs"], day["differences"]) == (6, 6, [])


def test_from_an_account_by_telephone_and_back(town: Town) -> None:
    """The code comes by SMS while one is on the line; what is given up is in the account again."""
    who = town.residents[2]
    assert isinstance(who, ByVoice)
    [account] = town.json("accounts", "open", str(who.person()), "--centre", "DY")
    number = str(account["id"])
    town.staff("accounts", "link", number, who.phone)
    town.staff("accounts", "link", number, who.phone, "--code", code(who))
    town.staff("accounts", "top-up", number, "20", "--yes")
    who.calls()
    for word in ("预约看病", "东苑", "全科", town.weekday(3), "上午", "本人", "确认", "账户"):
        who.chooses(word)
    assert "验证码已用短信发送" in who.hears()
    who.press(*code(who))
    assert "已从账户支付六元" in who.hears()
    who.hangs_up()
    who.tcode()
    who.gives_up(3)
    lines = town.json("accounts", "statement", number)
    assert [(line["kind"], line["amount"]["amount"], line["after"]["amount"]) for line in lines] == [
        ("topup", "20.00", "20.00"),
        ("charge", "-6.00", "14.00"),
        ("refund", "6.00", "20.00"),
    ]


def code(who: Resident) -> str:
    """The six digits of an SMS."""
    return re.sub(r"\D", "", who.told(r"验证码([\d ]+)")[1])


def test_numbers_that_are_passed_over(town: Town) -> None:
    """Each is called while they are outside, hears or reads it, comes back to the kiosk, and is called again."""
    codes = {}
    for who in town.residents:
        who.book(0, "上午")
        codes[who] = who.tcode()
        assert who.comes(codes[who]) == "genuine"
    session = str(town.residents[0].visit.clinic_session_id)
    for who in town.residents:
        town.staff("queue", "call", session)
        who.asks("我的预约", town.weekday(0), says="正在叫您")
        town.staff("queue", "recall", session)
        who.told(f"请{who.visit.queue}号.*正在叫号")
        town.staff("queue", "pass", str(who.visit.id))
        who.asks("我的预约", town.weekday(0), says="已过号")
        assert who.comes(codes[who]) == "returned"
        assert "已过号" not in who.asks("我的预约", town.weekday(0), says="前面")
        town.staff("queue", "call", session)
        who.asks("我的预约", town.weekday(0), says="正在叫您")
        town.staff("queue", "seen", str(who.visit.id))
        assert who.visit.state == "fulfilled"
