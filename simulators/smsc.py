"""The SMS centre: accounts, submits, receipts, and the short messages that handsets send.

It knows no socket: `simulators.server` gives it binds and their requests, and `simulators.http` presses the keys of
handsets. Times come from a clock (Twisted's IReactorTime), so that a test may turn it.
Not simulated: schedule_delivery_time and validity_period are accepted and ignored, messages go out at once.
"""

from __future__ import annotations

import hmac
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from simulators.clock import Clock
from simulators.conditions import Conditions, Throttle
from simulators.deliveries import QUEUE, Bind, Deliveries, Delivery
from simulators.dialogues import INTERNATIONAL, Dialogues
from simulators.messages import Message, Messages, receipt, written
from simulators.phones import BadNumber, Phones, Plan, Sms, digits
from simulators.ussd import Timers
from smpp import pdu as pdus
from smpp import status, ussd
from smpp.pdu import Address, DataSm, DeliverSm, Pdu, QuerySm, ShortMessage, SubmitSm
from smpp.receipts import MessageState
from smpp.segments import UDHI, split
from smpp.settings import SessionKey

log = logging.getLogger(__name__)

Answer = Callable[[Pdu], None]
_TPDU_OCTETS: Final = 140  # user data of one SMS (3GPP 23.040 section 9.2.3.16): 140 octets or 160 septets
_OCTET_CODINGS: Final = (0x04, 0x08)  # bits 3-2 of data_coding: 8-bit data, UCS-2
_NOT_OCTETS: Final = (0x05, 0x06, 0x07, 0x0D, 0x0E)  # character sets of SMPP that share these bits


class QueueFull(Exception):
    """The network keeps as many messages for the application as it can."""

    retry = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the operator agreed on with the application."""

    accounts: Mapping[str, str] = field(default_factory=lambda: {"caredial": "caredial"}, repr=False)
    number: str = "12580120"
    country: str = "86"  # calling code; empty for a network without national numbers
    ussd_code: str = "*120#"
    layout: SessionKey = "its_session_info"
    timers: Timers = field(default_factory=Timers)
    queue: int = QUEUE


class Smsc:
    """One SMS centre with its handsets. `conditions` may be replaced at any time."""

    def __init__(
        self,
        clock: Clock,
        service: Service,
        *,
        conditions: Conditions | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.service = service
        self.conditions = conditions or Conditions()
        self.phones = Phones(service.timers, plan=Plan(service.country))
        self.deliveries = Deliveries(clock, most=service.queue)
        self.dialogues = Dialogues(self.phones, self.deliveries, clock, code=service.ussd_code, layout=service.layout)
        self.messages = Messages()
        self._clock = clock
        self._chance = chance or random.Random()
        self._throttles: dict[str, Throttle] = {}
        self._references = count(1)
        self._watchers: list[Callable[[], None]] = []
        self._work: dict[type[Pdu], Callable[[Bind, Any, Answer], None]] = {
            SubmitSm: self._submit,
            DataSm: self._data,
            QuerySm: self._query,
        }

    # The application's side

    def admit(self, request: pdus.Bind) -> int:
        """Return the command_status of a bind: who is unknown, and whose password is wrong, stays outside."""
        password = self.service.accounts.get(request.system_id)
        if password is None:
            return status.ESME_RINVSYSID
        if not hmac.compare_digest(password.encode(), request.password.encode()):
            return status.ESME_RINVPASWD
        return status.ESME_ROK

    def bound(self, bind: Bind) -> None:
        """A bind is there: what waited for it goes out."""
        self.deliveries.add(bind)
        self._changed()

    def unbound(self, bind: Bind) -> None:
        """A bind is gone."""
        self.deliveries.remove(bind)
        self._changed()

    def asked(self, bind: Bind, request: Pdu, answer: Answer) -> None:
        """Work on an ESME's request; `answer` gets the response, now, later, or never (`Conditions.silent`)."""
        work = self._work.get(type(request))
        if work is not None:
            work(bind, request, answer)

    def drop(self) -> int:
        """Close all connections of bound ESMEs without a word; return how many."""
        binds = self.deliveries.binds
        for bind in binds:
            bind.close()
        return len(binds)

    # The subscriber's side (USSD: `dialogues`)

    def send_sms(self, sender: str, to: str, text: str) -> Sms:
        """A handset sends a text, to the service or to another handset.

        Raises BadNumber, QueueFull, smpp.segments.TextTooLong.
        """
        handset = self.phones.get(sender)
        if to.strip() == self.service.number:
            self._to_service(handset.msisdn, text)
        else:
            self.phones.get(to).receive(handset.number, text, now=self._clock.seconds())
        return handset.sent(to.strip(), text, now=self._clock.seconds())

    def _to_service(self, msisdn: str, text: str) -> None:
        for segment in split(text, next(self._references)):
            pdu = DeliverSm(
                source=Address(msisdn, *INTERNATIONAL),
                destination=Address(self.service.number),
                esm_class=segment.esm_class,
                data_coding=segment.data_coding,
                short_message=segment.short_message,
            )
            if not self.deliveries.send(Delivery(pdu=pdu)):
                raise QueueFull(f"{len(self.deliveries)} messages wait for the application")

    # Who watches

    def subscribe(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have `watcher` run when a bind comes or goes, or conditions change, until the returned function runs."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def change(self, changes: dict[str, Any]) -> None:
        """Change conditions by field name. Raises pydantic.ValidationError."""
        self.conditions = self.conditions.changed(changes)
        log.info("conditions: %s", self.conditions)
        self._changed()

    def _changed(self) -> None:
        for watcher in tuple(self._watchers):
            watcher()

    # Requests of the application

    def _submit(self, bind: Bind, submit: SubmitSm, answer: Answer) -> None:
        def respond(code: int, message_id: str = "") -> None:
            if not self.conditions.silent:
                answer(pdus.SubmitSmResp(status=code, message_id=message_id))

        self._throttled(bind, submit, respond)

    def _data(self, bind: Bind, data: DataSm, answer: Answer) -> None:
        def respond(code: int, message_id: str = "") -> None:
            if not self.conditions.silent:
                answer(pdus.DataSmResp(status=code, message_id=message_id))

        common = {name: getattr(data, name) for name in data.__struct_fields__}
        self._throttled(bind, SubmitSm(**common), respond)

    def _query(self, bind: Bind, query: QuerySm, answer: Answer) -> None:
        answer(self.messages.query(bind.account, query, hexadecimal=self.conditions.hex_ids))

    def _throttled(self, bind: Bind, submit: SubmitSm, respond: Callable[..., None]) -> None:
        throttle = self._throttles.setdefault(bind.account, Throttle())
        if not throttle.admits(self.conditions.throttle, self._clock.seconds()):
            respond(status.ESME_RTHROTTLED)
        else:
            self._after(self.conditions.latency, lambda: self._accept(bind, submit, respond))

    def _accept(self, bind: Bind, submit: SubmitSm, respond: Callable[..., None]) -> None:
        asked = ussd.read_request(submit)
        code = self._refusal(submit)
        if not code:
            code = self.dialogues.request(bind, asked) if asked is not None else _length_error(submit)
        if code:
            log.info("submit refused with %s", status.name(code))
            respond(code)
            return
        message = self.messages.take(bind.account, submit, now=self._clock.seconds())
        message_id = written(message, hexadecimal=self.conditions.hex_ids)
        if asked is not None:
            self.messages.settle(message, MessageState.DELIVERED, now=self._clock.seconds())
            respond(status.ESME_ROK, message_id)
        elif self.conditions.receipt_first:
            self._carry(message, submit, lambda: respond(status.ESME_ROK, message_id))
        else:
            respond(status.ESME_ROK, message_id)
            self._carry(message, submit, lambda: None)

    def _refusal(self, submit: SubmitSm) -> int:
        """Return why a submit cannot be taken, 0 where it can."""
        if self._happens(self.conditions.refuse):
            return status.ESME_RSYSERR
        try:
            digits(submit.destination.number)
        except BadNumber:
            return status.ESME_RINVDSTADR
        return status.ESME_ROK

    def _carry(self, message: Message, submit: SubmitSm, then: Callable[[], None]) -> None:
        """Bring a message to its handset, unless it fails, and the receipt to the account; then call `then`."""
        failed = self._happens(self.conditions.fail)
        if not failed:
            handset = self.phones.get(submit.destination.number)
            handset.segment(submit, now=self._clock.seconds())

        def settle() -> None:
            state = MessageState.UNDELIVERABLE if failed else MessageState.DELIVERED
            settled = self.messages.settle(message, state, now=self._clock.seconds())
            if settled.wants_receipt and not self.deliveries.send(
                Delivery(pdu=receipt(settled), account=message.account)
            ):
                log.warning("receipt of %s dropped: the queue is full", message.id)
            then()

        self._after(self.conditions.receipt_delay, settle)

    def _after(self, delay: float, work: Callable[[], None]) -> None:
        if delay:
            self._clock.callLater(delay, work)
        else:
            work()

    def _happens(self, share: float) -> bool:
        return share > 0 and self._chance.random() < share


def _length_error(submit: ShortMessage) -> int:
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
