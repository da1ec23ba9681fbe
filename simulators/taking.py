"""Submits that nothing stands against: checked, given an id, answered, and put on their way.

Source: SMPP 3.4 sections 4.4 (submit_sm), 4.5 (submit_multi), 7.1.1 (times); 3GPP 23.040 section 9.2.3.16 (lengths).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from simulators import smpp_time
from simulators.carrier import Carrier
from simulators.clock import Clock
from simulators.conditions import Conditions
from simulators.dialogues import Dialogues
from simulators.messages import Message, Messages, written
from simulators.phones import BadNumber, digits
from simulators.submits import Submitted
from smpp import status
from smpp.pdu import Address, DistributionList, SubmitMulti, SubmitMultiResp, SubmitSm, Unsuccessful
from smpp.receipts import MessageState
from smpp.segments import UDHI
from smpp.ussd import Request, read_request

MOST_WAITING: Final = 100_000  # messages, for their time or for a phone
_MODE, _TRANSACTION = 0x03, 0x02  # esm_class bits 1-0: answered when the message has arrived (5.2.12)
_TPDU_OCTETS: Final = 140  # user data of one SMS: 140 octets or 160 septets
_OCTET_CODINGS: Final = (0x04, 0x08)  # bits 3-2 of data_coding: 8-bit data, UCS-2
_NOT_OCTETS: Final = (0x05, 0x06, 0x07, 0x0D, 0x0E)  # character sets of SMPP that share these bits


class Taking:
    """Takes messages over from ESMEs."""

    def __init__(
        self,
        messages: Messages,
        carrier: Carrier,
        dialogues: Dialogues,
        clock: Clock,
        conditions: Callable[[], Conditions],
    ) -> None:
        self._messages = messages
        self._carrier = carrier
        self._dialogues = dialogues
        self._clock = clock
        self._conditions = conditions

    def take(self, submitted: Submitted) -> None:
        """Take a submit or refuse it, and answer."""
        if isinstance(submitted.pdu, SubmitMulti):
            self._take_each(submitted, submitted.pdu)
        elif (asked := read_request(submitted.pdu, self._dialogues.dialect)) is not None:
            self._show(submitted, submitted.pdu, asked)
        else:
            self._take_one(submitted, submitted.pdu)

    def _show(self, submitted: Submitted, submit: SubmitSm, asked: Request) -> None:
        code = _number_error(submit) or self._dialogues.request(submitted.bind, asked)
        if code == status.ESME_RSUBMITFAIL:  # the session is over, or another one
            code = self._conditions().ussd_late_text
        if code:
            submitted.refuse(code)
            return
        message = self._keep(submitted, submit)
        self._messages.settle(message, MessageState.DELIVERED, now=self._clock.seconds())
        self._answer(submitted, message)

    def _take_one(self, submitted: Submitted, submit: SubmitSm) -> None:
        code = refusal(submit, self._clock.seconds()) or self._full()
        if code:
            submitted.refuse(code)
            return
        if submit.replace_if_present_flag:
            self._carrier.replace_if_present(submitted.bind.account, submit)
        message = self._keep(submitted, submit)
        if self._conditions().receipt_first or submit.esm_class & _MODE == _TRANSACTION:
            self._carrier.carry(message, submitted.bind, lambda: self._answer(submitted, message))
        else:
            self._answer(submitted, message)
            self._carrier.carry(message, submitted.bind)

    def _take_each(self, submitted: Submitted, multi: SubmitMulti) -> None:
        """Take a message for several: the answer has one id, which all receipts carry, and tells who is refused."""
        taken: list[Message] = []
        refused: list[Unsuccessful] = []
        for submit, code in self._each(multi):
            if code:
                refused.append(Unsuccessful(submit.destination, code))
            else:
                taken.append(self._keep(submitted, submit, shown=taken[0].id if taken else None))
        if not taken:
            submitted.refuse(refused[0].status if refused else status.ESME_RINVNUMDESTS)
            return
        message_id = written(taken[0], self._conditions().submit_ids)
        submitted.answer(SubmitMultiResp(message_id=message_id, unsuccess_sme=tuple(refused)))
        for message in taken:
            self._carrier.carry(message, submitted.bind)

    def _each(self, multi: SubmitMulti) -> list[tuple[SubmitSm, int]]:
        """Return a submit_sm for each recipient, with what stands against it; distribution lists there are none."""
        fields = {name: getattr(multi, name) for name in multi.__struct_fields__ if name != "destinations"}
        common, now = SubmitSm(**fields), self._clock.seconds()
        each: list[tuple[SubmitSm, int]] = []
        for destination in multi.destinations:
            if isinstance(destination, DistributionList):
                each.append((replace(common, destination=Address(destination.name)), status.ESME_RINVDLNAME))
            else:
                submit = replace(common, destination=destination)
                each.append((submit, refusal(submit, now) or self._full()))
        return each

    def _full(self) -> int:
        return status.ESME_RMSGQFUL if len(self._carrier) >= MOST_WAITING else status.ESME_ROK

    def _keep(self, submitted: Submitted, submit: SubmitSm, shown: int | None = None) -> Message:
        return self._messages.take(submitted.bind.account, submit, now=self._clock.seconds(), shown=shown)

    def _answer(self, submitted: Submitted, message: Message) -> None:
        submitted.answer(submitted.kind(message_id=written(message, self._conditions().submit_ids)))


def refusal(submit: SubmitSm, now: float) -> int:
    """Return why a submit cannot be taken, 0 where it can."""
    return _number_error(submit) or _time_error(submit, now) or _length_error(submit)


def _number_error(submit: SubmitSm) -> int:
    try:
        digits(submit.destination.number)
    except BadNumber:
        return status.ESME_RINVDSTADR
    return status.ESME_ROK


def _time_error(submit: SubmitSm, now: float) -> int:
    try:
        due = smpp_time.read(submit.schedule_delivery_time, now)
    except ValueError:
        return status.ESME_RINVSCHED
    try:
        expires = smpp_time.read(submit.validity_period, now)
    except ValueError:
        return status.ESME_RINVEXPIRY
    ends_too_early = expires is not None and expires <= max(due or now, now)
    return status.ESME_RINVEXPIRY if ends_too_early else status.ESME_ROK


def _length_error(submit: SubmitSm) -> int:
    """Return ESME_RINVMSGLEN where short_message fits no SMS; a message_payload the network cuts itself."""
    octets = submit.short_message
    if octets and "message_payload" in submit.tlvs:
        return status.ESME_RINVMSGLEN
    header = octets[0] + 1 if octets and submit.esm_class & UDHI else 0
    if submit.data_coding & 0x0C in _OCTET_CODINGS and submit.data_coding not in _NOT_OCTETS:
        fits = len(octets) <= _TPDU_OCTETS
    else:
        fits = len(octets) - header <= (_TPDU_OCTETS - header) * 8 // 7
    return status.ESME_ROK if fits else status.ESME_RINVMSGLEN
