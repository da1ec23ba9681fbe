"""Home visits: noted once, told to the centre and to the subscriber, closed by staff."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from clinic import home_visits, residents, subscribers
from clinic.errors import AlreadyRequested, NotPossible
from clinic.installation import Installation
from clinic.tables import Audit, Centre, HomeVisit, Message, Subscriber

OTHER_IDENTITY = "360426199101010071"
PHONE, OTHER, DUTY = "+8615400000001", "+8615400000002", "+8615499990001"
HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")


@pytest.fixture
def ask(clinic: Any) -> Any:
    clinic.run(lambda s: s.execute(update(Centre).where(Centre.id == 1).values(duty_phone=DUTY)) and None)

    def ask(occasion: str = "test", **more: Any) -> Any:
        given = {"patient": clinic.person(), "centre": 1, "phone": PHONE, "language": "en", **more}
        return clinic.run(home_visits.request, occasion=occasion, installation=HOUSE, now=clinic.moment, **given)

    return ask


def test_a_request_is_noted_and_told_to_both(clinic: Any, ask: Any) -> None:
    view = ask()
    assert (view.id, view.name, view.centre.en, view.state) == (1, "王芳", "Dongyuan Centre", "active")
    assert clinic.texts() == [
        (DUTY, "上门服务请求：王芳，电话+8615400000001。地址未登记，请回电询问。"),
        (
            PHONE,
            "Dongyuan Centre has noted a home visit for 王芳. Staff will call this number about time and address. "
            "In an emergency call 120.",
        ),
    ]
    assert set(clinic.rows(Message.message_class)) == {"answer"}
    assert clinic.rows(Audit.actor, Audit.action, Audit.subject) == [
        ("subscriber:1", "home_visit.request", "home_visit:1")
    ]
    assert clinic.rows(Subscriber.last_centre_id) == [1]


def test_repeated_with_the_same_occasion_it_is_the_same(clinic: Any, ask: Any) -> None:
    assert ask() == ask()
    assert len(clinic.texts()) == 2


def test_a_centre_without_a_duty_phone_has_it_in_its_list(clinic: Any, ask: Any) -> None:
    ask(centre=2)
    assert [phone for phone, _ in clinic.texts()] == [PHONE]
    assert [row.centre.zh for row in clinic.run(home_visits.listed, centre="NH")] == ["南河中心"]


def test_one_active_request_for_a_person(clinic: Any, ask: Any) -> None:
    ask()
    with pytest.raises(AlreadyRequested):
        ask("again")
    assert clinic.run(home_visits.close, request=1, done=True, now=clinic.moment)
    assert ask("again").id == 2


def test_another_phone_does_not_learn_that_somebody_has_asked(clinic: Any, ask: Any) -> None:
    ask(phone=OTHER)
    new = [ask("first", patient=clinic.person("李强", OTHER_IDENTITY)), clinic.texts()[-1]]
    second = [ask("second", centre=2), clinic.texts()[-1]]
    shown = [(view.name, view.phone, view.state, phone, text.replace("Nanhe", "Dongyuan").replace("王芳", "李强"))
             for view, (phone, text) in (new, second)]  # fmt: skip
    assert shown[1] == ("王芳", *shown[0][1:])
    with pytest.raises(AlreadyRequested):  # as of one that was noted
        ask("third")
    assert clinic.rows(HomeVisit.phone) == [OTHER, PHONE]
    assert [phone for phone, _ in clinic.texts()].count(DUTY) == 2


def test_for_nobody_elses_person_and_from_no_centre_that_is_not(clinic: Any, ask: Any) -> None:
    for wrong in ({"patient": 77}, {"centre": 77}):
        with pytest.raises(NotPossible):
            ask(**wrong)
    assert clinic.rows(HomeVisit.id) == []


def test_for_somebody_who_is_known(clinic: Any, ask: Any) -> None:
    ask()
    clinic.run(home_visits.close, request=1, done=False, now=clinic.moment)
    assert ask("again", patient=1).name == "王芳"


def test_closing_tells_what_became_of_it(clinic: Any, ask: Any) -> None:
    ask()
    clinic.wait(hours=3)
    assert clinic.run(home_visits.close, request=1, done=False, now=clinic.moment)
    assert not clinic.run(home_visits.close, request=1, done=True, now=clinic.moment)
    assert not clinic.run(home_visits.close, request=9, done=True, now=clinic.moment)
    (row,) = clinic.run(home_visits.listed, state="revoked")
    assert (row.state, row.closed_at) == ("revoked", clinic.moment)
    assert clinic.rows(Audit.actor, Audit.action)[1:] == [("staff", "home_visit.revoked")]


def test_the_list_is_masked_unless_one_must_call_back(clinic: Any, ask: Any) -> None:
    ask()
    clinic.wait(hours=1)
    ask("other", patient=clinic.person("李强", "360426199101010071"), phone=OTHER, centre=2)
    rows = clinic.run(home_visits.listed)
    assert [(row.name, row.phone) for row in rows] == [("王*", "+86154****0001"), ("李*", "+86154****0002")]
    assert [row.phone for row in clinic.run(home_visits.listed, shown=True, most=1)] == [PHONE]
    assert [row.id for row in clinic.run(home_visits.listed, centre="NH")] == [2]
    assert clinic.run(home_visits.listed, state="completed") == []
    assert len(clinic.run(home_visits.listed, state=None)) == 2


def test_a_name_that_was_spoken_is_completed_here_too(clinic: Any, ask: Any) -> None:
    spoken = residents.NewPerson("尾号2424", clinic.person().identity, "0" * 32)
    assert ask(patient=spoken).name == "尾号2424"
    clinic.run(residents.complete, resident=1, name="王芳", phone=PHONE, now=clinic.moment)
    assert clinic.rows(HomeVisit.name) == ["王芳"]
    assert clinic.run(subscribers.language, phone=PHONE) is None


def test_staff_see_the_name_on_record_where_a_phone_only_spoke_it(clinic: Any, ask: Any) -> None:
    spoken = residents.NewPerson("尾号2424", clinic.person().identity, "0" * 32)
    clinic.book(patient=spoken, phone=OTHER)
    ask(patient=spoken)
    clinic.run(residents.complete, resident=1, name="王芳", phone=OTHER, now=clinic.moment)
    assert clinic.rows(HomeVisit.name) == ["尾号2424"]
    assert [row.name for row in clinic.run(home_visits.listed, shown=True)] == ["王芳"]
    assert [row.name for row in clinic.run(home_visits.listed)] == ["王*"]
