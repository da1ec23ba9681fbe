"""Booking a place, looking at it, giving it back: on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from clinic.errors import AlreadyBooked, NotCancellable, NotPossible, SessionClosed, SessionFull
from clinic.people import persons
from clinic.tables import Audit, Message, Resident, Subscriber, Visit, Voucher
from conf.texts.words import Money, Name
from tcode import number as tcode_number

PHONE = "+8615400000001"
OTHER_PHONE = "+8615400000002"
IDENTITY = "110101195808142424"
OTHER_IDENTITY = "360426199101010071"
MONDAY = dt.date(2027, 3, 8)


def test_the_first_visit_of_the_day(clinic: Any) -> None:
    visit = clinic.book()
    assert (visit.queue, visit.state, visit.name, visit.ahead) == (1, "booked", "王芳", 0)
    assert (visit.day, visit.half, visit.starts) == (MONDAY, "am", dt.time(8))
    assert visit.centre == Name("东苑中心", "Dongyuan Centre")
    assert visit.department == Name("全科", "General practice")
    assert visit.practitioner == Name("欧阳雨桐", "Dr Yutong Ouyang")
    assert visit.fee == Money(1250)
    assert tcode_number.parse(visit.number) == visit.number
    assert visit.link.startswith("http://127.0.0.1:8080/t/")
    assert clinic.places() == (1, 1)


def test_the_t_code_waits_in_the_outbox_with_the_visit(clinic: Any) -> None:
    visit = clinic.book()
    [(phone, sms)] = clinic.texts()
    assert phone == PHONE
    for words in ("东苑中心", "全科", "3月8日周一上午", "第1号", tcode_number.spell(visit.number), visit.link):
        assert words in sms
    assert clinic.rows(Message.state, Message.attempts, Message.due_at, Message.expires_at) == [
        ("queued", 0, clinic.moment, clinic.moment + dt.timedelta(hours=24))
    ]
    assert clinic.rows(Audit.actor, Audit.action, Audit.subject) == [
        ("subscriber:1", "visit.book", f"visit:{visit.id}")
    ]


def test_in_english_when_the_caller_speaks_english(clinic: Any) -> None:
    clinic.book(language="en")
    [(_, sms)] = clinic.texts()
    assert "Dongyuan Centre" in sms
    assert sms.isascii()


def test_whoever_fails_midway_leaves_nothing_behind(clinic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("the machine is on fire")

    with monkeypatch.context() as patch:
        patch.setattr("clinic.visits.seen.messages.tell", refuse)
        with pytest.raises(RuntimeError, match="on fire"):
            clinic.book()
    assert clinic.places() == (0, 0)
    for table in (Visit, Voucher, Message, Audit, Resident, Subscriber):
        assert clinic.rows(table.id) == []
    assert clinic.book().queue == 1


def test_the_same_occasion_gives_the_same_visit(clinic: Any) -> None:
    first = clinic.book(occasion="talk:7")
    again = clinic.book(occasion="talk:7")
    assert again == first
    assert clinic.places() == (1, 1)
    assert len(clinic.texts()) == 1


def test_the_same_occasion_of_another_phone_shows_nobodys_visit(clinic: Any) -> None:
    mine = clinic.book(occasion="talk:7")
    with pytest.raises(NotPossible):
        clinic.book(occasion="talk:7", phone=OTHER_PHONE, patient=clinic.person("李强", OTHER_IDENTITY))
    assert clinic.upcoming(OTHER_PHONE) == []
    assert clinic.upcoming() == [mine]


def test_numbers_follow_one_another_until_the_session_is_full(clinic: Any) -> None:
    visits = clinic.book_many(2, offered=3)
    assert [visit.queue for visit in visits] == [1, 2]
    assert [visit.ahead for visit in visits] == [0, 1]
    with pytest.raises(SessionFull) as refusal:
        clinic.book(3)
    assert refusal.value.tell == "visit.full"
    assert clinic.places(3) == (2, 2)
    assert clinic.rows(Resident.identity_digest) != []
    assert len(clinic.rows(Resident.id)) == 2  # the third was not even registered


@pytest.mark.parametrize("offered", [99, 0, -1])
def test_an_unknown_session_is_closed(clinic: Any, offered: int) -> None:
    with pytest.raises(SessionClosed):
        clinic.book(offered)


def test_a_session_can_be_booked_until_its_end_and_not_after(clinic: Any) -> None:
    clinic.moment = clinic.moment.replace(hour=11, minute=29)
    assert clinic.book(1).queue == 1
    clinic.wait(minutes=1)
    with pytest.raises(SessionClosed):
        clinic.book(1, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE)
    assert clinic.book(2, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE).half == "pm"


def test_a_stopped_session_is_closed(clinic: Any) -> None:
    clinic.change(1, state="stopped")
    with pytest.raises(SessionClosed):
        clinic.book(1)


def test_a_session_that_is_not_released_yet_is_closed(clinic: Any) -> None:
    clinic.change(1, release_at=clinic.moment + dt.timedelta(minutes=10))
    with pytest.raises(SessionClosed):
        clinic.book(1)
    clinic.wait(minutes=10)
    assert clinic.book(1).queue == 1


def test_the_same_person_has_one_visit_a_day_in_a_department(clinic: Any) -> None:
    clinic.book(1)
    with pytest.raises(AlreadyBooked):
        clinic.book(2)  # the afternoon of the same department
    assert clinic.places(2) == (0, 0)
    assert clinic.book(3).department == Name("中医", "Chinese medicine")
    assert clinic.book(4).day == MONDAY + dt.timedelta(days=1)


def test_another_phone_does_not_learn_that_the_person_is_known(clinic: Any) -> None:
    clinic.book(1)
    with pytest.raises(NotPossible) as refusal:
        clinic.book(2, phone=OTHER_PHONE)
    assert refusal.value.tell == "visit.not_possible"
    assert clinic.run(persons.listed, phone=OTHER_PHONE) == []


def test_a_new_person_is_registered_and_known_the_next_time(clinic: Any) -> None:
    clinic.book(1)
    clinic.book(1, clinic.person("李强", OTHER_IDENTITY))
    me, other = clinic.run(persons.listed, phone=PHONE)
    assert (me.name, me.is_self) == ("王芳", True)
    assert (other.name, other.is_self) == ("李强", False)
    assert clinic.book(4, other.id).name == "李强"
    assert len(clinic.rows(Resident.id)) == 2


def test_nobody_learns_the_name_on_record_by_an_identity_number(clinic: Any) -> None:
    clinic.book(1, clinic.person("王芳"))
    visit = clinic.book(4, clinic.person("冒名"), OTHER_PHONE)
    assert visit.name == "冒名"  # what this phone typed, not what is on record
    assert clinic.rows(Resident.name) == ["王芳"]
    assert [person.name for person in clinic.run(persons.listed, phone=OTHER_PHONE)] == ["冒名"]


def test_a_person_of_somebody_elses_cannot_be_booked_for(clinic: Any) -> None:
    clinic.book(1)
    [me] = clinic.run(persons.listed, phone=PHONE)
    with pytest.raises(NotPossible):
        clinic.book(4, me.id, OTHER_PHONE)
    with pytest.raises(NotPossible):
        clinic.book(4, 12345)


def test_identity_numbers_lie_sealed_in_the_database(clinic: Any, store: Any, tmp_path: Path) -> None:
    clinic.book()
    sealed, digest = clinic.rows(Resident.identity_sealed, Resident.identity_digest)[0]
    assert clinic.vault.unlock(sealed) == IDENTITY.encode()
    assert digest == clinic.vault.seal(IDENTITY).digest
    assert IDENTITY not in everything(store)


def everything(store: Any) -> str:
    """All that the database holds: SQLite's files as they are, PostgreSQL's rows as text."""
    url = make_url(str(store.engine.url))
    if url.database and url.drivername == "sqlite":
        files = Path(url.database).parent.glob(f"{Path(url.database).name}*")
        octets = b"".join(file.read_bytes() for file in files)
        assert "王芳".encode() in octets  # so we do look at the right files
        return octets.decode("latin-1")
    with store.engine.connect() as connection:
        names = connection.scalars(text("select tablename from pg_tables where schemaname = 'public'")).all()
        rows = [str(row) for name in names for row in connection.execute(text(f'select t::text from "{name}" t'))]
    assert any("王芳" in row for row in rows)
    return "\n".join(rows)


def test_cancelling_frees_the_place_but_not_the_number(clinic: Any) -> None:
    first, _ = clinic.book_many(2, offered=3)
    cancelled = clinic.cancel(first.id, "+8615400010000")
    assert cancelled.state == "cancelled"
    assert clinic.places(3) == (1, 2)
    assert clinic.rows(Voucher.state) == ["cancelled", "issued"]
    third = clinic.book(3)
    assert (third.queue, third.ahead) == (3, 1)
    assert clinic.places(3) == (2, 3)
    assert clinic.upcoming("+8615400010001")[0].ahead == 0
    assert clinic.rows(Audit.action) == ["visit.book", "visit.book", "visit.cancel", "visit.book"]


def test_a_cancellation_is_told_once_in_the_language_of_who_cancels(clinic: Any) -> None:
    visit = clinic.book()
    clinic.cancel(visit.id, language="en")
    with pytest.raises(NotCancellable):
        clinic.cancel(visit.id)
    [_, (phone, sms)] = clinic.texts()
    assert phone == PHONE
    assert "cancel" in sms.lower()
    assert clinic.places() == (0, 1)


def test_after_cancelling_the_day_is_free_again(clinic: Any) -> None:
    clinic.cancel(clinic.book(1).id)
    assert clinic.upcoming() == []
    assert clinic.book(1).queue == 2


def test_only_the_phone_that_booked_can_cancel(clinic: Any) -> None:
    visit = clinic.book()
    for phone in (OTHER_PHONE, ""):
        with pytest.raises(NotCancellable):
            clinic.cancel(visit.id, phone)
    assert clinic.places() == (1, 1)


def test_a_visit_can_be_cancelled_until_the_session_ends(clinic: Any) -> None:
    morning = clinic.book(1)
    clinic.moment = clinic.moment.replace(hour=11, minute=30)
    with pytest.raises(NotCancellable):
        clinic.cancel(morning.id)
    assert clinic.rows(Voucher.state) == ["issued"]


def test_the_code_is_sent_again_once_for_each_time_it_is_asked_for(clinic: Any) -> None:
    visit = clinic.book()
    clinic.send_code(visit.id, occasion="talk:1")
    clinic.send_code(visit.id, occasion="talk:1")
    clinic.send_code(visit.id, occasion="talk:2", language="en")
    texts = [sms for _, sms in clinic.texts()]
    assert len(texts) == 3
    assert texts[0] == texts[1]
    assert tcode_number.spell(visit.number) in texts[2]


def test_no_code_for_another_phone_nor_for_a_cancelled_visit(clinic: Any) -> None:
    visit = clinic.book()
    with pytest.raises(NotPossible):
        clinic.send_code(visit.id, OTHER_PHONE)
    clinic.cancel(visit.id)
    with pytest.raises(NotPossible):
        clinic.send_code(visit.id)
    assert [sms for _, sms in clinic.texts() if visit.link in sms] == [clinic.texts()[0][1]]


def test_upcoming_shows_ones_own_visits_that_still_stand_the_next_first(clinic: Any) -> None:
    tomorrow = clinic.book(4)
    today = clinic.book(2)
    clinic.book(1, clinic.person("李强", OTHER_IDENTITY), OTHER_PHONE)
    assert [visit.id for visit in clinic.upcoming()] == [today.id, tomorrow.id]
    clinic.wait(days=1)
    assert [visit.id for visit in clinic.upcoming()] == [tomorrow.id]
    clinic.wait(days=1)
    assert clinic.upcoming() == []


def test_a_morning_comes_before_an_afternoon_booked_earlier(clinic: Any) -> None:
    afternoon = clinic.book(2)
    morning = clinic.book(3)  # another department
    assert [visit.id for visit in clinic.upcoming()] == [morning.id, afternoon.id]


def test_ahead_counts_who_still_stands(clinic: Any) -> None:
    visits = clinic.book_many(4)
    clinic.cancel(visits[1].id, "+8615400010001")
    assert [clinic.upcoming(f"+861540001{n:04d}")[0].ahead for n in (0, 2, 3)] == [0, 1, 2]
