"""`caredial broadcast`: from the draft to the outbox, as staff type it. Nobody's clock is waited for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from click.testing import Result
from sqlalchemy import select, update

from clinic.broadcasts import sending
from clinic.tables import Broadcast, BroadcastState, ConsentClass, Message, MessageState
from gateway.cli import following, progress
from gateway.cli.broadcast import counting, drafting, listing

PHONE = "15400000777"
CHINESE = "{name}您好，明天停水。"
ENGLISH = "Dear {name}, no water tomorrow."
# Sent at any hour: quiet hours would make these tests differ by day and night.
HOURS = '\n[broadcasts]\nquiet_from = "00:00"\nquiet_until = "00:00"\napprove_above = 10\n'


class Office:
    """The commands, a list of phones to send to, and a look behind."""

    def __init__(self, caredial: Callable[..., Result], place: Any) -> None:
        self._caredial, self.place = caredial, place
        settings = place.folder / "caredial.toml"
        settings.write_text(settings.read_text() + HOURS)

    def __call__(self, *words: str, code: int = 0, **given: Any) -> Result:
        result = self._caredial("broadcast", *words, **given)
        assert result.exit_code == code, result.output
        return result

    def list(self, many: int, *more: str, name: str = "water") -> None:
        rows = [f"1548800{n:04},{'en' if n % 5 == 0 else 'zh'},李{n}" for n in range(1, many + 1)]
        Path("phones.csv").write_text("\n".join(["phone,language,name", *rows, *more]))
        imported = self._caredial("audience", "import-list", name, "phones.csv")
        assert imported.exit_code == 0, imported.output

    def draft(self, many: int = 5, *more: str, **options: str) -> Result:
        self.list(many)
        texts = ["--text", CHINESE, "--text-en", ENGLISH]
        return self("new", "--title", "Water", "--to", "list:water", "--class", "public", *texts, *more)

    def rows(self, *columns: Any) -> list[Any]:
        query = select(*columns).order_by(columns[0].class_.id)
        return [tuple(row) for row in self.place.store.run_now(lambda session: session.execute(query).all())]

    def put(self, state: str, *numbers: int, **values: Any) -> None:
        """What the daemon would have done with the messages of these numbers."""
        which = [f"broadcast:1:{number:08}" for number in numbers]
        changed = update(Message).where(Message.occasion.in_(which)).values(state=state, **values)
        self.place.store.run_now(lambda session: session.execute(changed) and None)

    def end(self, state: str = "done") -> None:
        changed = update(Broadcast).values(state=state, ended_at=Broadcast.sent_at)
        self.place.store.run_now(lambda session: session.execute(changed) and None)


@pytest.fixture
def office(caredial: Callable[..., Result], place: Any) -> Office:
    return Office(caredial, place)


def lines(result: Result) -> list[str]:
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


class TestNew:
    def test_it_shows_what_it_understood_and_what_comes_next(self, office: Office) -> None:
        assert lines(office.draft()) == [
            "Broadcast 1 is a draft",
            "Title Water",
            "To list:water",
            "Class public: nobody can refuse it",
            "Whose the city's",
            "Words {name} text",
            "Text zh {name}您好，明天停水。",
            "Text en Dear {name}, no water tomorrow.",
            "What it would do and cost: caredial broadcast preview 1",
        ]

    def test_how_to_refuse_stands_at_the_end_of_what_can_be_refused(self, office: Office) -> None:
        shown = lines(office("new", "--title", "Salt", "--to", "all", "--text", "少吃盐"))
        assert "Class education: only to who has not refused; how to refuse stands at its end" in shown
        assert "Text zh 少吃盐。回TD退订" in shown

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["--to", "centre:HN and age>=65", "--text", "x"],
             "Error: column 8: there is no centre 'HN', did you mean NH?\n  centre:HN and age>=65\n         ^\n"),
            (["--to", "age>=", "--text", "x"], "  age>=\n       ^\n"),
            (["--to", "list:nobody", "--text", "x"], "there is no list 'nobody'"),
            (["--to", "all", "--text", "{nmae}您好"], "{nmae}: not everybody of this audience has it, did you"),
            (["--to", "all", "--text", "{name"], "text in zh: a brace has no other one"),
            (["--to", "all", "--text", "x", "--centre", "HN"], "centre: there is no centre 'HN'"),
            (["--to", "all", "--text", "x" * 2000], "segments, and 10 are the most"),
            (["--to", "all"], "a draft needs --text too"),
            ([], "a draft needs --to, --text too"),
            (["--to", "all", "--text", "x", "--text-zh", "y"], "the text in zh is given twice"),
            (["--to", "all", "--text", "x", "--by", "x" * 61], "a name has at most 60 characters"),
        ],
    )  # fmt: skip
    def test_mistakes_are_told_with_exit_code_2(self, office: Office, words: list[str], told: str) -> None:
        assert told in office("new", "--title", "Water", *words, code=2).stderr
        assert office.rows(Broadcast.id) == []

    def test_a_file_has_both_languages(self, office: Office) -> None:
        Path("text.txt").write_text("[zh]\n明天停水。\n\n[en]\nNo water\ntomorrow.\n", "utf-8-sig")
        office("new", "--title", "Water", "--to", "all", "--text-file", "text.txt", "--class", "public")
        assert office.rows(Broadcast.texts) == [({"zh": "明天停水。", "en": "No water\ntomorrow."},)]

    def test_a_text_from_standard_input_is_in_the_installations_language(self, office: Office) -> None:
        office("new", "--title", "Water", "--to", "all", "--text", "-", input="明天停水\n")
        assert office.rows(Broadcast.texts) == [({"zh": "明天停水"},)]

    @pytest.mark.parametrize("text", ["before\n[zh]\nx", "\xff"])
    def test_a_file_that_cannot_be_read_as_a_text(self, office: Office, text: str) -> None:
        Path("text.txt").write_bytes(text.encode("latin-1"))
        office("new", "--title", "Water", "--to", "all", "--text-file", "text.txt", code=2)

    def test_for_programs_it_says_what_show_says(self, office: Office) -> None:
        office.draft()
        words = ["--title", "Salt", "--to", "list:water", "--text", "少吃盐", "--json"]
        made = json.loads(office("new", *words).stdout)
        assert (made["id"], made["state"], made["title"], made["counts"]) == (2, "draft", "Salt", {})
        changed = json.loads(office("new", "--change", "2", "--title", "Sugar", "--json").stdout)
        assert changed == {**made, "title": "Sugar"} == json.loads(office("show", "2", "--json").stdout)

    def test_a_draft_can_be_changed_and_what_is_left_out_stays(self, office: Office) -> None:
        office.draft()
        office("new", "--change", "1", "--title", "Water again", "--centre", "NH")
        assert office.rows(Broadcast.title, Broadcast.expression) == [("Water again", "list:water")]
        assert "Whose NH" in lines(office("show", "1"))
        assert "only a draft can be changed" in changed_after_sending(office)

    def test_who_writes_it_is_the_login_name_before_sudo(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SUDO_USER", "liu")
        office.draft()
        office("new", "--title", "x", "--to", "all", "--text", "x", "--by", "Dr Wang")
        assert office.rows(Broadcast.created_by) == [("liu",), ("Dr Wang",)]


def changed_after_sending(office: Office) -> str:
    office("send", "1", "--yes")
    return str(office("new", "--change", "1", "--title", "x", code=1).stderr)


class TestPreview:
    def test_it_is_an_invoice(self, office: Office) -> None:
        office.draft(6)
        shown = lines(office("preview", "1", "--explain"))
        for line in (
            "list:water 6 6",
            "in the audience 6",
            "recipients 6",
            "zh 5 ucs2 1 5",
            "en 1 ucs2 1 1",
            "together 6 6",
            "segments to our operator's phones 0 6 6",
            "bill 5,400.00 0.00 5,400.00",
            "zh +86154****0001 李*您好，明天停水。",
            "none is needed up to 10 recipients",
            "Send it: caredial broadcast send 1",
        ):
            assert line in shown, "\n".join(shown)
        assert office.rows(Message.id) == []

    def test_who_does_not_get_it_and_why(self, office: Office) -> None:
        office.list(2, "15488000001,zh,李1", "01088886666,zh,王")
        office("new", "--title", "Salt", "--to", "list:water", "--text", CHINESE)
        assert office._caredial("consent", "refuse", "15488000002").exit_code == 0
        shown = lines(office("preview", "1"))
        for line in ("a number that gets no SMS -1", "have refused this class -1", "the same phone once more -1"):
            assert line in shown, "\n".join(shown)
        assert "recipients 1" in shown

    def test_quiet_hours_are_waited_for(self, office: Office, place: Any) -> None:
        settings = place.folder / "caredial.toml"
        text = settings.read_text().replace('quiet_until = "00:00"', 'quiet_until = "23:59"')
        settings.write_text(text)
        office.draft()
        shown = lines(office("preview", "1", "--at", "2030-03-08 12:00"))
        assert "starts 2030-03-08 12:00" in shown
        assert "waits 5 recipients of no centre, quiet hours until 2030-03-08 23:59" in shown

    def test_for_programs(self, office: Office) -> None:
        office.draft(3)
        found = json.loads(office("preview", "1", "--json", "--explain").stdout)
        assert (found["members"], found["recipients"], found["segments"], found["added"]) == (3, 3, 3, "0.00")
        assert found["clauses"] == [{"depth": 0, "joint": "", "text": "list:water", "alone": 3, "left": 3}]
        assert found["start_at"].endswith("+08:00")
        assert found["languages"][0]["example"] == "李*您好，明天停水。"

    def test_of_one_that_was_sent_it_is_the_invoice_that_it_was_sent_with(self, office: Office) -> None:
        office.draft(3)
        office("send", "1", "--yes")
        office.list(2, name="other")
        found = json.loads(office("preview", "1", "--json").stdout)
        assert found["recipients"] == 3
        shown = lines(office("preview", "1"))
        assert "zh anybody {name}您好，明天停水。" in shown
        assert not any(line.startswith("Send it") for line in shown)


@pytest.mark.parametrize(
    "words", [["preview"], ["send"], ["show"], ["watch"], ["pause"], ["resume"], ["cancel"], ["report"], ["approve"]]
)
def test_one_that_there_is_not_is_a_mistake(office: Office, words: list[str]) -> None:
    told = office(*words, "7", code=2).stderr
    assert told == "Error: there is no broadcast 7; `caredial broadcast list` shows them\n"


class TestTest:
    def test_one_phone_gets_each_text_as_its_first_recipient_would(self, office: Office) -> None:
        office.draft()
        shown = office("test", "1", PHONE, "--no-wait").stdout.splitlines()
        assert shown == [
            "to +86154****0777 in zh: 李*您好，明天停水。",
            "to +86154****0777 in en: Dear 李*, no water tomorrow.",
        ]
        columns = Message.phone, Message.text, Message.broadcast_id
        assert [row[0] for row in office.rows(*columns)] == [f"+86{PHONE}"] * 2
        office("test", "1", PHONE, "--language", "en", "--no-wait")
        assert len(office.rows(*columns)) == 3

    def test_it_is_followed(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        def delivered(_seconds: float) -> None:
            changed = update(Message).values(state="delivered")
            office.place.store.run_now(lambda session: session.execute(changed) and None)

        monkeypatch.setattr(following, "time", SimpleNamespace(sleep=delivered))
        office.draft()
        shown = office("test", "1", PHONE, "--language", "zh").stdout.splitlines()
        assert shown[1:] == ["queued", "delivered"]

    def test_what_is_no_phone(self, office: Office) -> None:
        office.draft()
        assert "not a phone number" in office("test", "1", "nobody", code=2).stderr


class TestSend:
    def test_it_shows_the_totals_and_asks(self, office: Office) -> None:
        office.draft(3)
        refused = office("send", "1", input="n\n", code=1)
        assert lines(refused)[:2] == [
            "Broadcast 1: Water",
            f"3 recipients, 3 segments, 0.00 yuan (the month {month(office)}: 5,400.00 -> 5,400.00)",
        ]
        assert office.rows(Message.id) == []
        assert lines(office("send", "1", input="y\n"))[-1].endswith(
            "broadcast 1 is being sent; next: caredial broadcast watch 1"
        )
        texts = [text for (text,) in office.rows(Message.text)]
        assert texts == ["李1您好，明天停水。", "李2您好，明天停水。", "李3您好，明天停水。"]
        assert set(office.rows(Message.message_class, Message.broadcast_id)) == {("bulk", 1)}

    def test_it_is_not_sent_twice(self, office: Office) -> None:
        office.draft(3)
        office("send", "1", "--yes")
        told = office("send", "1", "--yes", code=1).stderr
        assert told == "Error: it was sent already: broadcast 1 is being sent; next: caredial broadcast watch 1\n"
        assert len(office.rows(Message.id)) == 3

    def test_nobody_to_send_to(self, office: Office) -> None:
        office("new", "--title", "x", "--to", "age>=149", "--text", "x")
        assert "nobody would get it" in office("send", "1", "--yes", code=1).stderr

    def test_at_a_time(self, office: Office) -> None:
        office.draft(3)
        assert lines(office("send", "1", "--yes", "--at", "2030-03-08 09:00"))[-1] == (
            "broadcast 1 starts at 2030-03-08 09:00; next: caredial broadcast watch 1"
        )

    @pytest.mark.parametrize("at", ["2020-03-08 09:00", "tomorrow", "25:00"])
    def test_a_time_that_is_none_or_over(self, office: Office, at: str) -> None:
        office.draft(3)
        assert "--at: " in office("send", "1", "--yes", "--at", at, code=2).stderr

    def test_it_goes_on_where_a_stopped_one_was(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        office.draft(7)
        chunks = iter([3, KeyboardInterrupt, 3, 3, 3])
        real = sending.write_some

        def write(session: Any, **given: Any) -> Any:
            chunk = next(chunks)
            if chunk is KeyboardInterrupt:
                raise KeyboardInterrupt
            return real(session, most=chunk, **given)

        monkeypatch.setattr(sending, "write_some", write)
        stopped = office("send", "1", "--yes", code=1).stderr
        assert "stopped: 3 messages are written. Run the command again to go on" in stopped
        assert "caredial broadcast cancel 1" in stopped
        assert lines(office("send", "1"))[0] == "broadcast 1 was begun: 3 of 7 are written"
        phones = [phone for (phone,) in office.rows(Message.phone)]
        assert (len(phones), len(set(phones))) == (7, 7)


class TestApprove:
    def test_another_person_gives_leave(self, office: Office) -> None:
        office.draft(11)
        sent = lines(office("send", "1", "--yes", "--by", "liu"))
        assert "more than 10 recipients: a second person must approve it (caredial broadcast approve)" in sent
        assert sent[-1] == (
            "broadcast 1 waits for the leave of somebody else than liu; next: caredial broadcast approve 1"
        )
        assert "liu" in office("approve", "1", "--yes", "--by", "liu", code=1).stderr
        approved = lines(office("approve", "1", "--by", "Dr Wang", input="y\n"))
        assert "sent by liu" in approved
        assert approved[-1].endswith("broadcast 1 is being sent; next: caredial broadcast watch 1")
        assert office.rows(Broadcast.sent_by, Broadcast.approved_by) == [("liu", "Dr Wang")]

    def test_nothing_waits_for_it(self, office: Office) -> None:
        office.draft(3)
        office("approve", "1", "--yes", "--by", "Dr Wang", code=1)


class TestSteering:
    def test_paused_and_resumed(self, office: Office) -> None:
        office.draft(5)
        office("send", "1", "--yes")
        office.put("sending", 1)
        shown = lines(office("pause", "1"))
        assert shown[0] == "broadcast 1 is paused: 1 on the wire still go out, 4 stay in the outbox"
        assert shown[1].startswith("It goes on with: caredial broadcast resume 1, until ")
        assert "is paused" in office("pause", "1", code=1).stderr
        assert lines(office("resume", "1")) == [
            "5 messages to go. Broadcast 1 is being sent; next: caredial broadcast watch 1"
        ]

    def test_cancelled_for_ever(self, office: Office) -> None:
        office.draft(5)
        office("send", "1", "--yes")
        office.put("delivered", 1)
        office.put("sending", 2)
        asked = office("cancel", "1", input="n\n", code=1)
        assert "Broadcast 1: 1 have gone, 4 would not go any more." in asked.stdout
        assert lines(office("cancel", "1", "--yes")) == [
            "broadcast 1 is cancelled: 3 are not sent, 1 had gone before, 1 on the wire still go out"
        ]
        assert sorted(state for (state,) in office.rows(Message.state)) == [*["cancelled"] * 3, "delivered", "sending"]
        office("resume", "1", code=1)


class TestList:
    def test_what_there_is_and_how_far_it_is(self, office: Office) -> None:
        office.draft(5)
        office("send", "1", "--yes", "--by", "liu")
        office.put("delivered", 1, 2)
        office.put("failed", 3, error="27")
        office("new", "--title", "[red]Salt", "--to", "all", "--text", "x", "--by", "liu")
        shown = lines(office("list"))
        assert shown[0] == "ID Title State Recipients Gone Delivered Starts Ends"
        assert shown[2] == "2 [red]Salt draft"
        assert re.match(r"1 Water sending 5 60 % 2 \d\d-\d\d \d\d:\d\d", shown[3])
        only = office("list", "--state", "draft", "--json").stdout.splitlines()
        assert [json.loads(line)["title"] for line in only] == ["[red]Salt"]
        assert "only the newest 1 are shown" in office("list", "--most", "1").stderr

    def test_one_of_them(self, office: Office) -> None:
        office.draft(5)
        office("send", "1", "--yes", "--by", "liu")
        office.put("delivered", 1, 2)
        shown = lines(office("show", "1"))
        assert "Messages 2 of 5 gone (40 %): delivered 2, queued 3" in shown
        assert any(line.startswith("Sent 20") and line.endswith(" by liu") for line in shown)
        found = json.loads(office("show", "1", "--json").stdout)
        assert (found["counts"], found["texts"]["zh"]) == ({"delivered": 2, "queued": 3}, CHINESE)


def test_the_states_are_those_of_the_tables() -> None:
    assert get_args(MessageState) == counting.STATES
    assert get_args(BroadcastState) == listing.STATES
    assert get_args(ConsentClass) == drafting.CLASSES


def month(office: Office) -> str:
    return f"{office.rows(Broadcast.created_at)[0][0].astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m}"


class TestProgress:
    def test_without_a_terminal_it_is_a_line_now_and_then(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        clock = iter([0.0, 1.0, 5.0, 5.0, 6.0])
        monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
        with progress.progress("messages written", 9_000) as look:
            for done in (1_000, 2_000, 3_000):
                look(done)
        assert capsys.readouterr().err == "messages written: 2,000 of 9,000\n"
