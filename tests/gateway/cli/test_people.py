"""`caredial people`: found, masked, corrected, verified, and moved to another phone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from clinic.people import persons
from clinic.tables import Audit, Message, RelatedPerson, Resident
from tests.gateway.cli.conftest import IDENTITY, NAME

PHONE, LOCAL, NEW, NUMBER = "+8615400000977", "15400000977", "15400000978", "360426199101010071"


@pytest.fixture
def booked(place: Any) -> Any:
    """周志强 has booked for tomorrow; the sample's own people are there too."""
    place.book(1, phone=PHONE)
    return place


def ask(place: Any, *columns: Any) -> list[Any]:
    return place.store.run_now(lambda s: [tuple(row) for row in s.execute(select(*columns).order_by(columns[0]))])


def number_of(place: Any) -> str:
    return str(ask(place, Resident.id, Resident.name)[-1][0])


def code(place: Any) -> str:
    texts = place.store.run_now(lambda s: list(s.scalars(select(Message.text).order_by(Message.id))))
    return str(re.findall(r"验证码(\d{6})", " ".join(texts))[-1])


def put_register(folder: Path, text: str) -> None:
    (folder / "register.csv").write_text(text, "utf-8")
    config = folder / "caredial.toml"
    config.write_text(config.read_text() + '\n[people.verifier]\nkind = "file"\nfile = "register.csv"\n')


def test_a_person_is_found_by_phone_and_by_number_masked(caredial: Any, booked: Any) -> None:
    by_phone = caredial("people", "find", "--phone", LOCAL).stdout
    by_number = caredial("people", "find", "--identity", "-", input=f"{IDENTITY}\n").stdout
    for shown in (by_phone, by_number):
        assert ("周**" in shown, "+86154****0977*" in shown) == (True, True)
        assert not any(secret in shown for secret in (NAME, PHONE, IDENTITY, "08-14"))


def test_in_full_only_with_a_reason_which_is_kept(caredial: Any, booked: Any) -> None:
    words = ("people", "show", number_of(booked), "--by", "desk")
    assert NAME not in caredial(*words).stdout
    assert caredial(*words, "--reveal", " ").exit_code == 2
    shown = caredial(*words, "--reveal", "called by the ward").stdout
    assert all(word in shown for word in (NAME, IDENTITY, PHONE))
    audited = ask(booked, Audit.id, Audit.actor, Audit.action, Audit.detail)[-1]
    assert audited[1:] == ("staff:desk", "people.reveal", {"reason": "called by the ward"})


def test_for_programs(caredial: Any, booked: Any) -> None:
    row = json.loads(caredial("people", "find", "--phone", LOCAL, "--json").stdout)
    assert (row["name"], row["born"], row["verified"], len(row["visits"])) == ("周**", "1958", "", 1)
    assert row["phones"] == [{"phone": "+86154****0977", "self": True, "relation": "", "told": False, "wrong": False}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("find",), "say whom"),
        (("find", "--identity", IDENTITY[:-1]), "18 characters; this has 17"),
        (("find", "--phone", "abc"), "not a phone number"),
        (("show", "999999"), "there is no person"),
        (("correct", "999999", "--name", "王芳"), "there is no person"),
        (("verify",), "no register is set up"),
        (("recover", "--identity", NUMBER, "--to", NEW), "nobody has been registered"),
        (("confirm", NEW, "123456", "--yes"), "no code was sent to 15400000978; begin with: caredial people recover"),
    ],
)
def test_what_cannot_be_is_told_with_what_to_do(caredial: Any, booked: Any, words: Any, said: str) -> None:
    result = caredial("people", *words)
    assert result.exit_code in (1, 2)
    assert said in result.stderr


def test_people_are_added_and_removed(caredial: Any, booked: Any) -> None:
    words = ("people", "add", "--phone", LOCAL, "--identity", NUMBER, "--name")
    assert "--name: not a name" in caredial(*words, "1").stderr
    assert caredial(*words, "李明", "--by", "desk").exit_code == 0
    resident = number_of(booked)
    assert "does not book for" in caredial("people", "remove", resident, "--phone", NEW).stderr
    asked = caredial("people", "remove", resident, "--phone", LOCAL, input="n\n")
    assert f"{LOCAL} books for person {resident}, 李* no more, and is told nothing about them" in asked.stderr
    assert len(booked.store.run_now(persons.listed, phone=PHONE)) == 2
    assert caredial("people", "remove", resident, "--phone", LOCAL, "--yes").exit_code == 0
    (held,) = booked.store.run_now(persons.listed, phone=PHONE)
    blocked = caredial("people", "remove", str(held.id), "--phone", LOCAL, "--yes")
    assert (blocked.exit_code, "still has a visit to come" in blocked.stderr) == (1, True)


def test_recovery_end_to_end(caredial: Any, booked: Any) -> None:
    begun = caredial("people", "recover", "--identity", IDENTITY, "--to", NEW, "--by", "desk")
    assert begun.exit_code == 0, begun.output
    assert "it will move 周** from +86154****0977: caredial people confirm 15400000978 CODE" in begun.stdout
    assert "Another can be sent in" in caredial("people", "recover", "--identity", IDENTITY, "--to", NEW).stderr
    wrong = "000000" if code(booked) != "000000" else "111111"
    refused = caredial("people", "confirm", NEW, wrong, "--yes").stderr
    assert "4 tries are left. Let them read it out once more" in refused
    asked = caredial("people", "confirm", NEW, code(booked), input="n\n")
    assert asked.exit_code == 1
    assert "周** and all that is theirs move from +86154****0977 to 15400000978" in asked.stderr
    done = caredial("people", "confirm", NEW, code(booked), "--by", "desk", input="y\n")
    assert "moved from +86154****0977: 1 person, 1 visit with new T-codes" in done.stdout
    assert "0 people" in caredial("people", "find", "--phone", LOCAL).stdout
    assert "+86154****0978*" in caredial("people", "find", "--phone", NEW).stdout
    told = booked.store.run_now(lambda s: list(s.execute(select(Message.phone, Message.kind).order_by(Message.id))))
    assert [tuple(row) for row in told][-3:] == [
        ("+8615400000978", "visit.code_sms"),
        ("+8615400000978", "people.moved_here_sms"),
        (PHONE, "people.moved_away_sms"),
    ]


def test_recovery_for_programs(caredial: Any, booked: Any) -> None:
    caredial("people", "recover", "--identity", IDENTITY, "--to", NEW)
    done = json.loads(caredial("people", "confirm", NEW, code(booked), "--yes", "--json").stdout)
    assert done == {"from": "+86154****0977", "people": 1, "visits": 1, "waiting": 0, "accounts": 0}


def test_names_are_verified_now_corrected_and_book_again(caredial: Any, booked: Any) -> None:
    put_register(booked.folder, f"number,name\n{IDENTITY},周志刚\n")
    assert caredial("people", "verify").stdout == "0 confirmed, 1 refuted, 0 unknown\n"
    resident = number_of(booked)
    listed = caredial("people", "refuted").stdout
    assert (f"│ {resident}" in listed, "refuted" in listed) == (True, True)
    assert caredial("people", "correct", resident, "--name", "周志刚", "--phone", LOCAL).exit_code == 0
    assert "0 people" in caredial("people", "refuted").stdout
    assert ask(booked, RelatedPerson.id, RelatedPerson.name, RelatedPerson.is_told)[-1][1:] == ("周志刚", True)
    assert json.loads(caredial("people", "verify", "--all", "--json").stdout)["refuted"] == 0


def test_a_register_of_digests_is_made_and_believed(caredial: Any, booked: Any) -> None:
    (booked.folder / "county.csv").write_text(f"number,name\n{IDENTITY},{NAME}\n", "utf-8")
    put_register(booked.folder, "")
    made = caredial("people", "digests", "county.csv", "register.csv")
    assert made.exit_code == 0, made.output
    assert "register.csv: 1 people" in made.stdout
    assert IDENTITY not in (booked.folder / "register.csv").read_text()
    assert caredial("people", "verify", number_of(booked)).stdout == "1 confirmed, 0 refuted, 0 unknown\n"


def test_a_register_that_cannot_be_read_says_so_and_everybody_stays_due(caredial: Any, booked: Any) -> None:
    put_register(booked.folder, "a,b\n")
    assert "has neither the columns" in caredial("check").stdout
    failed = caredial("people", "verify")
    assert (failed.exit_code, "0 were asked, the others stay due" in failed.stderr) == (1, True)
    broken = caredial("people", "digests", "register.csv", "made.csv")
    assert (broken.exit_code, list(booked.folder.glob("made.csv*"))) == (1, [])


def test_the_job_asks_the_same_register(caredial: Any, booked: Any) -> None:
    put_register(booked.folder, f"number,name\n{IDENTITY},{NAME}\n")
    assert "1 names asked for" in caredial("jobs", "run", "verify-names").output
    assert ask(booked, Resident.id, Resident.verified)[-1][1] == "confirmed"


def test_help_teaches(caredial: Any) -> None:
    shown = caredial("people", "--help").stdout
    for command in ("find", "show", "add", "remove", "recover", "confirm", "refuted", "correct", "verify", "contact"):
        assert command in shown
        assert "Example" in caredial("people", command, "--help").stdout
