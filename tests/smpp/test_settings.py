"""Settings of a link: every mistake is named."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from smpp import tlv
from smpp.pdu import Address, DeliverSm
from smpp.settings import LinkSettings
from smpp.status import StatusClass
from smpp.ussd import DIALECTS, STANDARD, Dialect, read, reply


def test_the_defaults_are_a_working_link() -> None:
    settings = LinkSettings()
    assert (settings.host, settings.port, settings.bind, settings.window) == ("127.0.0.1", 2775, "transceiver", 10)


def test_every_setting_has_its_sentence() -> None:
    assert all(field.description and field.description.endswith(".") for field in LinkSettings.model_fields.values())


@pytest.mark.parametrize(
    "mistake",
    [
        {"prot": 2775},
        {"port": 70000},
        {"bind": "both"},
        {"window": 0},
        {"password": "longer than 8"},
        {"system_id": "longer than fifteen"},
        {"system_id": "社区"},
        {"password": "社区"},
        {"reconnect_min": 61},
        {"refused_min": 901},
        {"errors": {"0x0401": "perhaps"}},
        {"errors": {"busy": "throttle"}},
        {"outbind_port": 2775, "tls": True},
        {"errors": {"0": "permanent"}},
        {"errors": {"-5": "permanent"}},
        {"errors": {"0x1FFFFFFFF": "permanent"}},
        {"errors": {"0x0401": "permanent", "1025": "throttle"}},
        {"response_timeout": float("inf")},
        {"ussd": "nokia"},
        {"ussd": {"ucs2": 91}},
        {"ussd": {"base": "words", "ask": 2}},  # words and numbers
        {"ussd": {"session": "0x150g"}},
        {"ussd": {"session": "0x11501"}},
        {"ussd": {"operation": "none"}},
        {"encodings": ["gsm7"]},
        {"prefixes": ["138x"]},
        {"vendor_tlvs": {"cause": {"tag": 0x0501}}},
        {"vendor_tlvs": {"cause": {"tag": 0x1401, "kind": "int"}}},
        {"vendor_tlvs": {"message_state": {"tag": 0x1401}}},
        {"vendor_tlvs": {"cause": {"tag": 0x1401}, "reason": {"tag": 0x1401}}},
    ],
)
def test_mistakes(mistake: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LinkSettings(**mistake)


def test_the_password_does_not_show() -> None:
    assert "secret" not in repr(LinkSettings(password="secret"))


class TestADialectOnALink:
    """What the link's other settings make of it."""

    def ussd(self, **settings: Any) -> Dialect:
        found = LinkSettings(**settings).ussd
        assert found is not None
        return found

    def test_without_any_it_is_as_it_stands(self) -> None:
        assert self.ussd() == STANDARD
        assert self.ussd(ussd="tlv1501") == DIALECTS["tlv1501"]
        assert LinkSettings(ussd="").ussd is None

    @pytest.mark.parametrize("tag", ["0x1501", "0x01501"])
    def test_a_tag_that_vendor_tlvs_name_goes_by_that_name(self, tag: str) -> None:
        vendor = {"dialogue": {"tag": 0x1501}, "Op": {"tag": 0x1502, "kind": "int", "size": 1}}
        dialect = self.ussd(ussd={"session": tag, "operation": "0x1502"}, vendor_tlvs=vendor)
        assert (dialect.session, dialect.operation) == ("dialogue", "Op")

    def test_a_name_of_vendor_tlvs_is_known(self) -> None:
        assert self.ussd(ussd={"session": "dialogue"}, vendor_tlvs={"dialogue": {"tag": 0x1501}}).session == "dialogue"

    def test_a_tag_of_the_standard_goes_by_its_name(self) -> None:
        dialect = self.ussd(ussd={"session": "0x1383", "operation": "0x501"})
        assert dialect == STANDARD

    def test_a_tag_without_a_name_is_written_as_the_link_reads_it(self) -> None:
        assert self.ussd(ussd={"session": "0x15AB"}).session == "0x15ab"

    def test_a_session_goes_both_ways(self) -> None:
        settings = LinkSettings(
            ussd={"session": "0x1501", "operation": "0x1502", "numbered": False},
            vendor_tlvs={
                "dialogue": {"tag": 0x1501, "kind": "int", "size": 4},
                "op": {"tag": 0x1502, "kind": "int", "size": 1},
            },
        )
        dictionary, dialect = tlv.dictionary(settings.vendor_tlvs), settings.ussd
        assert dialect is not None
        heard = dictionary.parse(bytes.fromhex("1501 0004 00003039  1502 0001 01"))
        begin = read(DeliverSm(source=Address("8613800138000"), short_message=b"*120#", tlvs=heard), dialect)
        assert begin is not None
        assert (begin.op, begin.key) == ("begin", "t12345:8613800138000")
        said = dictionary.build(reply(begin, "1 Book", end=False, dialect=dialect).tlvs)
        assert said == bytes.fromhex("1502 0001 02  1501 0004 00003039")

    @pytest.mark.parametrize(
        ("settings", "sentence"),
        [
            ({"ussd": {"session": "dialogue"}}, "dialogue: no TLV has this name"),
            ({"ussd": {"operation": "0x1402"}, "vendor_tlvs": {"op": {"tag": 0x1402}}}, 'op .* must have kind = "int"'),
        ],
    )
    def test_mistakes_in_plain_words(self, settings: dict[str, Any], sentence: str) -> None:
        with pytest.raises(ValidationError, match=sentence):
            LinkSettings(**settings)

    def test_a_mistake_in_vendor_tlvs_is_the_only_one_told(self) -> None:
        with pytest.raises(ValidationError) as told:
            LinkSettings(ussd={"session": "cause"}, vendor_tlvs={"cause": {"tag": 1}})
        assert [error["loc"][0] for error in told.value.errors()] == ["vendor_tlvs"]

    def test_data_coding_0_means_what_the_link_says(self) -> None:
        assert self.ussd(default_alphabet="latin1").alphabet == "latin1"
        assert self.ussd(default_alphabet="latin1", ussd={"alphabet": "gsm7"}).alphabet == "gsm7"


def test_vendor_classes() -> None:
    settings = LinkSettings(errors={"0x0401": "permanent", "1026": "throttle"})
    assert settings.vendor_classes == {0x0401: StatusClass.PERMANENT, 1026: StatusClass.THROTTLE}
