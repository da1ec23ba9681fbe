"""USSD sessions between handsets and ESMEs, as the network runs them.

A session belongs to one account and, while that is bound, to the bind where it began. Texts for a session that has
ended, or with another session's number, are refused with ESME_RSUBMITFAIL; they reach nobody.
Source: SMPP 3.4 section 5.3.2.43 (its_session_info), SMPP 5.0 4.8.4.64 (ussd_service_op).
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from itertools import count
from typing import Final

from simulators.clock import Clock
from simulators.deliveries import Bind, Deliveries, Delivery
from simulators.phones import Handset, Phones
from simulators.ussd import Ending, NotNow
from smpp import status, ussd
from smpp.pdu import Address, DeliverSm, Tlvs
from smpp.ussd import Dialect, Op, Request, numbering

log = logging.getLogger(__name__)

INTERNATIONAL: Final = (1, 1)  # type of number, numbering plan of an MSISDN


@dataclass(slots=True, kw_only=True)
class Dialogue:
    """What the network knows of an open session. `unit` counts the dialogue units (its_session_info octet 2).

    `numbers` are the TLVs that name it, `number` the name that they give.
    """

    handset: Handset
    account: str
    bind: Bind
    service: Address
    numbers: Tlvs
    number: str | None
    unit: int = 0


class TooLong(ValueError):
    """More than fits a USSD string: 182 septets or 80 UCS-2 characters (3GPP 29.002)."""


class Dialogues:
    """All open sessions, at most one a handset, in the network's dialect."""

    def __init__(
        self,
        phones: Phones,
        deliveries: Deliveries,
        clock: Clock,
        *,
        code: str,
        dialect: Dialect = ussd.STANDARD,
    ) -> None:
        self._phones = phones
        self._deliveries = deliveries
        self._clock = clock
        self._code = code
        self.dialect = dialect
        self._numbers = count()
        self._open: dict[str, Dialogue] = {}

    def __len__(self) -> int:
        return len(self._open)

    def dial(self, number: str, code: str) -> Handset:
        """The subscriber dials. Raises NotNow while a session is open, BadNumber."""
        handset, now = self._phones.get(number), self._clock.seconds()
        known = _behind(self._code, code)
        bind = self._deliveries.turn() if known and not handset.in_session else None
        if bind is not None:
            handset.dial(code, now=now)
            self._tell(self._begin(handset, bind, bind.account, Address(self._code)), "begin", code)
        else:
            handset.fail(code, Ending.NO_SERVICE if known else Ending.UNKNOWN_CODE, now=now)
        return handset

    def answer(self, number: str, text: str) -> Handset:
        """The subscriber answers the text on the screen. Raises TooLong, NotNow, BadNumber."""
        handset = self._phones.get(number)
        if not self.dialect.fits(text):
            raise TooLong("an answer has room for 182 characters, or 80 where some are Chinese")
        handset.answer(now=self._clock.seconds())
        self._tell(self._open[handset.msisdn], "answer", text)
        return handset

    def cancel(self, number: str) -> Handset:
        """The subscriber presses the red key. Raises NotNow where no session is open, BadNumber."""
        handset = self._phones.get(number)
        self._release(handset, Ending.CANCELLED)
        return handset

    def tick(self) -> None:
        """End the sessions in which somebody has been too slow. To be called about once a second."""
        now = self._clock.seconds()
        for dialogue in list(self._open.values()):
            if dialogue.handset.ussd is not None and dialogue.handset.ussd.expired(now):
                self._release(dialogue.handset, Ending.TIMEOUT)

    def request(self, bind: Bind, asked: Request) -> int:
        """An ESME's submit_sm with a ussd_service_op; return the command_status to answer with."""
        if not self.dialect.fits(asked.text):
            return status.ESME_RINVMSGLEN
        handset = self._phones.get(asked.subscriber.number)
        dialogue = self._open.get(handset.msisdn)
        try:
            if dialogue is None:
                return self._push(handset, bind, asked)
            if not self._belongs(dialogue, bind.account, asked):
                return status.ESME_RSUBMITFAIL
            self._show(dialogue, asked)
        except NotNow as wrong:
            log.warning("USSD refused: %s", wrong)
            return status.ESME_RSUBMITFAIL
        return status.ESME_ROK

    def _push(self, handset: Handset, bind: Bind, asked: Request) -> int:
        """The application begins: a menu or a notice. A late text does not begin anything."""
        if not asked.first:
            return status.ESME_RSUBMITFAIL
        receiver = bind if bind.may_receive else self._deliveries.reachable(bind.account)
        if receiver is None:
            return status.ESME_RSUBMITFAIL
        numbers = None if asked.number is None else asked.tlvs
        dialogue = self._begin(handset, receiver, bind.account, asked.service, numbers)
        notice = not asked.wants_answer and not asked.end
        self._show(dialogue, asked, last=notice)
        if notice:
            self._close(dialogue, Ending.CLOSED)
        return status.ESME_ROK

    def _show(self, dialogue: Dialogue, asked: Request, *, last: bool = False) -> None:
        """Put a text on the screen; a notice is confirmed, and with `last` the session ends by that."""
        now = self._clock.seconds()
        if asked.end:
            dialogue.handset.end(Ending.CLOSED, text=asked.text, now=now)
            del self._open[dialogue.handset.msisdn]
            return
        dialogue.handset.show(asked.text, wants_answer=asked.wants_answer, now=now)
        if not asked.wants_answer:
            self._tell(dialogue, "confirm", "", last=last)

    def _begin(
        self, handset: Handset, bind: Bind, account: str, service: Address, numbers: Tlvs | None = None
    ) -> Dialogue:
        """Open a session with the application's numbers, or with one of the network's."""
        named = self._fresh() if numbers is None else numbers
        dialogue = Dialogue(
            handset=handset, account=account, bind=bind, service=service, numbers=named, number=self._number(named)
        )
        self._open[handset.msisdn] = dialogue
        return dialogue

    def _belongs(self, dialogue: Dialogue, account: str, asked: Request) -> bool:
        """Tell whether a request is of this session: same account, same number."""
        return (account, asked.number) == (dialogue.account, dialogue.number)

    def _fresh(self) -> Tlvs:
        """Return the TLVs of the next session number; one in a maker's own TLV has 4 octets."""
        number, session = next(self._numbers), self.dialect.session
        if session in numbering.NUMBERS or session == numbering.NONE:
            return numbering.fresh(session, number)
        return {session: number.to_bytes(4, "big")}

    def _number(self, numbers: Tlvs) -> str | None:
        return numbering.number_of(DeliverSm(tlvs=numbers), self.dialect.session)

    def _release(self, handset: Handset, ending: Ending) -> None:
        handset.end(ending, now=self._clock.seconds())
        dialogue = self._open.pop(handset.msisdn)
        self._tell(dialogue, "release", "")

    def _close(self, dialogue: Dialogue, ending: Ending) -> None:
        """End a session without a word to the application."""
        if self._open.get(dialogue.handset.msisdn) is dialogue:
            del self._open[dialogue.handset.msisdn]
            dialogue.handset.end(ending, now=self._clock.seconds())

    def _tell(self, dialogue: Dialogue, op: Op, text: str, *, last: bool = False) -> None:
        pdu = ussd.indicate(
            op,
            subscriber=Address(dialogue.handset.msisdn, *INTERNATIONAL),
            service=dialogue.service,
            text=text,
            numbers=self._numbers_of(dialogue, last=last),
            dialect=self.dialect,
        )
        dialogue.unit += 1
        delivery = Delivery(
            pdu=pdu,
            account=dialogue.account,
            bind=dialogue.bind,
            keep=False,
            settled=lambda code: None if code == status.ESME_ROK else self._close(dialogue, Ending.BROKEN),
        )
        if not self._deliveries.send(delivery):
            self._close(dialogue, Ending.BROKEN)

    def _numbers_of(self, dialogue: Dialogue, *, last: bool) -> Tlvs:
        """Write the session's numbers; the end bit is also set by `indicate`, in a release."""
        info = dialogue.numbers.get(numbering.INFO)
        if not isinstance(info, bytes):
            return dialogue.numbers
        units = dialogue.unit << 1 & 0xFE if self.dialect.session == numbering.INFO else info[1] & 0xFE
        return {**dialogue.numbers, numbering.INFO: bytes([info[0], units | last])}


def _behind(code: str, dialled: str) -> bool:
    """Tell whether `dialled` is the code, or the code with arguments: `*120#`, `*120*1*2#`."""
    return re.fullmatch(re.escape(code.removesuffix("#")) + r"(\*[0-9*]{0,150})?#", dialled) is not None
