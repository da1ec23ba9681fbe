"""A dialect on a link, whose settings name the maker's TLVs and say what data_coding 0 means."""

from typing import Any

from smpp import tlv
from smpp.kinds import Alphabet
from smpp.ussd.dialect import Dialect
from smpp.ussd.numbering import NONE, WIDE
from smpp.ussd.operations import IN_SERVICE_TYPE


def linked(dialect: Dialect, dictionary: tlv.Dictionary, alphabet: Alphabet) -> Dialect:
    """Return the dialect with its TLVs by the names that the link reads them by, and with the link's alphabet.

    An alphabet that the dialect sets itself stays. Raises ValueError for a name that no TLV has, and where the
    operation's TLV is no int.
    """
    change: dict[str, Any] = {}
    if dialect.session not in (WIDE, NONE):
        change["session"] = _name(dialect.session, dictionary)
    if dialect.operation != IN_SERVICE_TYPE:
        change["operation"] = _number(_name(dialect.operation, dictionary), dictionary)
    if "alphabet" not in dialect.model_fields_set:
        change["alphabet"] = alphabet
    return dialect.model_copy(update=change)


def _name(name: str, dictionary: tlv.Dictionary) -> str:
    if name in dictionary.by_name:
        return name
    tag = _tag(name)
    known = dictionary.by_tag.get(tag)
    return f"0x{tag:04x}" if known is None else known.name


def _tag(name: str) -> int:
    try:
        if name.startswith("0x") and int(name, 16) <= 0xFFFF:
            return int(name, 16)
    except ValueError:
        pass
    raise ValueError(f"{name}: no TLV has this name in SMPP 3.4 or in vendor_tlvs, and a tag is written as 0x1501")


def _number(name: str, dictionary: tlv.Dictionary) -> str:
    """An operation is a number; octets of a maker's TLV are one only by their bare tag."""
    known = dictionary.by_name.get(name)
    if known is not None and known.kind != "int":
        raise ValueError(f'{name} tells the USSD operation: it must have kind = "int" and its size in vendor_tlvs')
    return name
