"""The sender: claims, submits, settles; what the SMS centre says decides what comes next."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from clinic import messages, outbox, receipts
from clinic.errors import StoreBusy
from clinic.installation import Installation
from clinic.receipts import Told
from clinic.tables import Message, MessagePart, SmsUsage
from gateway.delivery import Journey, relative
from gateway.posted import PostedLog
from gateway.sender import AT_ONCE, Sender
from gateway.store import Store, opened
from smpp import codec, status
from smpp.link import LinkDown, NotAnswered, Submit
from smpp.pdu import SubmitSm, SubmitSmResp
from smpp.settings import LinkSettings
from smpp.text import decode

HOUSE = Installation("http://127.0.0.1:8080", "12580120", "*120#", "12580")
START = dt.datetime(2027, 3, 8, 7, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
PHONE = "+8615400000001"
LONG = "预约成功" * 40  # 160 characters of UCS-2: three segments


class FakeLink:
    """A link whose SMS centre says what the test wrote down; without a word it takes everything.

    Its owner is told what came of a submit when the post office turns, never from within `post`.
    """

    def __init__(self, name: str = "main", **settings: Any) -> None:
        self.name, self.settings = name, LinkSettings(**settings)
        self.may_submit = True
        self.throttled = False
        self.queued = 0
        self.says: list[int | Exception | Late] = []
        self.pdus: list[SubmitSm] = []
        self.posted: deque[Submit] = deque()
        self.told: Callable[[Sequence[Submit]], None] = lambda batch: None

    def before_write(self, told: Callable[[Sequence[Submit]], None]) -> None:
        self.told = told

    def post(self, submit: Submit) -> None:
        self.posted.append(submit)

    def turn(self) -> bool:
        """Tell what came of what is posted; whether there was any."""
        found = bool(self.posted)
        while self.posted:
            self._answer(self.posted.popleft())
        self.told(())
        return found

    def _answer(self, submit: Submit) -> None:
        said = self.says.pop(0) if self.says else status.ESME_ROK
        if isinstance(said, LinkDown):
            submit.failed(said)
            return
        self.told([submit])
        pdu = codec.decode(submit.octets)
        assert isinstance(pdu, SubmitSm)
        self.pdus.append(pdu)
        smsc_id = f"{self.name}-{len(self.pdus)}" if self.name != "main" else f"id-{len(self.pdus)}"
        if isinstance(said, Exception):
            submit.failed(said)
        elif isinstance(said, Late):
            said.taken(self, submit)
        else:
            self.answer(submit, SubmitSmResp(status=said, message_id=smsc_id if said == status.ESME_ROK else ""))

    def answer(self, submit: Submit, response: SubmitSmResp) -> None:
        submit.came(response, status.classify(response.status, self.settings.vendor_classes))

    @property
    def texts(self) -> list[str]:
        return [decode(pdu.data_coding, pdu.short_message) for pdu in self.pdus]


class Late:
    """An answer that comes when the test says so; with `response`, at once."""

    def __init__(self, response: SubmitSmResp | None = None) -> None:
        self._response = response
        self._link: FakeLink | None = None

    def taken(self, link: FakeLink, submit: Submit) -> None:
        self._link, self._submit = link, submit
        if self._response is not None:
            link.answer(submit, self._response)

    def comes(self, post: Post, smsc_id: str) -> None:
        assert self._link is not None
        self._link.answer(self._submit, SubmitSmResp(message_id=smsc_id))
        post.turn()


class Post:
    """A post office: a store on the calling thread, a clock, links, and the sender between them."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.link = store, Clock(), FakeLink()
        self.links = {"main": self.link}
        self.broken: list[Exception] = []
        self.told = 0
        self.sender = self.new_sender()

    def new_sender(self, node: str = "one", **given: Any) -> Sender:
        links: Any = self.links
        return Sender(self, links, HOUSE, self.clock, self.now, node=node, **given)  # type: ignore[arg-type]

    def link_up(self, name: str, **settings: Any) -> FakeLink:
        """Another link."""
        self.links[name] = link = FakeLink(name, **settings)
        return link

    def run(self, fn: Any, /, **kwargs: Any) -> Deferred[Any]:
        if self.broken and fn is outbox.enter:
            return fail(self.broken.pop(0))
        return succeed(self.store.run_now(fn, **kwargs))

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.clock.seconds())

    def tell(self, *texts: str, phone: str = PHONE, **given: Any) -> None:
        for text in texts:
            self.told += 1
            words = {"occasion": f"m{self.told}", "phone": phone, "text": text, "now": self.now(), **given}
            self.store.run_now(messages.tell_text, **words)

    def work(self, **settings: Any) -> None:
        """A sender starts and does what there is to do."""
        self.sender = self.new_sender(**settings)
        self.sender.startService()
        self.turn()

    def wake(self) -> None:
        self.sender.wake()
        self.turn()

    def turn(self) -> None:
        """All that can happen now does."""
        self.clock.advance(0)
        while sum(link.turn() for link in self.links.values()):
            self.clock.advance(0)

    def wait(self, seconds: float) -> None:
        """Time goes by in at least sixty steps, or one a second."""
        until = self.clock.seconds() + seconds
        while (left := until - self.clock.seconds()) > 0:
            self.pass_by(min(max(1.0, seconds / 60), left))

    def pass_by(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.turn()

    def rows(self, *columns: Any) -> list[Any]:
        query = select(*columns).order_by(columns[0].class_.id)
        return [tuple(row) for row in self.store.run_now(lambda session: session.execute(query).all())]

    def states(self) -> list[str]:
        return [state for (state,) in self.rows(Message.state)]


@pytest.fixture
def post(sqlite_schema: str) -> Iterator[Post]:
    with opened(sqlite_schema) as store:
        post = Post(store)
        yield post
        if post.sender.running:
            post.sender.stopService()
        assert post.clock.getDelayedCalls() == []


def test_what_waits_is_sent_in_its_order(post: Post) -> None:
    post.tell("one", "two", "three")
    post.work(batch=2)
    assert post.link.texts == ["one", "two", "three"]
    assert post.states() == ["sent"] * 3
    assert post.rows(MessagePart.message_id, MessagePart.number, MessagePart.link, MessagePart.smsc_id) == [
        (1, 1, "main", "id-1"),
        (2, 1, "main", "id-2"),
        (3, 1, "main", "id-3"),
    ]


def test_a_submit_says_whom_from_whom_and_until_when(post: Post) -> None:
    post.tell("one")
    post.pass_by(3600)
    post.work()
    [pdu] = post.link.pdus
    assert (pdu.source.number, pdu.destination.number) == ("12580120", "8615400000001")
    assert (pdu.registered_delivery, pdu.validity_period) == (1, "000000230000000R")


def test_a_message_told_later_goes_at_the_next_look_or_at_once_when_woken(post: Post) -> None:
    post.work()
    post.tell("polled")
    assert post.link.texts == []
    post.pass_by(2)
    assert post.link.texts == ["polled"]
    post.tell("woken")
    post.wake()
    assert post.link.texts == ["polled", "woken"]


def test_a_call_during_the_work_is_not_missed(post: Post) -> None:
    answer = Late()
    post.link.says = [answer]
    post.tell("first")
    post.work(batch=1)
    post.tell("second")
    post.wake()
    assert post.link.texts == ["first"]  # a batch is all that a link has room for
    answer.comes(post, "x")
    assert post.link.texts == ["first", "second"]


def test_without_a_link_nothing_is_claimed(post: Post) -> None:
    post.link.may_submit = False
    post.tell("one")
    post.work()
    post.wait(10)
    assert post.states() == ["queued"]
    post.link.may_submit = True
    post.wait(2)
    assert post.states() == ["sent"]


def test_a_link_that_goes_down_costs_no_try(post: Post) -> None:
    post.link.says = [LinkDown("gone"), LinkDown("gone")]
    post.tell("one")
    post.work()
    assert post.rows(Message.state, Message.attempts, Message.error) == [("queued", 0, "link down")]
    post.wait(20)
    assert post.link.texts == ["one"]
    assert post.rows(Message.state, Message.attempts, Message.error) == [("sent", 1, None)]


@pytest.mark.parametrize(("message_class", "times"), [("answer", 5), ("code", 2), ("notice", 2), ("bulk", 1)])
def test_without_an_answer_its_class_tells_how_often_it_is_sent(post: Post, message_class: str, times: int) -> None:
    post.link.says = [NotAnswered("silence") for _ in range(9)]
    post.tell("one", message_class=message_class)
    post.work()
    assert post.states() == ["queued" if times > 1 else "unknown"]
    post.wait(3600)
    assert post.link.texts == ["one"] * times
    assert post.rows(Message.state, Message.error) == [("unknown", "not answered")]


@pytest.mark.parametrize("code", [status.ESME_RINVDSTADR, status.ESME_RINVSRCADR, 0x3FF])
def test_a_lasting_refusal_is_final(post: Post, code: int) -> None:
    post.link.says = [code]
    post.tell("one")
    post.work()
    post.wait(3600)
    assert len(post.link.pdus) == 1
    assert post.rows(Message.state, Message.error) == [("failed", status.name(code))]


def test_a_passing_trouble_is_tried_eight_times_with_growing_pauses(post: Post) -> None:
    post.link.says = [status.ESME_RSYSERR] * 20
    post.tell("one")
    post.work()
    sent_at = []
    for second in range(8000):
        if len(post.link.pdus) > len(sent_at):
            sent_at.append(second)
        post.pass_by(1)
    pauses = [later - earlier for earlier, later in pairwise(sent_at)]
    assert [round(pause, -1) for pause in pauses] == [round(n, -1) for n in (6, 16, 60, 300, 900, 1800, 3600)]
    assert post.rows(Message.state, Message.attempts) == [("failed", 8)]


def test_a_throttled_message_is_put_back_without_counting(post: Post) -> None:
    post.link.says = [status.ESME_RTHROTTLED] * 30
    post.tell("one")
    post.work()
    post.wait(400)
    assert post.rows(Message.state, Message.attempts) == [("sent", 1)]
    assert len(post.link.pdus) == 31


def test_what_may_be_either_is_tried_three_times(post: Post) -> None:
    post.link.says = [status.ESME_RSUBMITFAIL] * 9
    post.tell("one")
    post.work()
    post.wait(3600)
    assert len(post.link.pdus) == 3
    assert post.states() == ["failed"]


def test_the_operators_own_codes_mean_what_its_settings_say(post: Post) -> None:
    post.link.settings = LinkSettings(errors={"0x0401": "permanent"})
    post.link.says = [0x401]
    post.tell("one")
    post.work()
    assert post.states() == ["failed"]


def test_only_the_segments_that_are_missing_are_sent_again(post: Post) -> None:
    post.link.says = [status.ESME_ROK, status.ESME_RTHROTTLED]
    post.tell(LONG)
    post.work()
    assert post.states() == ["queued"]
    assert post.rows(MessagePart.number, MessagePart.smsc_id) == [(1, "id-1")]
    post.wait(10)
    numbers = [pdu.short_message[5] for pdu in post.link.pdus]
    assert numbers == [1, 2, 2, 3]
    assert len({pdu.short_message[3] for pdu in post.link.pdus}) == 1  # one reference ties them together
    assert post.rows(MessagePart.number, MessagePart.smsc_id) == [(1, "id-1"), (2, "id-3"), (3, "id-4")]
    assert post.states() == ["sent"]


def test_one_refused_message_does_not_hold_up_the_others(post: Post) -> None:
    post.link.says = [status.ESME_ROK, status.ESME_RINVDSTADR, status.ESME_ROK]
    post.tell("one", "two", "three")
    post.work()
    assert post.states() == ["sent", "failed", "sent"]


def test_a_text_that_fits_no_sms_fails_and_says_so(post: Post) -> None:
    post.tell("x" * 50_000, "short")
    post.work()
    assert post.rows(Message.state, Message.error) == [("failed", "TextTooLong"), ("sent", None)]


def test_hexadecimal_ids_are_kept_as_the_receipt_will_bring_them(post: Post) -> None:
    post.link.settings = LinkSettings(message_id_form="hex_in_response")
    post.link.says = [Late(SubmitSmResp(message_id="FF"))]
    post.tell("one")
    post.work()
    assert post.rows(MessagePart.smsc_id) == [("255",)]


@pytest.mark.parametrize(("seconds", "state"), [(0, "delivered"), (120, "sent")])
def test_an_early_receipt_counts_only_where_the_submit_could_have_been_its_cause(
    post: Post, seconds: float, state: str
) -> None:
    post.store.run_now(receipts.record, link="main", told=[Told("id-1", "delivered")], now=post.now())
    post.wait(seconds)
    post.tell("one")
    post.work()
    assert post.states() == [state]


def test_a_message_too_old_is_not_sent(post: Post) -> None:
    post.tell("old")
    post.pass_by(24 * 3600)
    post.tell("new")
    post.work()
    assert post.link.texts == ["new"]
    assert post.states() == ["expired", "sent"]


def test_after_a_crash_what_was_claimed_is_sent_once_more(post: Post) -> None:
    post.tell("one")
    post.store.run_now(outbox.claim, sender="one", rooms={"answer": 9}, now=post.now())  # and then it died
    post.work(node="one")
    assert post.link.texts == ["one"]
    assert post.rows(Message.state, Message.attempts) == [("sent", 2)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "posted-8080.log"


def killed(post: Post, path: Path, **settings: Any) -> None:
    """A sender works until it has nothing left to do without its SMS centre, and dies; the database hears no more."""
    post.work(posted=PostedLog(path), **settings)
    post.sender.stopService()  # it waits for its answers, for ever
    for link in post.links.values():
        link.before_write(lambda batch: None)
        link.says.clear()


def traces(path: Path) -> list[int]:
    return sorted(PostedLog(path).read() or ())


@pytest.mark.parametrize("message_class", ["bulk", "code"])
def test_after_a_kill_what_was_never_posted_is_queued_as_if_never_claimed(
    post: Post, path: Path, message_class: str
) -> None:
    PostedLog(path).begin()
    post.tell("one", message_class=message_class)
    post.store.run_now(outbox.claim, sender="one", rooms={message_class: 9}, now=post.now())  # and then it died
    post.work(posted=PostedLog(path))
    assert post.link.texts == ["one"]
    assert post.rows(Message.state, Message.attempts) == [("sent", 1)]


def test_after_a_kill_what_was_answered_is_settled_with_its_id(post: Post, path: Path) -> None:
    post.broken = [StoreBusy()] * 9
    post.tell("one", "two", message_class="bulk")
    killed(post, path)
    assert post.states() == ["sending"] * 2
    post.broken.clear()
    post.store.run_now(receipts.record, link="main", told=[Told("id-1", "delivered")], now=post.now())
    post.pass_by(10)
    post.work(posted=PostedLog(path))
    assert post.link.texts == ["one", "two"]
    assert post.rows(Message.state, Message.attempts) == [("delivered", 1), ("sent", 1)]
    assert post.rows(MessagePart.message_id, MessagePart.smsc_id, MessagePart.state) == [
        (1, "id-1", "delivered"),
        (2, "id-2", "sent"),
    ]
    usage = post.store.run_now(lambda session: session.scalars(select(SmsUsage.segments)).all())
    assert usage == [2]


@pytest.mark.parametrize(("message_class", "state", "times"), [("bulk", "unknown", 1), ("code", "sent", 2)])
def test_after_a_kill_the_class_tells_of_what_was_posted_and_not_answered(
    post: Post, path: Path, message_class: str, state: str, times: int
) -> None:
    post.link.says = [Late()]
    post.tell("one", message_class=message_class)
    killed(post, path)
    post.work(posted=PostedLog(path))
    assert post.link.texts == ["one"] * times
    assert post.rows(Message.state, Message.attempts) == [(state, times)]


@pytest.mark.parametrize(("message_class", "state", "numbers"), [("bulk", "unknown", [1]), ("code", "sent", [1, 2, 3])])
def test_after_a_kill_segments_that_were_answered_are_not_posted_again(
    post: Post, path: Path, message_class: str, state: str, numbers: list[int]
) -> None:
    post.link.says = [status.ESME_ROK, Late()]
    post.tell(LONG, message_class=message_class)
    killed(post, path)
    assert post.rows(MessagePart.number) == []
    post.work(posted=PostedLog(path))
    assert [number for (number,) in post.rows(MessagePart.number)] == numbers
    assert post.states() == [state]
    assert [pdu.short_message[5] for pdu in post.link.pdus] == ([1, 2] if state == "unknown" else [1, 2, 2, 3])


def test_after_a_kill_between_two_segments_the_rest_is_posted(post: Post, path: Path) -> None:
    log = PostedLog(path)
    log.begin()
    post.tell(LONG, message_class="bulk")
    post.store.run_now(outbox.claim, sender="one", rooms={"bulk": 9}, now=post.now())
    log.posted(1, 1, 3, "main")
    log.answered(1, outbox.SentPart(1, "main", "x"))
    log.flush()
    post.work(posted=PostedLog(path))
    assert [pdu.short_message[5] for pdu in post.link.pdus] == [2, 3]
    assert post.rows(Message.state, Message.attempts) == [("sent", 1)]


def test_after_a_kill_what_was_refused_was_surely_not_taken(post: Post, path: Path) -> None:
    post.link.says = [status.ESME_RTHROTTLED]
    post.broken = [StoreBusy()] * 9
    post.tell("one", message_class="bulk")
    killed(post, path)
    post.broken.clear()
    post.work(posted=PostedLog(path))
    assert post.rows(Message.state, Message.attempts) == [("sent", 1)]


def test_a_log_that_counts_for_nothing_leaves_all_in_doubt(post: Post, path: Path) -> None:
    post.tell("one", message_class="bulk")
    post.store.run_now(outbox.claim, sender="one", rooms={"bulk": 9}, now=post.now())
    post.work(posted=PostedLog(path))
    assert post.states() == ["unknown"]


def test_others_claims_are_not_judged_by_ones_own_log(post: Post, path: Path) -> None:
    PostedLog(path).begin()
    post.tell("one", message_class="bulk")
    post.store.run_now(outbox.claim, sender="two", rooms={"bulk": 9}, now=post.now())
    post.pass_by(outbox.LEASE.total_seconds() + 1)
    post.work(posted=PostedLog(path))
    assert post.states() == ["unknown"]


def test_the_log_is_kept_until_its_claims_are_taken_back(post: Post, path: Path, monkeypatch: Any) -> None:
    PostedLog(path).begin()
    post.tell("one", message_class="bulk")
    post.store.run_now(outbox.claim, sender="one", rooms={"bulk": 9}, now=post.now())
    run, away = post.run, [StoreBusy()] * 2
    monkeypatch.setattr(post, "run", lambda fn, **given: fail(away.pop()) if away else run(fn, **given))
    post.work(posted=PostedLog(path))
    assert post.states() == ["sending"]
    post.wait(10)
    assert post.states() == ["sent"]


def test_a_recovery_that_fails_for_good_does_not_stop_the_sending(post: Post, path: Path, monkeypatch: Any) -> None:
    PostedLog(path).begin()
    post.tell("claimed", "new", message_class="bulk")
    post.store.run_now(outbox.claim, sender="one", rooms={"bulk": 1}, now=post.now())
    run = post.run
    monkeypatch.setattr(
        post, "run", lambda fn, **given: fail(ValueError()) if fn is outbox.recover else run(fn, **given)
    )
    post.work(posted=PostedLog(path))
    assert post.states() == ["sending", "sent"]
    assert PostedLog(path).read() is None  # or the next start would take the first for never posted


def test_what_could_not_be_settled_stays_in_the_log(post: Post, path: Path) -> None:
    post.broken = [RuntimeError("not to be settled")]
    post.tell("one", "two", message_class="bulk")
    post.work(posted=PostedLog(path))
    assert post.states() == ["sending", "sent"]
    post.sender.stopService()
    assert 1 in traces(path)
    post.work(posted=PostedLog(path))
    assert post.states() == ["sent", "sent"]
    assert post.link.texts == ["one", "two"]


def test_what_a_living_node_has_claimed_is_left_alone(post: Post) -> None:
    post.tell("one")
    post.store.run_now(outbox.claim, sender="two", rooms={"answer": 9}, now=post.now())
    post.work(node="one")
    post.wait(60)
    assert post.link.texts == []
    assert post.states() == ["sending"]


def test_what_could_not_be_settled_does_not_stop_the_others(post: Post) -> None:
    post.broken = [RuntimeError("not to be settled")]
    post.tell("one", "two")
    post.work()
    assert post.states() == ["sending", "sent"]
    assert post.sender.under_way() == frozenset()
    post.tell("three")
    post.wait(2)
    assert post.states() == ["sending", "sent", "sent"]


def test_what_the_database_missed_is_settled_from_memory(post: Post) -> None:
    post.broken = [StoreBusy()] * 20
    post.tell("one", message_class="bulk")
    post.work()
    post.wait(60)
    assert (post.states(), post.sender.under_way()) == (["sending"], {1})
    post.wait(60)
    assert (post.states(), post.sender.under_way()) == (["sent"], frozenset())
    assert post.link.texts == ["one"]


def test_what_waits_to_be_settled_takes_room(post: Post) -> None:
    post.broken = [StoreBusy()] * 100
    post.tell(*(str(n) for n in range(9)))
    post.work(batch=4)
    post.wait(20)
    assert post.states() == ["sending"] * 8 + ["queued"]
    post.broken.clear()
    post.wait(10)
    assert post.states() == ["sent"] * 9


@pytest.mark.parametrize(("away", "state"), [(1, "sent"), (2, "sending")])
def test_stopping_tries_once_more_to_settle(post: Post, away: int, state: str) -> None:
    post.broken = [StoreBusy()] * away
    post.tell("one")
    post.work()
    assert post.sender.stopService() is None
    assert post.states() == [state]


def test_a_slow_link_keeps_its_claims(post: Post) -> None:
    answer = Late()
    post.link.says = [answer]
    post.tell("slow")
    post.work()
    for _ in range(12):
        post.wait(100)
        assert post.store.run_now(outbox.recover, sender="", now=post.now()) == 0
    answer.comes(post, "x")
    assert post.rows(Message.state, Message.attempts) == [("sent", 1)]


def test_other_links_that_are_busy_do_not_keep_it_from_that(post: Post) -> None:
    """There is always something to claim: no poll is ever the last of its round."""
    post.link.says = [Late()]
    post.tell("slow")
    post.work(batch=2)
    run = post.run

    def busy(fn: Any, /, **kwargs: Any) -> Deferred[Any]:
        if fn is outbox.claim and post.clock.seconds() < 600:
            post.tell("more", "and more")
            post.clock.rightNow += 10
        return run(fn, **kwargs)

    post.run = busy  # type: ignore[method-assign]
    post.wait(2)
    assert post.clock.seconds() >= 600
    assert post.rows(Message.claimed_at)[0][0] > post.now() - outbox.LEASE / 4
    post.link.says = []


def test_stopping_settles_what_is_under_way_and_claims_no_more(post: Post) -> None:
    answer = Late()
    post.link.says = [answer]
    post.tell("first")
    post.work(batch=1)
    post.tell("second")
    stopped = post.sender.stopService()
    assert stopped is not None
    assert not stopped.called
    answer.comes(post, "x")
    assert stopped.called
    post.wait(60)
    assert post.states() == ["sent", "queued"]


def test_an_idle_sender_stops_at_once(post: Post) -> None:
    post.work()
    assert post.sender.stopService() is None
    post.wake()
    assert post.clock.getDelayedCalls() == []


CHEAP, DEAR = {"price": "0.03"}, {"price": "0.05"}


def test_the_cheapest_link_that_fits_carries_it(post: Post) -> None:
    del post.links["main"]
    north, south = post.link_up("north", prefixes=("+8615",), **DEAR), post.link_up("south", **CHEAP)
    post.tell("for the north")
    post.tell("for the rest", phone="+8613800138000")
    post.work()
    assert (north.texts, south.texts) == (["for the north"], ["for the rest"])


def test_a_class_has_its_link(post: Post) -> None:
    bulk = post.link_up("bulk", classes=("bulk", "notice"), price="0.01")
    post.link.settings = LinkSettings(price="0.05")
    post.tell("a broadcast", message_class="bulk")
    post.tell("your T-code")
    post.work()
    assert (bulk.texts, post.link.texts) == (["a broadcast"], ["your T-code"])


def test_a_message_that_names_its_link_goes_over_it_alone(post: Post) -> None:
    spare = post.link_up("spare", **DEAR)
    spare.may_submit = False
    post.tell("pinned", link="spare")
    post.work()
    post.wait(10)
    assert post.states() == ["queued"]
    spare.may_submit = True
    post.wait(3)
    assert (post.link.texts, spare.texts) == ([], ["pinned"])


def test_one_setting_names_the_link_of_all_but_a_message_may_name_another(post: Post) -> None:
    spare = post.link_up("spare", **DEAR)
    post.tell("any")
    post.tell("pinned", link="main")
    post.work(only="spare")
    assert (spare.texts, post.link.texts) == (["any"], ["pinned"])


def test_when_a_link_is_down_another_carries_it(post: Post) -> None:
    spare = post.link_up("spare", **DEAR)
    post.link.may_submit = False
    post.tell("one")
    post.work()
    assert spare.texts == ["one"]


def test_a_link_that_fails_a_message_is_followed_by_another_at_once(post: Post) -> None:
    spare = post.link_up("spare", **DEAR)
    post.link.settings = LinkSettings(**CHEAP)
    post.link.says = [LinkDown("gone")]
    post.tell("one")
    post.work()
    assert spare.texts == ["one"]
    assert post.rows(Message.state, Message.attempts) == [("sent", 1)]
    assert post.rows(MessagePart.link, MessagePart.smsc_id) == [("spare", "spare-1")]


def test_what_was_throttled_goes_at_once_over_a_link_that_is_not(post: Post) -> None:
    spare = post.link_up("spare", **DEAR)
    post.link.says = [status.ESME_RTHROTTLED]
    post.tell("one")
    post.work()
    assert (len(post.link.pdus), spare.texts, post.states()) == (1, ["one"], ["sent"])


def test_where_the_other_link_is_throttled_too_it_waits(post: Post) -> None:
    spare = post.link_up("spare", **DEAR)
    spare.throttled = True
    post.link.says = [status.ESME_RTHROTTLED]
    post.tell("one")
    post.work()
    assert (spare.texts, post.rows(Message.state, Message.attempts)) == ([], [("queued", 0)])
    post.wait(10)
    assert post.link.texts == ["one", "one"]


def test_a_throttled_link_is_good_enough_where_the_other_went_down(post: Post) -> None:
    spare = post.link_up("spare", **DEAR)
    spare.throttled = True
    post.link.says = [LinkDown("gone")]
    post.tell("one")
    post.work()
    assert spare.texts == ["one"]


@pytest.mark.parametrize("code", [status.ESME_RINVBNDSTS, status.ESME_RALYBND])
def test_what_a_bind_that_is_gone_refused_goes_at_once_over_another_link(post: Post, code: int) -> None:
    spare = post.link_up("spare", **DEAR)
    post.link.says = [code]
    post.tell("one")
    post.work()
    assert (len(post.link.pdus), spare.texts) == (1, ["one"])
    assert post.rows(Message.state, Message.attempts) == [("sent", 1)]


def test_where_there_is_no_other_it_waits_for_the_next_bind_without_counting(post: Post) -> None:
    post.link.says = [status.ESME_RINVBNDSTS] * 20
    post.tell("one", message_class="bulk")
    post.work()
    assert post.rows(Message.state, Message.attempts, Message.error) == [("queued", 0, "ESME_RINVBNDSTS")]
    post.wait(200)
    assert post.rows(Message.state, Message.attempts) == [("sent", 1)]


def test_throttling_is_never_the_end_of_a_message(post: Post) -> None:
    post.link.says = [status.ESME_RSYSERR] * 7 + [status.ESME_RTHROTTLED] * 2
    post.tell("one")
    post.work()
    post.wait(23 * 3600)
    assert post.rows(Message.state, Message.attempts) == [("sent", 8)]


@pytest.mark.parametrize("code", [status.ESME_RINVDSTADR, status.ESME_RSYSERR, status.ESME_RSUBMITFAIL])
def test_another_refusal_is_not_carried_to_the_next_link(post: Post, code: int) -> None:
    spare = post.link_up("spare", **DEAR)
    post.link.says = [code]
    post.tell("one")
    post.work()
    assert spare.pdus == []


def test_a_lost_answer_is_not_carried_to_the_next_link_at_once(post: Post) -> None:
    spare = post.link_up("spare", **DEAR)
    post.link.says = [NotAnswered("silence")]
    post.tell("one")
    post.work()
    assert (spare.pdus, post.states()) == ([], ["queued"])


def test_a_message_that_was_begun_goes_on_over_a_link_that_cuts_alike(post: Post) -> None:
    spare = post.link_up("spare", **DEAR)
    post.link.settings = LinkSettings(**CHEAP)
    post.link.says = [status.ESME_ROK, LinkDown("gone")]
    post.tell(LONG)
    post.work()
    assert [pdu.short_message[5] for pdu in post.link.pdus + spare.pdus] == [1, 2, 3]
    assert post.rows(MessagePart.number, MessagePart.link) == [(1, "main"), (2, "spare"), (3, "spare")]


def test_a_message_that_was_begun_stays_with_its_link_though_a_cheaper_one_is_up_again(post: Post) -> None:
    dear = post.link_up("dear", **DEAR)
    post.link.settings = LinkSettings(**CHEAP)
    post.link.may_submit = False
    dear.says = [status.ESME_ROK, status.ESME_RSYSERR]
    post.tell(LONG)
    post.work()
    post.link.may_submit = True
    post.wait(10)
    assert post.rows(MessagePart.number, MessagePart.link) == [(1, "dear"), (2, "dear"), (3, "dear")]


def test_a_message_that_was_begun_waits_for_its_link_where_the_others_cut_otherwise(post: Post) -> None:
    spare = post.link_up("spare", segments="udh16", **DEAR)
    post.link.settings = LinkSettings(**CHEAP)
    post.link.says = [status.ESME_ROK, LinkDown("gone")]
    post.tell(LONG)
    post.work()
    post.link.may_submit = False
    post.wait(60)
    assert (spare.pdus, post.states()) == ([], ["queued"])
    post.link.may_submit = True
    post.wait(10)
    assert [pdu.short_message[5] for pdu in post.link.pdus] == [1, 2, 3]
    assert (spare.pdus, post.states()) == ([], ["sent"])


def test_a_message_of_a_link_that_is_no_longer_set_up_fails_and_says_so(post: Post) -> None:
    post.link.says = [status.ESME_ROK, LinkDown("gone")]
    post.tell(LONG)
    post.work()
    post.sender.stopService()
    post.links.clear()
    post.link_up("new")
    post.work()
    post.wait(10)
    assert post.rows(Message.state, Message.error) == [
        ("failed", "begun over link main, which is no longer configured")
    ]


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"link": "gone"}, "no link gone is configured"),
        ({"phone": "+4915112345678"}, "no link carries class answer to this number"),
        ({"message_class": "bulk"}, "no link carries class bulk to this number"),
    ],
)
@pytest.mark.parametrize("up", [True, False])
def test_what_no_link_will_ever_carry_fails_and_says_why(post: Post, told: Any, error: str, up: bool) -> None:
    post.link.settings = LinkSettings(prefixes=("86",), classes=("answer",))
    post.link.may_submit = up
    post.tell("one", **told)
    post.work()
    assert post.rows(Message.state, Message.error) == [("failed", error)]


def test_a_link_that_only_receives_carries_nothing(post: Post) -> None:
    post.link.settings = LinkSettings(bind="receiver")
    post.link.may_submit = False
    post.tell("one")
    post.work()
    assert post.states() == ["failed"]


def test_a_link_that_is_stuck_holds_up_only_its_own(post: Post) -> None:
    post.link.settings = LinkSettings(prefixes=("+86",))
    abroad = post.link_up("abroad", prefixes=("+49",))
    answers: list[Any] = [Late() for _ in range(6)]
    post.link.says = list(answers)
    post.tell(*(f"stuck {n}" for n in range(6)))
    post.tell(*(f"free {n}" for n in range(6)), phone="+4915112345678")
    post.work(batch=4)
    assert abroad.texts == [f"free {n}" for n in range(6)]
    assert post.link.texts == [f"stuck {n}" for n in range(4)]  # no more than its room is taken out of the outbox
    assert post.states() == ["sending"] * 4 + ["queued"] * 2 + ["sent"] * 6
    for number, answer in enumerate(answers):
        answer.comes(post, f"late {number}")
        post.pass_by(0)
    assert post.states() == ["sent"] * 12


def test_a_cheap_link_without_room_does_not_drive_its_messages_to_a_dear_one(post: Post) -> None:
    dear = post.link_up("dear", **DEAR)
    post.link.settings = LinkSettings(**CHEAP)
    answers: list[Any] = [Late() for _ in range(3)]
    post.link.says = list(answers)
    post.tell("one", "two", "three")
    post.work(batch=2)
    post.wait(10)
    assert (post.link.texts, dear.texts) == (["one", "two"], [])
    for answer in answers:
        answer.comes(post, "x")
    assert (post.link.texts, dear.texts) == (["one", "two", "three"], [])


def test_a_slow_message_does_not_hold_up_the_next_batch(post: Post) -> None:
    slow = Late()
    post.link.says = [slow]
    post.tell("slow")
    post.work(batch=10)
    post.tell("next")
    post.wait(2)
    assert post.states() == ["sending", "sent"]
    slow.comes(post, "x")
    assert post.states() == ["sent"] * 2


def test_a_claim_for_broadcasts_that_takes_long_holds_up_nobody_else(post: Post, monkeypatch: Any) -> None:
    run, claimed = post.run, Deferred[Any]()
    monkeypatch.setattr(post, "run", lambda fn, **given: claimed if fn is outbox.claim_patiently else run(fn, **given))
    post.tell("a T-code")
    post.work()
    post.tell("another one")
    post.wake()
    assert post.link.texts == ["a T-code", "another one"]
    post.sender.stopService()
    claimed.callback([])


def test_a_large_claim_goes_its_way_in_portions(post: Post) -> None:
    post.link_up("main", window=1000)
    post.tell(*(f"bulk {n}" for n in range(AT_ONCE + 2)), message_class="bulk")
    post.sender = post.new_sender()
    post.sender.startService()
    main = post.links["main"]
    assert len(main.posted) == AT_ONCE
    post.clock.advance(0)  # what else there is to do is done
    assert len(main.posted) == AT_ONCE + 2
    post.turn()
    assert post.states() == ["sent"] * (AT_ONCE + 2)


def test_one_that_cannot_even_be_begun_keeps_nobody_after_it(post: Post, monkeypatch: Any) -> None:
    go = Journey.go
    monkeypatch.setattr(Journey, "go", lambda journey: 1 / 0 if journey.message.text == "bad" else go(journey))
    post.tell("bad", "good")
    post.work()
    assert post.states() == ["sending", "sent"]
    assert (post.sender.under_way(), post.sender.status()["under_way"]) == (frozenset(), 0)


def test_a_sender_that_is_started_again_goes_on(post: Post) -> None:
    post.work()
    post.sender.stopService()
    post.tell("after the pause")
    post.sender.startService()
    post.turn()
    assert post.link.texts == ["after the pause"]


def test_it_tells_when_all_that_can_go_of_broadcasts_has_gone(post: Post) -> None:
    told: list[list[str]] = []
    post.tell("a T-code")
    post.tell(*(f"bulk {n}" for n in range(250)), message_class="bulk")
    post.sender = post.new_sender()
    post.sender.sent_all = lambda: told.append(post.states())
    post.sender.startService()
    post.turn()
    assert told == [["sent"] * 251]
    post.tell("another T-code")
    post.wake()
    assert len(told) == 1


def test_what_was_taken_back_is_told_once(post: Post, monkeypatch: Any) -> None:
    """The daemon opens its links then: a receipt of what is taken back finds it written down."""
    run, recovery = post.run, Deferred[Any]()
    monkeypatch.setattr(post, "run", lambda fn, **given: recovery if fn is outbox.recover else run(fn, **given))
    post.sender.startService()
    assert not post.sender.taken_back.called
    recovery.errback(StoreBusy())
    assert post.sender.taken_back.called  # it is tried again, and the links need not wait for that


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (dt.timedelta(days=1), "000001000000000R"),
        (dt.timedelta(hours=23, minutes=59, seconds=58), "000000235958000R"),
        (dt.timedelta(seconds=5), "000000000100000R"),  # a network would take less for nothing at all
        (dt.timedelta(seconds=-5), "000000000100000R"),
    ],
)
def test_relative_times_as_smpp_writes_them(time: dt.timedelta, written: str) -> None:
    assert relative(time) == written
