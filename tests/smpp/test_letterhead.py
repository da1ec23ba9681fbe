"""A link's letterhead: it writes every text as `prepare` does, whichever way it takes."""

from __future__ import annotations

import itertools
import unicodedata
from typing import Any, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smpp import segments
from smpp.kinds import Alphabet, NationalLanguage, SegmentMethod
from smpp.letterhead import _ONLY_UCS2, Letterhead
from smpp.messages import prepare
from smpp.pdu import PduError
from smpp.segments import TextTooLong
from smpp.settings import LinkSettings
from smpp.status import ESME_RINVDSTADR, ESME_RINVEXPIRY
from smpp.text.national import LOCKING, SINGLE

SOURCE, PHONE, VALIDITY = "12580120", "+8615400000001", "000001000000000R"
NOTICE = "您好，请于明日上午到社区卫生服务中心接种流感疫苗。回TD退订"
ENCODINGS: list[Any] = [("gsm7", "ucs2"), ("gsm7", "latin1", "ucs2"), ("latin1", "ucs2"), ("ucs2",)]
SHIFTS: list[tuple[NationalLanguage, ...]] = [
    (), ("turkish",), ("spanish", "portuguese"), ("hindi", "turkish"), ("urdu",), get_args(NationalLanguage),
]  # fmt: skip
LINKS = st.builds(
    LinkSettings,
    service_type=st.sampled_from(["", "CMT", "USSD1"]),
    source_ton=st.integers(0, 7),
    destination_npi=st.integers(0, 18),
    default_alphabet=st.sampled_from(get_args(Alphabet)),
    encodings=st.sampled_from(ENCODINGS),
    national_shifts=st.sampled_from(SHIFTS),
    segments=st.sampled_from(get_args(SegmentMethod)),
    receipts=st.booleans(),
)
WORDS = [
    "Booked ", "ab", "a", "@_$", "`", "\x1b", "\0", "\r\n\f", "{x}", "[~]^|\\", "5 €", "déjà ", "ΔΩ", "İğş", "मिलें",
    "预约", "您好，José", "（ＡＢＣ）", "ガ", "か\u3099", "〇\u302a", "e\u0301", "👩🏽‍⚕️", "约😀", "\ud83d", "约\ude00",
    "سلام", "ÿ", "、",
]  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=200),
    st.text(st.characters(codec="ascii"), max_size=400),
    st.lists(st.sampled_from(WORDS), max_size=120).map("".join),
    st.builds(str.__mul__, st.sampled_from(WORDS), st.integers(0, 180)),
)
EDGES = [
    "",
    *("a" * long for long in (1, 159, 160, 161, 152 * 2, 305, 153 * 2, 307, 459, 460)),
    *("约" * long for long in (1, 69, 70, 71, 132, 133, 134, 135, 201, 202)),
    *("约" * long + end for long in (66, 67, 68, 69, 133) for end in ("😀", "か\u3099", "\ud83d")),
    *("a" * long + end for long in (152, 158, 159, 160) for end in ("€", "{}", "é", "`", "约", "\x1b")),
    *WORDS,
    NOTICE,
    NOTICE * 8,
]


def written(writes: Any, *args: Any) -> list[bytes] | str:
    try:
        octets: list[bytes] = writes(*args)
    except (TextTooLong, PduError) as error:
        return repr(error)
    return octets


def both(link: LinkSettings, source: str, text: str, *to: Any) -> tuple[Any, Any]:
    """What the letterhead and `prepare` make of a text."""
    return (
        written(lambda: Letterhead(link, source=source, kept=10).octets(text, *to)),
        written(lambda: prepare(link, source=source, text=text).octets(*to)),
    )


@settings(max_examples=500)
@given(
    link=LINKS,
    source=st.sampled_from([SOURCE, "CareDial", "+8612580"]),
    text=TEXTS,
    destination=st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True),
    reference=st.integers(0, 100_000),
    validity=st.sampled_from(["", VALIDITY, "261128013000000+"]),
)
@example(LinkSettings(segments="udh16"), SOURCE, NOTICE * 4, PHONE, 0x1FFFF, VALIDITY)
@example(LinkSettings(), "CareDial", "Booked " * 40, PHONE, 0x01FF, "")
def test_it_writes_as_prepare_does(
    link: LinkSettings, source: str, text: str, destination: str, reference: int, validity: str
) -> None:
    mine, general = both(link, source, text, destination, reference, validity)
    assert mine == general


@pytest.mark.parametrize("method", get_args(SegmentMethod))
@pytest.mark.parametrize("alphabet", get_args(Alphabet))
@pytest.mark.parametrize("encodings", ENCODINGS, ids="+".join)
@pytest.mark.parametrize("shifts", [(), ("turkish", "spanish", "urdu")], ids=["plain", "shifts"])
def test_at_the_edges(method: Any, alphabet: Any, encodings: Any, shifts: Any) -> None:
    link = LinkSettings(segments=method, default_alphabet=alphabet, encodings=encodings, national_shifts=shifts)
    letterhead = Letterhead(link, source=SOURCE, kept=10)
    for text in EDGES:
        general = prepare(link, source=SOURCE, text=text)
        assert letterhead.octets(text, PHONE, 300, VALIDITY) == general.octets(PHONE, 300, VALIDITY), ascii(text)


@pytest.mark.parametrize("method", get_args(SegmentMethod))
@pytest.mark.parametrize("character", ["a", "约"])
def test_as_many_segments_as_there_may_be_and_one_more(method: Any, character: str) -> None:
    link = LinkSettings(segments=method)
    room = {("udh16", "a"): 152, ("udh16", "约"): 66}.get((method, character), 153 if character == "a" else 67)
    for characters in (room * 255, room * 255 + 1):
        mine, general = both(link, SOURCE, character * characters, PHONE, 7, VALIDITY)
        assert mine == general
    assert "TextTooLong" in mine


@pytest.mark.parametrize("text", ["Booked", NOTICE, "Booked " * 40, NOTICE * 4, "5 €"])
@pytest.mark.parametrize(
    ("destination", "validity", "wrong"),
    [
        ("1" * 21, "", ESME_RINVDSTADR),
        ("154\0", "", ESME_RINVDSTADR),
        ("１５４", "", ESME_RINVDSTADR),
        ("154", "0" * 17, ESME_RINVEXPIRY),
    ],
)
def test_what_does_not_fit_is_an_error_each_time(text: str, destination: str, validity: str, wrong: int) -> None:
    letterhead = Letterhead(LinkSettings(), source=SOURCE, kept=10)
    for _ in range(2):
        with pytest.raises(PduError) as error:
            letterhead.octets(text, destination, 1, validity)
        assert error.value.status == wrong


def test_a_sender_that_does_not_fit() -> None:
    with pytest.raises(PduError):
        Letterhead(LinkSettings(), source="1" * 21, kept=10)


@pytest.mark.parametrize("text", ["Your visit, 9:30.", NOTICE, "Your visit. " * 30, NOTICE * 4])
def test_the_usual_texts_are_not_prepared(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.delattr("smpp.letterhead.prepare")
    assert Letterhead(LinkSettings(), source=SOURCE, kept=10).octets(text, PHONE, 1)


def test_no_table_has_what_only_ucs2_has() -> None:
    tables = itertools.chain(LOCKING.values(), SINGLE.values())
    octets = bytes(range(256)).decode("latin-1")
    assert not any(map(_ONLY_UCS2.search, itertools.chain(octets, *(table.values() for table in tables))))


def test_clusters_are_told_as_character_by_character() -> None:
    for character in map(chr, range(0x110000)):
        if not segments._NOT_SINGLE.search(character):
            assert not segments._belongs_to_the_last.__wrapped__(character), ascii(character)
    assert not any(unicodedata.category(chr(code)) in {"Mn", "Mc", "Me"} for code in range(0x300))
