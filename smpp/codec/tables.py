"""smpplib's tables of mandatory fields, and in its own form those that it lacks.

smpplib 2.2.4 has no cancel_sm, replace_sm, submit_multi and outbind (SMPP 3.4 sections 4.9, 4.10, 4.5, 4.1.7), and
bounds the addresses of data_sm and alert_notification more tightly than 4.7.1 and 4.12.1 do.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Final

from smpplib import smpp as library
from smpplib.command import Command, Param, SubmitSM
from smpplib.ptypes import ostr

from smpp.codec.lists import read_destinations, read_unsuccessful

LISTS: Final[dict[str, Callable[[bytes, int, int], tuple[tuple[Any, ...], int]]]] = {
    "dest_address": read_destinations,
    "unsuccess_sme": read_unsuccessful,
}
"""Fields that are a list: (octets, where it begins, its count) -> (entries, where it ends)."""

_LONGER: Final = {
    "data_sm": {"source_addr": 65, "destination_addr": 65},
    "alert_notification": {"source_addr": 65, "esme_addr": 65},
}


def _octet() -> Param:
    return Param(type=int, size=1)


def _string(size: int) -> Param:
    return Param(type=str, max=size)


class _Table(Command):  # type: ignore[misc]
    """A command made of its table alone."""

    params_order: ClassVar[tuple[str, ...]] = ()

    def __init__(self, command: str, **kwargs: Any) -> None:
        super().__init__(command, **kwargs)
        self._set_vars(**dict.fromkeys(self.params))

    def _parse_ostring(self, field: str, data: bytes, pos: int, length: int | None = None) -> tuple[bytes, int]:
        if field in LISTS:
            _, end = LISTS[field](data, pos, getattr(self, self.params[field].len_field))
            length = end - pos
        parsed: tuple[bytes, int] = super()._parse_ostring(field, data, pos, length)
        return parsed


class _Outbind(_Table):
    params: ClassVar[dict[str, Param]] = {"system_id": _string(16), "password": _string(9)}
    params_order = ("system_id", "password")


class _CancelSm(_Table):
    params: ClassVar[dict[str, Param]] = {
        "service_type": _string(6),
        "message_id": _string(65),
        "source_addr_ton": _octet(),
        "source_addr_npi": _octet(),
        "source_addr": _string(21),
        "dest_addr_ton": _octet(),
        "dest_addr_npi": _octet(),
        "destination_addr": _string(21),
    }
    params_order = tuple(params)


class _ReplaceSm(_Table):
    params: ClassVar[dict[str, Param]] = {
        "message_id": _string(65),
        "source_addr_ton": _octet(),
        "source_addr_npi": _octet(),
        "source_addr": _string(21),
        "schedule_delivery_time": _string(17),
        "validity_period": _string(17),
        "registered_delivery": _octet(),
        "sm_default_msg_id": _octet(),
        "sm_length": _octet(),
        "short_message": Param(type=ostr, max=254, len_field="sm_length"),
    }
    params_order = tuple(params)

    def prep(self) -> None:
        """Fill in sm_length before writing, as smpplib does in its own."""
        self.sm_length = len(self.short_message or b"")


_FIRST: Final = ("service_type", "source_addr_ton", "source_addr_npi", "source_addr")


class _SubmitMulti(_ReplaceSm):
    params: ClassVar[dict[str, Param]] = {
        **{field: SubmitSM.params[field] for field in _FIRST},
        "number_of_dests": _octet(),
        "dest_address": Param(type=ostr, max=254 * 24, len_field="number_of_dests"),
        **{field: SubmitSM.params[field] for field in SubmitSM.params_order[7:18]},  # esm_class to short_message
    }
    params_order = tuple(params)


class _SubmitMultiResp(_Table):
    params: ClassVar[dict[str, Param]] = {
        "message_id": _string(65),
        "no_unsuccess": _octet(),
        "unsuccess_sme": Param(type=ostr, max=255 * 27, len_field="no_unsuccess"),
    }
    params_order = tuple(params)


class _Empty(_Table):
    params: ClassVar[dict[str, Param]] = {}


_OURS: Final = {
    "outbind": _Outbind,
    "cancel_sm": _CancelSm,
    "cancel_sm_resp": _Empty,
    "replace_sm": _ReplaceSm,
    "replace_sm_resp": _Empty,
    "submit_multi": _SubmitMulti,
    "submit_multi_resp": _SubmitMultiResp,
}


def command(name: str) -> Any:
    """Return an empty smpplib command of that name, without its counter and with the standard's field sizes."""
    if name in _OURS:
        return _OURS[name](name, sequence=0)
    made = library.make_pdu(name, sequence=0)
    if name in _LONGER:
        made.params = {**made.params, **{field: _string(size) for field, size in _LONGER[name].items()}}
    return made
