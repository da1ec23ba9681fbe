"""Accepted messages on their way to handsets: they wait for their time, arrive, fail, expire, or are taken back.

Source: SMPP 3.4 sections 4.9 (cancel_sm), 4.10 (replace_sm), 5.2.15 and 5.2.16 (times), 5.2.18 (replace_if_present).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace as copied
from typing import Final

from msgspec.structs import replace

from simulators.clock import Clock, Timer
from simulators.conditions import Conditions
from simulators.deliveries import Bind
from simulators.dialects import WORDS
from simulators.messages import VALIDITY, Message, Messages, number
from simulators.phones import Phones
from simulators.receipts import Receipts
from simulators.smpp_time import read as read_time
from smpp import status
from smpp.pdu import CancelSm, ReplaceSm, SubmitSm
from smpp.receipts import MessageState

_EARLY: Final = 0.001  # seconds by which a timer may fire too early, for rounding
_STATES: Final = {word: state for state, word in WORDS.items()}


class Carrier:
    """Brings messages to handsets, and their ends to `Receipts`."""

    def __init__(
        self,
        messages: Messages,
        phones: Phones,
        receipts: Receipts,
        clock: Clock,
        chance: random.Random,
        conditions: Callable[[], Conditions],
    ) -> None:
        self._messages = messages
        self._phones = phones
        self._receipts = receipts
        self._clock = clock
        self._chance = chance
        self._conditions = conditions
        self._waiting: dict[int, tuple[Message, Bind | None, Timer]] = {}

    def __len__(self) -> int:
        """How many messages wait: for their time, or for the phones to be switched on."""
        return len(self._waiting)

    def carry(self, message: Message, bind: Bind | None, then: Callable[[], None] = lambda: None) -> None:
        """Bring a message to its handset as soon as it may be; `then` runs when its receipt has left, if it ever does.

        A message that has to wait is answered first.
        """
        now = self._clock.seconds()
        if message.due > now or self._conditions().phone_off:
            then()
            self._wait(message, bind)
        else:
            self._receipts.enroute(message, bind)
            self._arrive(message, bind, then)

    def go(self) -> None:
        """Look again at all that wait, after a change of conditions."""
        for message, bind, _ in list(self._waiting.values()):
            self._again(message.id, bind)

    def cancel(self, account: str, pdu: CancelSm) -> int:
        """Take back one message by its id, or without one all of these addresses; return the command_status."""
        own = [one for one in self._messages if one.account == account and one.source.number == pdu.source.number]
        if pdu.message_id:
            known = [one for one in own if one.shown == number(pdu.message_id, self._conditions().submit_ids)]
        else:
            known = [one for one in own if self._is_for(one, pdu.destination.number, pdu.service_type)]
        if not known:
            return status.ESME_RINVMSGID if pdu.message_id else status.ESME_RCANCELFAIL
        pending = [one for one in known if one.id in self._waiting]
        for message in pending:
            self._end(message, MessageState.DELETED)
        return status.ESME_ROK if pending else status.ESME_RCANCELFAIL

    def replace(self, account: str, pdu: ReplaceSm) -> int:
        """Give a waiting message another text and times; return the command_status."""
        message = self._messages.find(account, pdu, self._conditions().submit_ids)
        if message is None:
            return status.ESME_RINVMSGID
        if message.id not in self._waiting:
            return status.ESME_RREPLACEFAIL
        try:
            changed = self._changed(message, pdu)
        except ValueError:
            return status.ESME_RINVSCHED
        _, bind, timer = self._waiting.pop(message.id)
        timer.cancel()
        self._messages.keep(changed)
        self.carry(changed, bind)
        return status.ESME_ROK

    def replace_if_present(self, account: str, submit: SubmitSm) -> None:
        """Forget the waiting message that a submit with replace_if_present_flag stands in for."""
        for message, _, timer in list(self._waiting.values()):
            same = message.account == account and message.source.number == submit.source.number
            if same and self._is_for(message, submit.destination.number, submit.service_type):
                timer.cancel()
                del self._waiting[message.id]
                self._messages.settle(message, MessageState.DELETED, now=self._clock.seconds())

    def _changed(self, message: Message, pdu: ReplaceSm) -> Message:
        now = self._clock.seconds()
        submit = replace(message.submit, short_message=pdu.short_message, registered_delivery=pdu.registered_delivery)
        due = read_time(pdu.schedule_delivery_time, now) or message.due
        expires = read_time(pdu.validity_period, now) or max(message.expires, due + VALIDITY)
        return copied(message, submit=submit, due=due, expires=expires)

    @staticmethod
    def _is_for(message: Message, destination: str, service_type: str) -> bool:
        return (message.destination.number, message.submit.service_type) == (destination, service_type)

    def _wait(self, message: Message, bind: Bind | None) -> None:
        now = self._clock.seconds()
        until = message.due if message.due > now else message.expires
        timer = self._clock.callLater(max(0.0, until - now), lambda: self._again(message.id, bind))
        self._waiting[message.id] = message, bind, timer
        self._receipts.enroute(message, bind)

    def _again(self, message_id: int, bind: Bind | None) -> None:
        message, _, timer = self._waiting[message_id]
        now = self._clock.seconds() + _EARLY
        if now >= message.expires:
            self._end(message, MessageState.EXPIRED)
        elif now >= message.due and not self._conditions().phone_off:
            self._stop(message_id, timer)
            self._arrive(message, bind)
        elif not timer.active():  # its time has come, but the phone is off
            del self._waiting[message_id]
            self._wait(message, bind)

    def _stop(self, message_id: int, timer: Timer) -> None:
        if timer.active():
            timer.cancel()
        del self._waiting[message_id]

    def _end(self, message: Message, state: MessageState) -> None:
        _, bind, timer = self._waiting[message.id]
        self._stop(message.id, timer)
        self._settle(message, state, bind)

    def _arrive(self, message: Message, bind: Bind | None, then: Callable[[], None] = lambda: None) -> None:
        conditions, now = self._conditions(), self._clock.seconds()
        failed = conditions.submit_fail > 0 and self._chance.random() < conditions.submit_fail
        if not failed:
            self._phones.get(message.destination.number).segment(message.submit, now=now)
        state = _STATES[conditions.submit_fail_state] if failed else MessageState.DELIVERED
        self._settle(message, state, bind, then)

    def _settle(
        self, message: Message, state: MessageState, bind: Bind | None, then: Callable[[], None] = lambda: None
    ) -> None:
        settled = self._messages.settle(message, state, now=self._clock.seconds())
        self._receipts.settled(settled, bind, then)
