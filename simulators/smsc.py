"""The SMS centre: accounts, the operations of ESMEs, and the short messages that handsets send.

It knows no socket: `simulators.server` gives it binds and their requests, and `simulators.http` presses the keys of
handsets. Times come from a clock (Twisted's IReactorTime), so that a test may turn it.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators import messages as kept
from simulators.carrier import Carrier
from simulators.clock import Clock
from simulators.conditions import Conditions
from simulators.deliveries import QUEUE, Bind, Deliveries
from simulators.dialogues import INTERNATIONAL, Dialogues
from simulators.letters import Letters, QueueFull
from simulators.messages import Messages
from simulators.phones import Phones, Plan, Sms, digits
from simulators.receipts import Receipts, error
from simulators.submits import Answer, Submits, Submitted
from simulators.taking import Taking
from simulators.ussd import Timers
from simulators.ussd_faults import UssdFaults
from smpp import ussd
from smpp.pdu import (
    Address,
    AlertNotification,
    CancelSm,
    CancelSmResp,
    DataSm,
    DataSmResp,
    Pdu,
    QuerySm,
    ReplaceSm,
    ReplaceSmResp,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
)

__all__ = ["QueueFull", "Service", "Smsc"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the operator agreed on with the application."""

    accounts: Mapping[str, str] = field(default_factory=lambda: {"caredial": "caredial"}, repr=False)
    number: str = "12580120"
    country: str = "86"  # calling code; empty for a network without national numbers
    ussd_code: str = "*120#"
    dialect: ussd.Dialect = ussd.STANDARD
    timers: Timers = field(default_factory=Timers)
    queue: int = QUEUE


class Smsc:
    """One SMS centre with its handsets. `conditions` change by `change`."""

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
        self.chance = chance or random.Random()
        self.phones = Phones(service.timers, plan=Plan(service.country))
        self.deliveries = Deliveries(clock, most=service.queue)
        self.dialogues = Dialogues(self.phones, self.deliveries, clock, code=service.ussd_code, dialect=service.dialect)
        self.messages = Messages()
        now = self._now_conditions
        receipts = Receipts(self.deliveries, clock, self.chance, now)
        self.carrier = Carrier(self.messages, self.phones, receipts, clock, self.chance, now)
        self.letters = Letters(self.deliveries, clock, self.chance, now, service=service.number)
        self.deliveries.detour = UssdFaults(clock, now, service.dialect, self.deliveries.put).takes
        taking = Taking(self.messages, self.carrier, self.dialogues, clock, now)
        self._submits = Submits(clock, self.chance, now, taking.take, lambda: self.deliveries.full)
        self._clock = clock
        self._watchers: list[Callable[[], None]] = []
        self._work: dict[type[Pdu], Callable[[Bind, Any, Answer], None]] = {
            SubmitSm: self._submit,
            DataSm: self._data,
            SubmitMulti: self._multi,
            QuerySm: self._query,
            CancelSm: self._cancel,
            ReplaceSm: self._replace,
        }

    def _now_conditions(self) -> Conditions:
        return self.conditions

    # The application's side

    def bound(self, bind: Bind) -> None:
        """A bind is there: what waited for it goes out."""
        self.deliveries.add(bind)
        self._changed()

    def unbound(self, bind: Bind) -> None:
        """A bind is gone."""
        self.deliveries.remove(bind)
        self._changed()

    def asked(self, bind: Bind, request: Pdu, answer: Answer) -> None:
        """Work on an ESME's request; `answer` gets the response, now, later, or never."""
        work = self._work.get(type(request))
        if work is not None:
            work(bind, request, answer)

    def drop(self) -> int:
        """Close all connections of bound ESMEs without a word; return how many."""
        binds = self.deliveries.binds
        for bind in binds:
            bind.close()
        return len(binds)

    def unbind(self) -> int:
        """Unbind all bound ESMEs; return how many."""
        binds = self.deliveries.binds
        for bind in binds:
            bind.leave()
        return len(binds)

    # The subscriber's side (USSD: `dialogues`)

    def send_sms(self, sender: str, to: str, text: str) -> Sms:
        """A handset sends a text, to the service or to another handset.

        Raises BadNumber, QueueFull, smpp.segments.TextTooLong.
        """
        handset = self.phones.get(sender)
        if to.strip() == self.service.number:
            self.letters.send(handset.msisdn, text)
        else:
            self.phones.get(to).receive(handset.number, text, now=self._clock.seconds())
        return handset.sent(to.strip(), text, now=self._clock.seconds())

    def burst(self, count: int, text: str, first: str) -> int:
        """Have `count` handsets, from the number `first` on, send a text to the service at the same moment.

        Raises BadNumber, QueueFull, smpp.segments.TextTooLong.
        """
        bare = digits(first)
        for more in range(count):
            self.send_sms(str(int(bare) + more).zfill(len(bare)), self.service.number, text)
        return count

    def alert(self, number: str) -> int:
        """Tell all binds that receive that a handset can be reached again (4.12.1); return how many.

        Raises BadNumber.
        """
        handset = self.phones.get(number)
        pdu = AlertNotification(source=Address(handset.msisdn, *INTERNATIONAL), esme=Address(self.service.number))
        binds = [bind for bind in self.deliveries.binds if bind.may_receive]
        for bind in binds:
            bind.notify(pdu)
        return len(binds)

    # Who watches

    def subscribe(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have `watcher` run when a bind comes or goes, or conditions change, until the returned function runs."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def change(self, changes: dict[str, Any]) -> None:
        """Change conditions by field name. Raises pydantic.ValidationError."""
        self.use(self.conditions.changed(changes))

    def use(self, conditions: Conditions) -> None:
        """Take these conditions instead."""
        self.conditions = conditions
        log.info("conditions: %s", conditions.trouble or "none")
        self.carrier.go()
        self._changed()

    def _changed(self) -> None:
        for watcher in tuple(self._watchers):
            watcher()

    # Requests of the application

    def _submit(self, bind: Bind, submit: SubmitSm, answer: Answer) -> None:
        self._submits.arrived(Submitted(bind=bind, pdu=submit, answer=answer, kind=SubmitSmResp))

    def _data(self, bind: Bind, data: DataSm, answer: Answer) -> None:
        common = {name: getattr(data, name) for name in data.__struct_fields__}
        self._submits.arrived(Submitted(bind=bind, pdu=SubmitSm(**common), answer=answer, kind=DataSmResp))

    def _multi(self, bind: Bind, multi: SubmitMulti, answer: Answer) -> None:
        self._submits.arrived(Submitted(bind=bind, pdu=multi, answer=answer, kind=SubmitMultiResp))

    def _query(self, bind: Bind, pdu: QuerySm, answer: Answer) -> None:
        message = self.messages.find(bind.account, pdu, self.conditions.submit_ids)
        answer(kept.query(message, pdu, 0 if message is None else error(message)))

    def _cancel(self, bind: Bind, pdu: CancelSm, answer: Answer) -> None:
        answer(CancelSmResp(status=self.carrier.cancel(bind.account, pdu)))

    def _replace(self, bind: Bind, pdu: ReplaceSm, answer: Answer) -> None:
        answer(ReplaceSmResp(status=self.carrier.replace(bind.account, pdu)))
