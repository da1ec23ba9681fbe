"""command_status values and what each one asks a sender to do.

Source: SMPP 3.4 Issue 1.2, section 5.1.3 (codes); the classes are practice, since the standard names none.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

ESME_ROK: Final = 0x00
ESME_RINVMSGLEN: Final = 0x01
ESME_RINVCMDLEN: Final = 0x02
ESME_RINVCMDID: Final = 0x03
ESME_RINVBNDSTS: Final = 0x04
ESME_RALYBND: Final = 0x05
ESME_RINVPRTFLG: Final = 0x06
ESME_RINVREGDLVFLG: Final = 0x07
ESME_RSYSERR: Final = 0x08
ESME_RINVSRCADR: Final = 0x0A
ESME_RINVDSTADR: Final = 0x0B
ESME_RINVMSGID: Final = 0x0C
ESME_RBINDFAIL: Final = 0x0D
ESME_RINVPASWD: Final = 0x0E
ESME_RINVSYSID: Final = 0x0F
ESME_RCANCELFAIL: Final = 0x11
ESME_RREPLACEFAIL: Final = 0x13
ESME_RMSGQFUL: Final = 0x14
ESME_RINVSERTYP: Final = 0x15
ESME_RINVNUMDESTS: Final = 0x33
ESME_RINVDLNAME: Final = 0x34
ESME_RINVDESTFLAG: Final = 0x40
ESME_RINVSUBREP: Final = 0x42
ESME_RINVESMCLASS: Final = 0x43
ESME_RCNTSUBDL: Final = 0x44
ESME_RSUBMITFAIL: Final = 0x45
ESME_RINVSRCTON: Final = 0x48
ESME_RINVSRCNPI: Final = 0x49
ESME_RINVDSTTON: Final = 0x50
ESME_RINVDSTNPI: Final = 0x51
ESME_RINVSYSTYP: Final = 0x53
ESME_RINVREPFLAG: Final = 0x54
ESME_RINVNUMMSGS: Final = 0x55
ESME_RTHROTTLED: Final = 0x58
ESME_RINVSCHED: Final = 0x61
ESME_RINVEXPIRY: Final = 0x62
ESME_RINVDFTMSGID: Final = 0x63
ESME_RX_T_APPN: Final = 0x64
ESME_RX_P_APPN: Final = 0x65
ESME_RX_R_APPN: Final = 0x66
ESME_RQUERYFAIL: Final = 0x67
ESME_RINVOPTPARSTREAM: Final = 0xC0
ESME_ROPTPARNOTALLWD: Final = 0xC1
ESME_RINVPARLEN: Final = 0xC2
ESME_RMISSINGOPTPARAM: Final = 0xC3
ESME_RINVOPTPARAMVAL: Final = 0xC4
ESME_RDELIVERYFAILURE: Final = 0xFE
ESME_RUNKNOWNERR: Final = 0xFF


class StatusClass(Enum):
    """What a sender does next with the message, or with the link."""

    OK = "ok"
    THROTTLE = "throttle"  # the link is too fast: slow it down, send again later
    TEMPORARY = "temporary"  # send again with growing pauses, up to the message's age limit
    UNCERTAIN = "uncertain"  # may be either: send again, but only a few times
    PERMANENT = "permanent"  # this message will never go: do not send it again
    BIND = "bind"  # the session is wrong, not the message: bind anew, then send again


_CLASSES: Final[Mapping[StatusClass, frozenset[int]]] = {
    StatusClass.OK: frozenset({ESME_ROK}),
    StatusClass.THROTTLE: frozenset({ESME_RTHROTTLED, ESME_RMSGQFUL}),
    StatusClass.TEMPORARY: frozenset({ESME_RSYSERR, ESME_RX_T_APPN, ESME_RDELIVERYFAILURE, ESME_RUNKNOWNERR}),
    StatusClass.BIND: frozenset(
        {ESME_RINVBNDSTS, ESME_RALYBND, ESME_RBINDFAIL, ESME_RINVPASWD, ESME_RINVSYSID, ESME_RINVSYSTYP}
    ),
    StatusClass.UNCERTAIN: frozenset({ESME_RSUBMITFAIL}),
}
_BY_STATUS: Final = {code: kind for kind, codes in _CLASSES.items() for code in codes}
_NAMES: Final = {code: name for name, code in globals().items() if name.startswith("ESME_")}
_VENDOR: Final = range(0x400, 0x500)

BIND_REFUSED: Final = frozenset({ESME_RINVPASWD, ESME_RINVSYSID, ESME_RALYBND, ESME_RBINDFAIL, ESME_RINVSYSTYP})
"""Answers to a bind that a quick second try will not cure; hammering gets accounts locked."""


def classify(status: int, vendor: Mapping[int, StatusClass] | None = None) -> StatusClass:
    """Return the class of `status`; `vendor` (per link) overrides and completes the standard table.

    A code that neither knows is UNCERTAIN in the vendor range 0x400-0x4FF and PERMANENT elsewhere, so that an
    unknown code never makes a message circle for ever.
    """
    if vendor and status in vendor:
        return vendor[status]
    if status in _VENDOR:
        return StatusClass.UNCERTAIN
    return _BY_STATUS.get(status, StatusClass.PERMANENT)


def name(status: int) -> str:
    """Return the standard's name of a command_status, or its hexadecimal form where it has none."""
    return _NAMES.get(status, f"0x{status:08X}")
