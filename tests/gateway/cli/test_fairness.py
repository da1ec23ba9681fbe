"""`caredial fairness` and `caredial visits excuse`: rules, blocks, appeals, signs, the month."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.fairness import absences, appeals
from clinic.fairness import rules as use
from clinic.rules import Rules
from clinic.tables import AbsenceRule, Audit, Block, CancelRule, Message, ScalperSign, Visit, Voucher
from gateway.cli.fairness.rules import WHATS
from tests.dialogs.conftest import HOUSE
from tests.gateway.cli.conftest import PHONE, SHANGHAI


def documents(result: Any) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def blocked(place: Any) -> Any:
    """Somebody missed a visit of today at DY, and is blocked by the rule of the centre."""
    visit = place.book()
    now = dt.datetime.now(SHANGHAI)
    given = {"what": "noshow", "times": 1, "months": 12, "block_months": 3}
    days = {"valid_from": dt.date(2026, 1, 1), "valid_until": None}
    place.store.run_now(use.add, centre="DY", by="test", now=now, **given, **days)
    place.store.run_now(lambda s: s.execute(update(Visit).values(state="noshow", judge_at=now)) and None)
    place.store.run_now(lambda s: s.execute(update(Voucher).values(state="expired")) and None)
    found = place.store.run_now(absences.scan, rules=Rules(), installation=HOUSE, now=now)
    assert found.count == 1
    return place, visit.id


def rows(place: Any, *columns: Any) -> list[Any]:
    query = select(*columns).order_by(columns[0].class_.id)
    return [tuple(row) for row in place.store.run_now(lambda s: s.execute(query).all())]


class TestRules:
    def test_the_sample_has_the_three_policies(self, caredial: Any, place: Any) -> None:
        shown = caredial("fairness", "rules", "list").stdout
        assert "all others" in shown
        assert "15:00" in shown
        found = documents(caredial("fairness", "rules", "list", "--json"))
        assert [(each["centre"], each["what"], each["times"]) for each in found if each["rule"] == "absence"] == [
            ("", "noshow", 3),
            ("", "noshow", 6),
            ("NH", "absent", 3),
            ("XS", "noshow", 3),
            ("XS", "cancel", 3),
        ]
        assert [(each["centre"], each["until"]) for each in found if each["rule"] == "cancel"] == [("NH", "15:00")]

    def test_added_and_ended(self, caredial: Any, place: Any) -> None:
        result = caredial("fairness", "rules", "add", "late", "4", "--months", "6", "--block", "2", "--centre", "DY")
        assert result.exit_code == 0, result.output
        (number,) = [row[0] for row in rows(place, AbsenceRule.id, AbsenceRule.what) if row[1] == "late"]
        assert f"rule {number} holds from" in result.stdout
        assert caredial("fairness", "rules", "end", str(number), "--last", "2027-12-31").exit_code == 0
        assert rows(place, AbsenceRule.valid_until)[-1] == (dt.date(2027, 12, 31),)

    def test_of_giving_up(self, caredial: Any, place: Any) -> None:
        result = caredial("fairness", "rules", "add-cancel", "2", "12:30", "--centre", "DY", "--by", "amy")
        assert result.exit_code == 0, result.output
        assert rows(place, CancelRule.days, CancelRule.until)[-1] == (2, dt.time(12, 30))
        assert caredial("fairness", "rules", "end", "2", "--cancel").exit_code == 0
        assert "staff:amy" in {row[0] for row in rows(place, Audit.actor)}

    @pytest.mark.parametrize(
        ("words", "why"),
        [
            (("add", "noshow", "3", "--months", "3", "--block", "3", "--centre", "QQ"), "there is no centre 'QQ'"),
            (("add-cancel", "1", "25:00"), "no time of day"),
            (("end", "99"), "there is no such rule: 99"),
            (("end", "1", "--last", "2020-01-01"), "cannot end before that"),
            (("add", "noshow", "3", "--months", "3", "--block", "3", "--until-day", "-3"), "is before"),
        ],
    )
    def test_what_is_wrong_is_told(self, caredial: Any, place: Any, words: Any, why: str) -> None:
        result = caredial("fairness", "rules", *words)
        assert result.exit_code == (1 if "no such rule" in why else 2)
        assert why in result.output

    def test_the_kinds_are_those_of_the_rules(self) -> None:
        assert use.WHATS == WHATS


class TestBlocks:
    def test_listed_masked_with_its_visits(self, caredial: Any, blocked: Any) -> None:
        _, visit = blocked
        shown = caredial("fairness", "blocks", "list").stdout
        assert "周*强" in shown
        (found,) = documents(caredial("fairness", "blocks", "list", "--json"))
        assert (found["reason"], found["visits"], found["by"], found["appeal"]) == ("noshow", [visit], "rule", "")
        assert documents(caredial("fairness", "blocks", "list", "--centre", "NH", "--json")) == []

    def test_a_phone_is_blocked_and_free_again(self, caredial: Any, place: Any) -> None:
        given = ("--phone", "15400000009", "--until", "+30", "--reason", "倒卖号源")
        assert caredial("fairness", "blocks", "add", *given, input="n\n").exit_code == 1
        assert rows(place, Block.id) == []
        result = caredial("fairness", "blocks", "add", *given, "--yes", "--by", "amy")
        assert result.exit_code == 0, result.output
        assert rows(place, Block.phone, Block.note, Block.by) == [(PHONE, "倒卖号源", "staff:amy")]
        asked = caredial("fairness", "blocks", "lift", "1", "--reason", "mistake", input="n\n")
        assert "Block 1 of +86154****0009 ends now instead of after " in asked.stderr
        assert rows(place, Block.lifted_by) == [("",)]
        lifted = caredial("fairness", "blocks", "lift", "1", "--reason", "mistake", "--yes", "--json")
        assert documents(lifted) == [{"block": 1, "lifted": True}]
        assert [kind for (kind,) in rows(place, Message.kind)] == ["block.staff_sms", "block.lifted_sms"]
        again = caredial("fairness", "blocks", "lift", "1", "--reason", "mistake")
        assert (again.exit_code, "lifted already" in again.output) == (1, True)

    @pytest.mark.parametrize(
        ("words", "why"),
        [
            (("--until", "+3", "--reason", "x"), "say who"),
            (("--phone", "1", "--until", "+3", "--reason", "x"), "is no phone number"),
            (("--phone", "15400000009", "--until", "-3", "--reason", "x", "--yes"), "is over"),
            (("--phone", "15400000009", "--until", "+3", "--reason", "x" * 61), "at most 60"),
        ],
    )
    def test_what_is_wrong_is_told(self, caredial: Any, place: Any, words: Any, why: str) -> None:
        result = caredial("fairness", "blocks", "add", *words)
        assert result.exit_code in (1, 2)
        assert why in result.output


class TestAppeals:
    @pytest.fixture
    def appealed(self, blocked: Any) -> Any:
        place, _ = blocked
        now = dt.datetime.now(SHANGHAI)
        place.store.run_now(appeals.appeal, block=1, phone=PHONE, text="那天住院", now=now)
        return place

    def test_listed_with_what_is_said(self, caredial: Any, appealed: Any) -> None:
        assert "那天住院" in caredial("fairness", "appeals", "list").stdout
        (found,) = documents(caredial("fairness", "appeals", "list", "--json"))
        assert (found["id"], found["appeal"]) == (1, "open")

    def test_granted(self, caredial: Any, appealed: Any) -> None:
        result = caredial("fairness", "appeals", "grant", "1", "--answer", "已核实", "--by", "amy", "--yes")
        assert result.exit_code == 0, result.output
        assert rows(appealed, Block.appeal, Block.answer, Block.answered_by) == [("granted", "已核实", "amy")]
        assert "1 block" not in caredial("fairness", "blocks", "list").stdout
        assert "0 appeals" in caredial("fairness", "appeals", "list").stdout

    def test_refused(self, caredial: Any, appealed: Any) -> None:
        assert caredial("fairness", "appeals", "refuse", "1", "--answer", "无法核实", "--yes").exit_code == 0
        assert "1 block" in caredial("fairness", "blocks", "list").stdout
        again = caredial("fairness", "appeals", "grant", "1", "--answer", "x")
        assert (again.exit_code, "no appeal that waits" in again.output) == (1, True)


class TestSigns:
    @pytest.fixture
    def signed(self, place: Any) -> Any:
        now = dt.datetime.now(SHANGHAI)
        made = {"kind": "identities", "round": 1, "count": 9, "evidence": {"visits": [1, 2]}, "state": "open"}
        sign = {**made, "first_at": now, "last_at": now, "judged_by": ""}
        place.store.run_now(lambda s: s.add(ScalperSign(phone=PHONE, **sign)))
        return place

    def test_listed_masked_unless_somebody_wants_them_whole(self, caredial: Any, signed: Any) -> None:
        assert "+86154****0009" in caredial("fairness", "signs", "list").stdout
        (found,) = documents(caredial("fairness", "signs", "list", "--whole", "--by", "amy", "--json"))
        assert (found["phone"], found["visits"]) == (PHONE, [1, 2])
        assert ("staff:amy", "sign.shown") in rows(signed, Audit.actor, Audit.action)

    def test_cleared(self, caredial: Any, signed: Any) -> None:
        assert caredial("fairness", "signs", "clear", "1", "--until", "+90").exit_code == 0
        assert "0 signs" in caredial("fairness", "signs", "list").stdout
        again = caredial("fairness", "signs", "clear", "1")
        assert (again.exit_code, "cleared already" in again.output) == (1, True)

    def test_a_trusted_phone(self, caredial: Any, signed: Any) -> None:
        assert caredial("fairness", "signs", "trust", "15400000009", "--until", "+365").exit_code == 0
        kinds = [each["kind"] for each in documents(caredial("fairness", "signs", "list", "--all", "--json"))]
        assert kinds == ["identities", "trusted"]

    def test_confirmed_and_blocked_at_once(self, caredial: Any, signed: Any) -> None:
        given = ("fairness", "signs", "confirm", "1", "--block-until", "+90")
        assert caredial(*given).exit_code == 2  # no reason
        result = caredial(*given, "--reason", "倒卖号源", "--yes")
        assert result.exit_code == 0, result.output
        assert rows(signed, Block.phone, Block.reason) == [(PHONE, "scalper")]


def test_an_excused_visit_lifts_its_block(caredial: Any, blocked: Any) -> None:
    place, visit = blocked
    asked = caredial("visits", "excuse", str(visit), "--reason", "in hospital", input="n\n")
    assert (asked.exit_code, rows(place, Block.lifted_by)) == (1, [("",)])
    assert "counts in no rule of absence any more; block 1 is lifted, and that is told" in asked.stderr
    result = caredial("visits", "excuse", str(visit), "--reason", "in hospital", "--by", "amy", "--yes")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"visit {visit} is excused; 1 block lifted\n"
    assert rows(place, Block.lifted_by) == [("staff:amy",)]
    again = caredial("visits", "excuse", str(visit), "--reason", "x")
    assert (again.exit_code, "excused already" in again.output) == (1, True)


def test_the_month_in_figures(caredial: Any, blocked: Any) -> None:
    place, _ = blocked
    now = dt.datetime.now(SHANGHAI)
    place.store.run_now(appeals.appeal, block=1, phone=PHONE, text="x", now=now)
    lines = {line["code"]: line for line in documents(caredial("fairness", "report", "--json"))}
    assert list(lines) == ["DY", "NH", "XS", ""]
    here = lines["DY"]
    assert (here["visits"], here["noshow"], here["late"], here["blocks"], here["appeals"]) == (1, 1, 0, 1, 1)
    assert (lines["NH"]["visits"], lines[""]["blocks"]) == (0, 0)
    assert "100.0" in caredial("fairness", "report").stdout
    assert documents(caredial("fairness", "report", "--month", "2020-02", "--json"))[0]["visits"] == 0
    assert caredial("fairness", "report", "--month", "2020-13").exit_code == 2
