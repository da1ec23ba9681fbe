"""Draws: who may enter, that nobody could have bent them, and that the winners have their places whatever happens."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from clinic.errors import AlreadyBooked, Blocked, MustBePaid, NotPossible, SessionClosed, SessionFull, TooManyVisits
from clinic.rules import Provider
from clinic.sessions import experts, lottery, waiting, wanted
from clinic.sessions.lottery.algorithm import commitment, digest, ranked, score
from clinic.sessions.lottery.entries import AlreadyEntered, DrawClosed
from clinic.sessions.lottery.shown import faults, read, shown
from clinic.tables import (
    Block,
    Centre,
    ClinicSession,
    Draw,
    DrawEntry,
    PlaceOffer,
    SessionShare,
    Visit,
    WaitEntry,
)
from conf.texts.words import Money
from tests.clinic.conftest import HOUSE, NOW, clinic_session, nth_identity
from tests.clinic.sessions.numbered_people import NumberedPeople, phone
from tests.clinic.visit_notices.conftest import at_once

RECOMPUTE = Path(__file__).with_name("recompute.py")
PAGE = Path(__file__).parents[3] / "docs" / "lottery.md"
DRAWN = 7
"""An expert session of general practice in a week, with three places, drawn tomorrow at noon."""
DRAW_AT = NOW.replace(day=9, hour=12, minute=0)


@dataclass
class Drawing(NumberedPeople):
    """They enter the draw of one session."""

    topic = "lottery"

    def enter(self, n: int, **more: Any) -> Any:
        words = {"patient": self.person(n), "phone": phone(n), "language": "zh", "occasion": self.occasion("enter")}
        return self.act(lottery.enter, **{"offered": DRAWN, "channel": "ussd", **words, **more})

    def leave(self, n: int) -> None:
        entries = dict(self.clinic.rows(DrawEntry.phone, DrawEntry.id))
        self.clinic.run(lottery.leave, entry=entries[phone(n)], phone=phone(n), now=self.clinic.moment)

    def step(self, times: int = 1) -> bool:
        """So many steps of the job; whether there may be more."""
        more = True
        for _ in range(times):
            more = self.act(lottery.scan, vault=self.clinic.vault).more
        return more

    def draw(self) -> None:
        self.clinic.moment = max(self.clinic.moment, DRAW_AT)
        for _ in range(500):
            if not self.step():
                return
        raise AssertionError("the draw does not come to its end")

    def outcomes(self) -> dict[int, str]:
        """By the person's number."""
        return {int(to[-4:]): state for to, state in self.clinic.rows(DrawEntry.phone, DrawEntry.state)}

    def by_rank(self) -> list[int]:
        """The people, first drawn first."""
        rows = [(rank, int(to[-4:])) for to, rank in self.clinic.rows(DrawEntry.phone, DrawEntry.rank) if rank]
        return [who for _, who in sorted(rows)]

    def published(self) -> Any:
        return self.clinic.run(lottery.document, offered=DRAWN, now=self.clinic.moment)

    def session(self) -> tuple[str, int, int]:
        columns = ClinicSession.state, ClinicSession.taken, ClinicSession.last_number
        row = self.clinic.run(lambda s: s.execute(select(*columns).where(ClinicSession.id == DRAWN)).one())
        return row[0], row[1], row[2]


@pytest.fixture
def drawing(clinic: Any) -> Drawing:
    def make(session: Any) -> None:
        row = clinic_session(1, dt.date(2027, 3, 15), "am", practitioner=1, capacity=3)
        row.kind, row.state, row.draw_at = "expert", "draw", DRAW_AT
        session.add(row)
        session.flush()
        lottery.commit(session, row, clinic.vault, NOW)

    clinic.run(make)
    made = Drawing(clinic)
    made.at(8, 9)
    return made


# Commit.


def test_the_commitment_is_published_and_the_seed_is_sealed_until_the_draw(drawing: Any) -> None:
    (row,) = drawing.clinic.rows(Draw.commitment, Draw.seed)
    seed = drawing.clinic.vault.unlock(row[1])
    assert (len(seed), hashlib.sha256(seed).hexdigest()) == (32, row[0])
    assert seed not in row[1]
    published = drawing.published()
    assert (published["commitment"], published["seed"], published["entries_digest"]) == (row[0], None, None)
    assert published["state"] == "open"


def test_a_session_has_one_draw_however_often_it_is_made(drawing: Any) -> None:
    def again(session: Any) -> str:
        return lottery.commit(session, session.get(ClinicSession, DRAWN), drawing.clinic.vault, NOW).commitment

    assert [drawing.clinic.run(again)] == drawing.clinic.rows(Draw.commitment)


def test_a_session_that_was_drawn_and_is_switched_on_again_is_open(drawing: Any) -> None:
    drawing.draw()
    staff = {"offered": DRAWN, "by": "wang", "now": drawing.clinic.moment}
    drawing.clinic.run(experts.close_one, **staff)
    assert drawing.clinic.run(experts.open_one, vault=drawing.clinic.vault, **staff) == "open"
    assert drawing.session()[0] == "open"


# Entering and leaving.


def test_a_ticket_is_told_with_where_it_can_be_checked(drawing: Any) -> None:
    entry = drawing.enter(0)
    assert (entry.ticket, entry.draw_at) == (1, DRAW_AT)
    assert drawing.clinic.texts() == [
        (
            phone(0),
            "摇号登记：王*，签号1，3月15日周一上午08:00，东苑中心全科。3月9日周二12:00摇号，"
            "可核对：http://127.0.0.1:8080/draw/7",
        )
    ]


def test_the_same_act_twice_is_one_ticket(drawing: Any) -> None:
    assert drawing.enter(0, occasion="once").ticket == drawing.enter(0, occasion="once").ticket == 1
    assert drawing.enter(1).ticket == 2


def test_one_ticket_for_each_person_however_many_phones(drawing: Any) -> None:
    drawing.enter(0)
    with pytest.raises(AlreadyEntered):
        drawing.enter(0)
    with pytest.raises(NotPossible):
        drawing.enter(0, phone=phone(5))
    assert len(drawing.published()["tickets"]) == 1


def test_who_leaves_is_in_it_no_more_and_who_comes_back_has_another_ticket(drawing: Any) -> None:
    drawing.enter(0)
    drawing.enter(1)
    drawing.leave(0)
    assert [each["ticket"] for each in drawing.published()["tickets"]] == [2]
    assert drawing.enter(0).ticket == 3
    drawing.leave(1)
    assert [each["ticket"] for each in drawing.published()["tickets"]] == [3]


def test_limits_blocks_and_other_visits_keep_out(drawing: Any) -> None:
    drawing.change(person=1)
    drawing.clinic.book(2, drawing.person(0), phone(0))
    with pytest.raises(TooManyVisits):
        drawing.enter(0)
    drawing.change(person=6)
    until = drawing.clinic.moment + dt.timedelta(days=90)
    drawing.clinic.run(
        lambda s: s.add(
            Block(occasion="b", phone=phone(1), reason="staff", since=drawing.clinic.moment, until=until, by="staff")
        )
    )
    with pytest.raises(Blocked):
        drawing.enter(1)
    drawing.clinic.run(lambda s: s.add(clinic_session(1, dt.date(2027, 3, 15), "pm")))
    drawing.clinic.book(8, drawing.person(2), phone(2))
    with pytest.raises(AlreadyBooked):
        drawing.enter(2)


@pytest.mark.parametrize("change", [{"state": "open"}, {"draw_at": NOW}, {"release_at": DRAW_AT}, {"state": "stopped"}])
def test_nobody_enters_before_it_opens_or_after_it_is_drawn(drawing: Any, change: Any) -> None:
    drawing.clinic.change(DRAWN, **change)
    with pytest.raises(DrawClosed):
        drawing.enter(0)


def test_nobody_books_a_session_that_is_drawn(drawing: Any) -> None:
    with pytest.raises(SessionClosed):
        drawing.clinic.book(DRAWN)


def test_draws_are_listed_apart_from_what_can_be_booked(drawing: Any) -> None:
    drawing.enter(0)
    (found,) = drawing.clinic.run(wanted.draws, department=1, now=drawing.clinic.moment)
    assert (found.id, found.places, found.tickets, found.draw_at) == (DRAWN, 3, 1, DRAW_AT)
    assert drawing.clinic.run(wanted.draws, department=1, now=DRAW_AT) == []
    drawing.clinic.run(lambda s: s.execute(update(Centre).values(currency="ZMW")) and None)
    (found,) = drawing.clinic.run(wanted.draws, department=1, now=drawing.clinic.moment)
    assert found.fee == Money(1250, "ZMW")


# The draw.


def test_the_first_have_the_places_and_all_are_told(drawing: Any) -> None:
    for n in range(5):
        drawing.enter(n)
    drawing.told()
    drawing.draw()
    first, rest = drawing.by_rank()[:3], drawing.by_rank()[3:]
    assert {drawing.outcomes()[n] for n in first} == {"won"}
    assert {drawing.outcomes()[n] for n in rest} == {"lost"}
    assert drawing.told() == [*((n, "won_sms") for n in first), *((n, "lost_sms") for n in rest)]
    booked = [int(to[-4:]) for to, state in drawing.clinic.rows(Visit.phone, Visit.state) if state == "booked"]
    assert booked == first  # numbers in the order of the draw
    assert drawing.session() == ("open", 3, 3)
    assert drawing.published()["state"] == "drawn"
    drawing.is_sound()


def test_before_its_time_nothing_happens(drawing: Any) -> None:
    drawing.enter(0)
    drawing.clinic.moment = DRAW_AT - dt.timedelta(seconds=1)
    assert drawing.step() is False
    assert drawing.outcomes() == {0: "entered"}


def test_what_is_left_can_be_booked_by_anybody(drawing: Any) -> None:
    drawing.enter(0)
    drawing.draw()
    assert drawing.session() == ("open", 1, 1)
    drawing.clinic.book(DRAWN, drawing.person(50), phone(50))
    drawing.is_sound()


def test_a_draw_without_anybody_opens_the_session(drawing: Any) -> None:
    drawing.draw()
    assert drawing.session() == ("open", 0, 0)
    assert faults(drawing.published()) == []


def test_nobody_grabs_a_winner_s_place_between_the_draw_and_the_booking(drawing: Any) -> None:
    for n in range(3):
        drawing.enter(n)
    drawing.clinic.moment = DRAW_AT
    drawing.step()
    assert drawing.session() == ("open", 3, 0)
    with pytest.raises(SessionFull):
        drawing.clinic.book(DRAWN, drawing.person(50), phone(50))
    drawing.is_sound()
    drawing.draw()
    assert set(drawing.outcomes().values()) == {"won"}


def test_a_daemon_that_dies_at_any_step_goes_on_where_it_was(drawing: Any) -> None:
    """Each step is a transaction: after each the books are sound, and going on ends as ever."""
    for n in range(5):
        drawing.enter(n, waits=n % 2 == 0)
    drawing.clinic.moment = DRAW_AT
    while drawing.step():
        drawing.is_sound()
        drawing.clinic.moment += dt.timedelta(minutes=7)
    assert Counter(drawing.outcomes().values()) == {"won": 3, "lost": 2}
    assert drawing.clinic.rows(PlaceOffer.state) == ["taken"] * 3
    assert drawing.step() is False


def test_two_daemons_at_once_draw_once(drawing: Any, store: Any) -> None:
    for n in range(6):
        drawing.enter(n)
    drawing.clinic.moment = DRAW_AT
    drawing.told()
    got = at_once(4, lambda _: drawing.step(times=6))
    assert not [each for each in got if isinstance(each, Exception)]
    drawing.draw()
    assert Counter(drawing.outcomes().values()) == {"won": 3, "lost": 3}
    assert len(drawing.told()) == 6
    drawing.is_sound()


def test_a_winner_who_cannot_have_it_leaves_it_to_the_next(drawing: Any) -> None:
    for n in range(5):
        drawing.enter(n)
    drawing.clinic.moment = DRAW_AT
    drawing.step()
    order = drawing.by_rank()
    until = DRAW_AT + dt.timedelta(days=90)
    drawing.clinic.run(
        lambda s: s.add(
            Block(occasion="b", phone=phone(order[1]), reason="staff", since=DRAW_AT, until=until, by="staff")
        )
    )
    drawing.told()
    drawing.draw()
    assert [drawing.outcomes()[n] for n in order] == ["won", "passed", "won", "won", "lost"]
    assert (order[1], "passed_sms") in drawing.told()
    drawing.is_sound()


def test_places_that_nobody_could_have_are_free_again(drawing: Any) -> None:
    drawing.enter(0)
    drawing.clinic.moment = DRAW_AT
    drawing.step()
    until = DRAW_AT + dt.timedelta(days=90)
    drawing.clinic.run(
        lambda s: s.add(Block(occasion="b", phone=phone(0), reason="staff", since=DRAW_AT, until=until, by="staff"))
    )
    drawing.draw()
    assert drawing.session() == ("open", 0, 0)
    drawing.is_sound()


def test_losers_who_said_so_wait_and_have_the_place_that_comes_back(drawing: Any) -> None:
    for n in range(5):
        drawing.enter(n, waits=True)
    drawing.told()
    drawing.draw()
    order = drawing.by_rank()
    assert drawing.told()[3:] == [(order[3], "lost_waits_sms"), (order[4], "lost_waits_sms")]
    assert drawing.clinic.rows(WaitEntry.phone, WaitEntry.clinic_session_id) == [
        (phone(order[3]), DRAWN),
        (phone(order[4]), DRAWN),
    ]
    (visit,) = [n for n, to in drawing.clinic.rows(Visit.id, Visit.phone) if to == phone(order[0])]
    drawing.clinic.cancel(visit, phone(order[0]))
    words = {"rules": drawing.rules, "installation": HOUSE, "now": drawing.clinic.moment}
    assert drawing.clinic.run(waiting.scan, **words).count == 2
    view = drawing.clinic.run(
        lambda s: waiting.accept(s, 4, entry=1, phone=phone(order[3]), language="zh", channel="sms", **words)
    )
    assert view.state == "booked"
    drawing.is_sound()


def test_where_payment_is_demanded_a_winner_has_hours_to_pay(drawing: Any) -> None:
    drawing.clinic.run(lambda s: s.execute(update(Centre).values(payment="required")) and None)
    drawing.rules = replace(drawing.rules, providers=(Provider("purse"),))
    drawing.enter(0)
    drawing.draw()
    (row,) = drawing.clinic.rows(Visit.state, Visit.pays, Visit.hold_until)
    assert row == ("pending", "mobile", DRAW_AT + dt.timedelta(hours=12))
    assert drawing.clinic.texts()[-1][1] == (
        "中签：王*，签号1，3月15日周一上午08:00，东苑中心全科，第1号。请于3月10日周三00:00前支付12.50元，过期作废。"
    )
    drawing.is_sound()


def test_who_cannot_pay_by_telephone_is_told_before_they_enter(drawing: Any) -> None:
    drawing.clinic.run(lambda s: s.execute(update(Centre).values(payment="required")) and None)
    with pytest.raises(MustBePaid):
        drawing.enter(0, channel="voice")
    drawing.enter(1)
    drawing.draw()
    assert drawing.outcomes() == {1: "passed"}  # their account does not hold as much
    assert drawing.session()[:2] == ("open", 0)
    drawing.is_sound()


def test_a_stopped_session_s_draw_is_off_and_told(drawing: Any) -> None:
    drawing.enter(0)
    drawing.clinic.change(DRAWN, state="stopped")
    drawing.told()
    drawing.step(times=2)
    assert (drawing.outcomes(), drawing.told()) == ({0: "lost"}, [(0, "off_sms")])
    assert drawing.published()["state"] == "off"
    assert drawing.published()["seed"] is None


def test_a_session_that_is_stopped_while_its_winners_book(drawing: Any) -> None:
    for n in range(5):
        drawing.enter(n)
    drawing.clinic.moment = DRAW_AT
    drawing.step(times=2)
    drawing.clinic.change(DRAWN, state="stopped")
    drawing.draw()
    assert Counter(drawing.outcomes().values()) == {"won": 1, "lost": 4}
    assert drawing.told()[-4:] == [(n, "off_sms") for n in range(5) if drawing.outcomes()[n] == "lost"]
    assert drawing.clinic.rows(PlaceOffer.state) == ["taken", "released", "released"]


def test_a_draw_that_comes_after_its_session_gives_no_places(drawing: Any) -> None:
    drawing.enter(0)
    drawing.at(15, 12)
    drawing.draw()
    assert drawing.outcomes() == {0: "lost"}
    assert drawing.session()[1] == 0


def test_a_draw_of_a_closed_session_is_off_once_that_is_over(drawing: Any) -> None:
    drawing.enter(0)
    drawing.clinic.change(DRAWN, state="closed")
    drawing.told()
    drawing.at(15, 11, 29)  # until then it may be opened again
    assert not drawing.step()
    drawing.at(15, 11, 30)
    assert drawing.step(times=2) is False
    assert (drawing.outcomes(), drawing.published()["state"]) == ({0: "lost"}, "off")


def another(drawing: Any, offered: int = 4) -> None:
    """A session of tomorrow that is drawn at the same time, after the first; person 1 has entered it."""

    def make(session: Any) -> None:
        row = session.get_one(ClinicSession, offered)
        row.kind, row.state, row.draw_at = "expert", "draw", DRAW_AT
        row.day = dt.date(2027, 3, 16)
        session.flush()
        lottery.commit(session, row, drawing.clinic.vault, NOW)

    drawing.clinic.run(make)
    drawing.enter(1, offered=offered)


def test_a_draw_whose_session_cannot_be_booked_lets_later_draws_have_their_turn(drawing: Any) -> None:
    another(drawing)
    drawing.enter(0)
    drawing.clinic.moment = DRAW_AT
    drawing.step()  # the places of the first are held
    drawing.clinic.change(DRAWN, release_at=DRAW_AT + dt.timedelta(days=1))
    drawing.draw()
    assert drawing.outcomes() == {0: "entered", 1: "won"}
    assert drawing.step() is False
    drawing.clinic.moment = DRAW_AT + dt.timedelta(days=1)
    drawing.draw()
    assert drawing.outcomes() == {0: "won", 1: "won"}
    drawing.is_sound()


def test_an_error_of_one_draw_holds_up_no_other_and_is_raised(drawing: Any) -> None:
    another(drawing)
    drawing.enter(0)
    seeds = drawing.clinic.rows(Draw.seed)
    spoil = update(Draw).where(Draw.clinic_session_id == DRAWN).values(seed=b"no seal")
    drawing.clinic.run(lambda session: session.execute(spoil) and None)
    with pytest.raises(ValueError, match="locked with another key, or damaged"):
        drawing.draw()
    assert drawing.outcomes() == {0: "entered", 1: "won"}
    mend = update(Draw).where(Draw.clinic_session_id == DRAWN).values(seed=seeds[0])
    drawing.clinic.run(lambda session: session.execute(mend) and None)
    drawing.draw()
    assert drawing.outcomes() == {0: "won", 1: "won"}
    drawing.is_sound()


def test_a_shared_out_session_draws_in_the_pools_of_each_channel(drawing: Any) -> None:
    """One place at the counter, one for all channels, one for USSD alone."""

    def share(session: Any) -> None:
        session.get(ClinicSession, DRAWN).shares = {"onsite": 1, "booked": 1, "ussd": 1}
        for pool in ("onsite", "booked", "ussd"):
            session.add(SessionShare(clinic_session_id=DRAWN, pool=pool, places=1, taken=0))

    drawing.clinic.run(share)
    for n in range(2):
        drawing.enter(n, channel="ussd")
    for n in range(2, 4):
        drawing.enter(n, channel="sms")
    drawing.draw()
    won = [n for n, state in drawing.outcomes().items() if state == "won"]
    assert len(won) == 2
    assert any(n < 2 for n in won)  # only USSD may have USSD's own
    assert drawing.clinic.rows(SessionShare.pool, SessionShare.taken) == [("onsite", 0), ("booked", 1), ("ussd", 1)]
    assert drawing.session()[1] == 2
    drawing.is_sound()


def test_entering_and_leaving_while_it_is_drawn(drawing: Any, store: Any) -> None:
    """Whoever comes in time is in the digest and has a rank, whoever comes too late is told so."""
    for n in range(4):
        drawing.enter(n)
    drawing.clinic.moment = DRAW_AT - dt.timedelta(seconds=1)

    def act(n: int) -> Any:
        if n == 0:
            return drawing.clinic.run(
                lottery.scan, rules=drawing.rules, installation=HOUSE, vault=drawing.clinic.vault, now=DRAW_AT
            )
        return drawing.leave(n) if n < 4 else drawing.enter(n, occasion=f"at once:{n}")

    got = at_once(8, act)
    assert not [each for each in got if isinstance(each, Exception) and not isinstance(each, DrawClosed)]
    drawing.draw()
    published = drawing.published()
    assert faults(published) == []
    assert all(each["rank"] for each in published["tickets"])
    drawing.is_sound()


# Reveal: anybody can recompute it.


@pytest.fixture
def drawn(drawing: Any) -> Any:
    for n in range(12):
        drawing.enter(n)
    drawing.leave(4)
    drawing.draw()
    return drawing


def recompute(folder: Path, document: Any) -> subprocess.CompletedProcess[str]:
    path = folder / "draw.json"
    path.write_text(json.dumps(document))
    return subprocess.run([sys.executable, "-I", RECOMPUTE, path], capture_output=True, text=True, check=False)


def test_a_stranger_recomputes_it_from_what_is_published(drawn: Any, tmp_path: Path) -> None:
    done = recompute(tmp_path, drawn.published())
    assert (done.returncode, done.stdout) == (0, "all right: 11 tickets\n")
    assert faults(read(json.dumps(drawn.published()))) == []


@pytest.mark.parametrize(
    ("bend", "told"),
    [
        (lambda d: d.update(seed="00" * 32), "not the one that was committed to"),
        (lambda d: d["tickets"].pop(), "not those that were in the draw"),
        (lambda d: d["tickets"].append({"ticket": 99, "rank": 12, "outcome": "won"}), "not those that were in"),
        (
            lambda d: (d["tickets"][0].update(rank=2), d["tickets"][1].update(rank=1)),
            r"ticket \d+ has rank 2, and should have 1",
        ),
    ],
)
def test_whoever_bends_it_is_found_out(drawn: Any, tmp_path: Path, bend: Any, told: str) -> None:
    document = drawn.published()
    bend(document)
    with pytest.raises(AssertionError, match=told):
        assert not faults(document), "; ".join(faults(document))
    assert recompute(tmp_path, document).returncode == 1


def test_what_is_published_names_nobody(drawn: Any) -> None:
    written = json.dumps(drawn.published(), ensure_ascii=False)
    assert not any(word in written for word in ("王", "+86", "154000", nth_identity(0)))
    view = drawn.clinic.run(shown, offered=DRAWN, now=drawn.clinic.moment)
    assert (view.state, len(view.tickets), view.tickets[0].rank) == ("drawn", 11, 1)


def test_before_the_draw_there_is_nothing_to_verify(drawing: Any) -> None:
    assert faults(drawing.published()) == ["it is not drawn yet: there is no seed"]
    assert drawing.clinic.run(lottery.document, offered=1, now=drawing.clinic.moment) is None


@pytest.mark.parametrize("written", ["", "[]", "{}", '{"scheme": "caredial-draw-1"}', '{"scheme": "other"}'])
def test_what_is_no_draw_is_told(written: str) -> None:
    with pytest.raises(ValueError, match=r"no draw|Expecting value"):
        read(written)


def test_the_known_answer_of_the_page() -> None:
    """The page's figures were computed with sha256sum and openssl."""
    page = PAGE.read_text(encoding="utf-8")
    seed, tickets = bytes(range(32)), (1, 2, 3, 5)
    assert f"| commitment | `{commitment(seed)}` |" in page
    assert f"| digest | `{digest(tickets)}` |" in page
    for ticket in tickets:
        assert f"| score of {ticket} | `{score(seed, ticket).hex()}` |" in page
    assert commitment(seed) == "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
    assert score(seed, 3).hex().startswith("1660ab3daf39adaef26ff12827cb2434")
    assert ranked(seed, tickets) == [3, 1, 2, 5]


def test_the_page_has_the_very_script_that_the_test_runs() -> None:
    script = RECOMPUTE.read_text(encoding="utf-8").partition('"""\n\n')[2].replace("  # noqa: T201", "")
    assert f"```python\n{script}```" in PAGE.read_text(encoding="utf-8")
    assert len(script.splitlines()) <= 15


@given(st.binary(min_size=32, max_size=32), st.sets(st.integers(1, 10_000), max_size=60))
def test_each_ticket_has_one_rank_and_the_order_of_asking_does_not_matter(seed: bytes, tickets: set[int]) -> None:
    order = ranked(seed, tickets)
    assert sorted(order) == sorted(tickets)
    assert ranked(seed, sorted(tickets, reverse=True)) == order


def test_each_ticket_is_as_likely_at_each_rank() -> None:
    """Chi-square over 20 000 seeds: a table of 12 tickets by 12 ranks (121 degrees of freedom), and the pairs of the
    first two. The bounds are the 99.99 % quantiles; the seeds are fixed, so this fails always or never."""
    random, people, seeds = Random(20260101), 12, 20_000
    at: Counter[tuple[int, int]] = Counter()
    firsts: Counter[tuple[int, int]] = Counter()
    for _ in range(seeds):
        order = ranked(random.randbytes(32), range(1, people + 1))
        at.update((ticket, rank) for rank, ticket in enumerate(order))
        firsts[order[0], order[1]] += 1
    cells = [(ticket, rank) for ticket in range(1, people + 1) for rank in range(people)]
    pairs = [(a, b) for a in range(1, people + 1) for b in range(1, people + 1) if a != b]
    assert chi_square([at[cell] for cell in cells], seeds / people) < 185  # 121 degrees of freedom
    assert chi_square([firsts[pair] for pair in pairs], seeds / len(pairs)) < 200  # 131 degrees of freedom
    # The measure itself finds a draw that is bent by two percent.
    bent = [at[cell] + (seeds // people // 50 * 6 if cell == (1, 0) else 0) for cell in cells]
    assert chi_square(bent, seeds / people) > 185


def chi_square(counts: list[int], expected: float) -> float:
    return sum((count - expected) ** 2 / expected for count in counts)
