"""Messages as they are read and written, and that asterisk-ami's defects do not come through."""

from __future__ import annotations

import pytest
from asterisk import ami
from hypothesis import given
from hypothesis import strategies as st

from ivr.ami import messages
from ivr.ami.errors import Unsafe
from ivr.ami.messages import LINE_OCTETS, Message, action, event, read, response

BREAKS = ["\r", "\n", "\r\n", "\0", "\x85", "\u2028", "\u2029"]


def test_an_event() -> None:
    message = read(b"Event: Hangup\r\nPrivilege: call,all\r\nChannel: PJSIP/a-1\r\nCause: 17\r\nCause-txt: User busy")
    assert (message.event, message.response, message.action_id) == ("Hangup", "", "")
    assert (message.get("CHANNEL"), message.get("cause"), message.get("Nothing", "-")) == ("PJSIP/a-1", "17", "-")


def test_a_response() -> None:
    message = read(b"Response: Error\r\nActionID: a-1\r\nMessage: No such channel")
    assert (message.event, message.response, message.action_id) == ("", "Error", "a-1")


def test_an_event_with_a_response_in_it_is_an_event() -> None:
    message = read(b"Event: OriginateResponse\r\nActionID: a-1\r\nResponse: Failure\r\nReason: 0")
    assert (message.event, message.response, message.get("Response")) == ("OriginateResponse", "", "Failure")


def test_reading_asks_asterisk_ami(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for kind in (ami.Event, ami.Response):
        monkeypatch.setattr(kind, "read", lambda text, really=kind.read: asked.append(text) or really(text))
    assert read(b"Event: A\r\nB: c").headers == (("Event", "A"), ("B", "c"))
    assert read(b"Response: Success\r\nB: c").headers == (("Response", "Success"), ("B", "c"))
    assert asked == ["Event: A\nB: c", "Response: Success\nB: c"]


def test_writing_asks_asterisk_ami(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ami.Action, "__str__", lambda self: f"Action: {self.name} by asterisk-ami\r\n")
    monkeypatch.setattr(ami.Response, "__str__", lambda self: f"Response: {self.status} by asterisk-ami\r\n")
    assert action("Ping") == b"Action: Ping by asterisk-ami\r\n\r\n"
    assert response("Success") == b"Response: Success by asterisk-ami\r\n\r\n"


# What asterisk-ami loses or invents


@pytest.mark.parametrize("kind", ["Event: X", "Response: Success"])
def test_repeated_headers_are_all_kept_in_their_order(kind: str) -> None:
    message = read(f"{kind}\r\nV: 1\r\nW: 2\r\nV: 3".encode())
    assert message.all("v") == ("1", "3")
    assert message.headers[1:] == (("V", "1"), ("W", "2"), ("V", "3"))


@pytest.mark.parametrize("breaks", ["\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1e"])
@pytest.mark.parametrize("kind", ["Event: X", "Response: Success"])
def test_what_python_takes_for_a_line_break_is_part_of_a_value(kind: str, breaks: str) -> None:
    value = f"Wang{breaks}Cause: 16"
    message = read(f"{kind}\r\nCallerIDName: {value}\r\nCause: 17".encode())
    assert (message.get("CallerIDName"), message.get("Cause")) == (value, "17")


def test_a_malformed_line_costs_none_of_the_others() -> None:
    message = read(b"Response: Success\r\nA: 1\r\nno header at all\r\nB(x): 2\r\nC: 3")
    assert [message.get(name) for name in ("A", "B(x)", "C")] == ["1", "2", "3"]
    assert message.output == ("no header at all",)


@pytest.mark.parametrize("kind", ["Event: X", "Response: Success"])
def test_headers_without_space_or_value(kind: str) -> None:
    message = read(f"{kind}\r\nA:1\r\nB:\r\nC: \r\nD: e: f\r\nG:h: i".encode())
    assert message.headers[1:] == (("A", "1"), ("B", ""), ("C", ""), ("D", "e: f"), ("G", "h: i"))


def test_channel_variables_stay_as_they_came() -> None:
    message = read(b"Event: X\r\nChanVariable: A=1\r\nChanVariable: B=2=3\r\nChanVariable: C")
    assert message.all("ChanVariable") == ("A=1", "B=2=3", "C")
    assert read(b"Event: X\r\nChanVariable: A=1").get("ChanVariable") == "A=1"


def test_values_keep_their_blanks() -> None:
    assert read(b"Response: Success\r\nOutput:   indented  ").output == ("  indented  ",)


def test_messages_share_nothing() -> None:
    first, second = read(b"Event: X"), read(b"Event: Y\r\nA: b")
    assert (first.get("A"), second.get("A")) == ("", "b")
    assert first == Message((("Event", "X"),))


def test_a_value_that_cannot_be_read_costs_none_of_the_others() -> None:
    message = read(b"Event: X\r\nCallerIDName: J\xfcrgen\r\n" + "ConnectedLineName: 王".encode())
    assert (message.get("CallerIDName"), message.get("ConnectedLineName")) == ("Jürgen", "王")


def test_the_old_form_of_a_commands_output() -> None:
    message = read(
        b"Response: Follows\r\nPrivilege: Command\r\nActionID: a-1\r\n"
        b"Channel: PJSIP/a\n\n  ActionID: a-2\nlast line\n--END COMMAND--"
    )
    assert (message.response, message.all("ActionID"), message.get("Channel")) == ("Follows", ("a-1",), "")
    assert message.output == ("Channel: PJSIP/a", "", "  ActionID: a-2", "last line")


def test_the_old_form_with_its_mark_on_the_last_line() -> None:
    assert read(b"Response: Follows\r\nPrivilege: Command\r\none--END COMMAND--").output == ("one",)
    assert read(b"Response: Follows\r\nPrivilege: Command\r\n--END COMMAND--").output == ()


def test_the_new_form_of_a_commands_output() -> None:
    message = read(b"Response: Success\r\nMessage: Command output follows\r\nOutput: a\r\nOutput: \r\nOutput:  b: c")
    assert message.output == ("a", "", " b: c")


@given(st.binary(max_size=300))
def test_any_octets_can_be_read(octets: bytes) -> None:
    for head in (b"", b"Event: X\r\n", b"Response: Success\r\n", b"Response: Follows\r\n"):
        message = read(head + octets)
        assert all("\n" not in value for _, value in message.headers)
        assert all("\n" not in line for line in message.output)


names = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True).filter(lambda name: name.lower() != "action")
values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0\x85\u2028\u2029"), max_size=40)
headers = st.lists(st.tuples(names, values), max_size=6)


@given(headers)
def test_what_is_written_is_read_again(pairs: list[tuple[str, str]]) -> None:
    for octets, head in (
        (event("X", pairs), ("Event", "X")),
        (response("Success", pairs), ("Response", "Success")),
        (action("X", pairs), ("Action", "X")),
    ):
        assert octets.endswith(b"\r\n\r\n")
        assert octets.count(b"\r\n") == len(pairs) + 2
        assert read(octets[:-4]).headers == (head, *pairs) or read(octets).headers == (head, *pairs)


# Writing


def test_an_action() -> None:
    octets = action("Originate", [("ActionID", "a-1"), ("Channel", "PJSIP/a")], variables={"WHO": "a", "__CALL": "7"})
    assert octets == (
        b"Action: Originate\r\nActionID: a-1\r\nChannel: PJSIP/a\r\nVariable: WHO=a\r\nVariable: __CALL=7\r\n\r\n"
    )


def test_headers_of_an_action_may_be_repeated() -> None:
    assert action("X", [("Filter", "a"), ("Filter", "b")]) == b"Action: X\r\nFilter: a\r\nFilter: b\r\n\r\n"


@pytest.mark.parametrize("breaks", BREAKS)
@pytest.mark.parametrize("place", ["name", "header", "value", "variable", "its value", "end of the value"])
def test_nothing_adds_a_line_to_an_action(place: str, breaks: str) -> None:
    words = dict.fromkeys(["name", "header", "value", "variable", "its value"], "X")
    place, end = ("value", "") if place == "end of the value" else (place, "Action: Originate")
    words[place] += breaks + end
    with pytest.raises(Unsafe):
        action(words["name"], [(words["header"], words["value"])], variables={words["variable"]: words["its value"]})


@pytest.mark.parametrize("breaks", BREAKS)
@pytest.mark.parametrize("write", [event, response])
def test_nothing_adds_a_line_to_what_a_server_writes(write: type, breaks: str) -> None:
    for name, pairs in ((f"x{breaks}", []), ("x", [(f"a{breaks}", "b")]), ("x", [("a", f"b{breaks}c")])):
        with pytest.raises(Unsafe):
            write(name, pairs)


@pytest.mark.parametrize("name", ["", "A:B", "A ", " A", "Ä", "Action", "ACTION", "A\tB"])
def test_what_is_no_name_of_a_header(name: str) -> None:
    with pytest.raises(Unsafe):
        action("Ping", [(name, "x")])


@pytest.mark.parametrize("name", ["", "A=B", "A,B=1", "A|B", "A B", 'A"', "A\\", "CALLERID(num)=1,X"])
def test_what_is_no_name_of_a_variable(name: str) -> None:
    with pytest.raises(Unsafe):
        action("Originate", variables={name: "x"})


def test_a_function_may_be_a_variable() -> None:
    assert b"Variable: PJSIP_HEADER(add,X-A)=b\r\n" in action("Originate", variables={"PJSIP_HEADER(add,X-A)": "b"})


def test_a_comma_begins_no_other_variable() -> None:
    assert b'Variable: WHO=a\\,B=\\"c\\"\\\\\r\n' in action("Originate", variables={"WHO": 'a,B="c"\\'})


def test_a_line_is_as_long_as_asterisk_takes() -> None:
    room = LINE_OCTETS - len("Command: \r\n")
    assert len(action("AGI", [("Command", "x" * room)]).split(b"\r\n")[1]) == LINE_OCTETS - 2
    for too_long in ("x" * (room + 1), "王" * (room // 3 + 1)):
        with pytest.raises(Unsafe, match="1024"):
            action("AGI", [("Command", too_long)])


def test_an_action_has_as_many_headers_as_asterisk_takes() -> None:
    assert action("X", [("A", "b")] * 127).count(b"A: b") == 127
    with pytest.raises(Unsafe, match="128"):
        action("X", [("A", "b")] * 100, variables={f"V{number}": "x" for number in range(28)})


def test_half_a_character_is_refused() -> None:
    with pytest.raises(Unsafe):
        action("X", [("A", "\ud800")])


def test_nothing_is_shared_between_actions() -> None:
    action("A", [("X", "1")], variables={"V": "1"})
    assert action("B") == b"Action: B\r\n\r\n"
    assert dict(messages._NOTHING) == {}
