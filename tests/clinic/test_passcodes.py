"""One-time codes: what proves a phone, and what does not."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from clinic import passcodes
from clinic.errors import ClinicError
from clinic.money import proving
from clinic.passcodes import CodeExpired, CodeVoid, Issued, NoCode, WrongCode
from clinic.rules import BookingRules
from clinic.tables import Message, OneTimeCode
from tests.clinic.conftest import HOUSE, OTHER_PHONE, PHONE

RULES = BookingRules()


class Codes:
    """Codes of the small clinic, in few words."""

    def __init__(self, clinic: Any) -> None:
        self.clinic = clinic

    def ask(self, phone: str = PHONE, purpose: str = "recover", **subject: Any) -> Issued:
        given = {"rules": RULES, "installation": HOUSE, "now": self.clinic.moment, "language": "zh"}
        issued = self.clinic.run(passcodes.issue, phone=phone, purpose=purpose, subject=subject, **given)
        assert isinstance(issued, Issued)
        return issued

    def check(self, code: str, phone: str = PHONE, purpose: str = "recover") -> Any:
        given = {"rules": RULES, "now": self.clinic.moment}
        return self.clinic.run(passcodes.check, phone=phone, purpose=purpose, code=code, **given)

    def told(self) -> list[str]:
        """The codes as the SMS tell them, the oldest first."""
        return [found[0] for _, text in self.clinic.texts() if (found := re.findall(r"\d{6}", text))]

    def wrong(self) -> str:
        """A code that was never told."""
        return next(f"{n:06}" for n in range(100) if f"{n:06}" not in self.told())


@pytest.fixture
def codes(clinic: Any) -> Codes:
    return Codes(clinic)


def test_a_code_comes_by_sms_and_gives_back_what_it_is_good_for(codes: Codes, clinic: Any) -> None:
    assert codes.ask(account=7) == Issued("sent")
    (code,) = codes.told()
    row = clinic.rows(Message.message_class, Message.expires_at, Message.phone, Message.kind)
    assert row == [("code", clinic.moment + dt.timedelta(minutes=5), PHONE, "passcode.told_sms")]
    assert codes.check(f" {code[:3]} {code[3:]} ") == {"account": 7}


def test_a_code_is_used_once(codes: Codes) -> None:
    codes.ask()
    (code,) = codes.told()
    assert codes.check(code) == {}
    assert isinstance(codes.check(code), NoCode)


def test_nothing_at_rest_tells_the_code_once_it_was_used(codes: Codes, clinic: Any) -> None:
    codes.ask()
    (code,) = codes.told()
    assert code not in str(clinic.rows(OneTimeCode.digest, OneTimeCode.subject))
    _sent(clinic)
    codes.check(code)
    assert clinic.rows(Message.text, Message.speech) == [("******", None)]
    assert clinic.rows(OneTimeCode.digest) == [""]


def test_two_equal_codes_have_two_digests() -> None:
    first, second = (passcodes._digest("123456", salt) for salt in (b"1" * 8, b"2" * 8))
    assert first != second
    assert passcodes._is("１２３ 456", first)
    assert not passcodes._is("123457", first)


def test_a_code_expires(codes: Codes, clinic: Any) -> None:
    codes.ask()
    clinic.wait(minutes=5)
    assert isinstance(codes.check(codes.told()[0]), CodeExpired)


def test_a_code_is_sent_again_after_a_minute_and_voids_the_one_before(codes: Codes, clinic: Any) -> None:
    codes.ask()
    clinic.wait(seconds=20)
    assert codes.ask() == Issued("wait", 40)
    clinic.wait(seconds=40)
    _sent(clinic)
    old = codes.told()[0]
    assert codes.ask() == Issued("sent")
    (new,) = codes.told()
    assert isinstance(codes.check(old), WrongCode) or old == new
    assert codes.check(new) == {}


def test_a_code_that_waits_still_is_not_sent_when_another_takes_its_place(codes: Codes, clinic: Any) -> None:
    codes.ask()
    clinic.wait(minutes=1)
    codes.ask()
    assert clinic.rows(Message.state) == ["cancelled", "queued"]
    assert clinic.rows(Message.text)[0] == "******"


def test_five_wrong_tries_void_it_and_the_right_one_comes_too_late(codes: Codes) -> None:
    codes.ask()
    told = [codes.check(codes.wrong()) for _ in range(5)]
    assert [each.left for each in told[:4]] == [4, 3, 2, 1]
    assert isinstance(told[4], CodeVoid)
    assert isinstance(codes.check(codes.told()[0]), CodeVoid)


def test_what_is_no_code_counts_as_a_wrong_try(codes: Codes) -> None:
    codes.ask()
    for written in ("", "abc", "1234567", "12345"):
        assert isinstance(codes.check(written), WrongCode)
    assert isinstance(codes.check("- -"), CodeVoid)


def test_brute_force_over_resends_ends_with_the_day(codes: Codes, clinic: Any) -> None:
    """Whoever asks for one code after the other and guesses has fifty tries of a million a day, and no more."""
    tries = 0
    for _ in range(30):
        if codes.ask().outcome == "sent":
            wrong = codes.wrong()
            while not isinstance(codes.check(wrong), CodeVoid):
                tries += 1
            tries += 1
        clinic.wait(minutes=2)
    assert tries == RULES.code_day * RULES.code_wrong == 50
    refused = codes.ask()
    assert (refused.outcome, refused.tell) == ("too_many", "passcode.too_many")
    clinic.wait(seconds=refused.seconds)
    assert codes.ask() == Issued("sent")


def test_codes_of_all_purposes_count_for_the_day(codes: Codes) -> None:
    assert [codes.ask(purpose=f"purpose {n}").outcome for n in range(11)] == [*["sent"] * 10, "too_many"]


def test_a_code_of_another_purpose_or_phone_is_worth_nothing(codes: Codes) -> None:
    codes.ask(purpose="account")
    (code,) = codes.told()
    assert isinstance(codes.check(code, purpose="recover"), NoCode)
    assert isinstance(codes.check(code, phone=OTHER_PHONE, purpose="account"), NoCode)
    codes.ask(phone=OTHER_PHONE, purpose="account")
    mine, theirs = codes.told()
    assert mine == theirs or isinstance(codes.check(theirs, purpose="account"), WrongCode)
    assert codes.check(mine, purpose="account") == {}


def test_of_many_checks_at_once_one_wins(codes: Codes) -> None:
    codes.ask(account=7)
    (code,) = codes.told()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: codes.check(code), range(8)))
    assert found.count({"account": 7}) == 1
    assert all(isinstance(each, NoCode) for each in found if isinstance(each, ClinicError))


def test_of_many_wrong_tries_at_once_each_is_counted(codes: Codes) -> None:
    codes.ask()
    wrong = codes.wrong()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: codes.check(wrong), range(8)))
    assert sum(isinstance(each, WrongCode) for each in found) == 4
    assert sum(isinstance(each, CodeVoid) for each in found) == 4


def test_of_many_wrong_tries_for_an_account_each_is_counted(codes: Codes, clinic: Any) -> None:
    """Who pays by telephone has read the code's row before the try is counted."""
    codes.ask(purpose=proving.PURPOSE, **{"for": "call:1"})
    given = {"phone": PHONE, "occasion": "call:1", "rules": RULES, "now": clinic.moment, "code": codes.wrong()}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: clinic.run(proving.check, **given), range(8)))
    assert sum(isinstance(each, WrongCode) for each in found) == 4
    assert sum(isinstance(each, CodeVoid) for each in found) == 4
    assert clinic.rows(OneTimeCode.wrong) == [RULES.code_wrong]


def test_of_many_requests_at_once_one_is_sent(codes: Codes) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = [each.outcome for each in pool.map(lambda _: codes.ask(), range(8))]
    assert sorted(found) == ["sent", *["wait"] * 7]


def test_old_codes_are_blanked_then_forgotten(codes: Codes, clinic: Any) -> None:
    codes.ask()
    _sent(clinic)
    clinic.wait(minutes=6)
    assert clinic.run(passcodes.scan, now=clinic.moment).count == 1
    assert clinic.rows(Message.text) == ["******"]
    assert clinic.rows(OneTimeCode.digest) == [""]  # it counts for the day
    assert clinic.run(passcodes.scan, now=clinic.moment).count == 0
    clinic.wait(days=1)
    assert clinic.run(passcodes.scan, now=clinic.moment).count == 1
    assert clinic.rows(OneTimeCode.id) == []


def _sent(clinic: Any) -> None:
    clinic.run(lambda session: session.query(Message).update({"state": "sent"}))
