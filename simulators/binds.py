"""Who may bind, and how often: accounts, passwords, and the binds that an account has."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Mapping

from simulators.clock import Clock
from simulators.conditions import Conditions
from smpp import status
from smpp.pdu import Bind


class Binds:
    """Admits binds and counts them by account; one whose connection was lost may go on counting for a while."""

    def __init__(self, accounts: Mapping[str, str], clock: Clock, conditions: Callable[[], Conditions]) -> None:
        self._accounts = accounts
        self._clock = clock
        self._conditions = conditions
        self._living: Counter[str] = Counter()
        self._tried: dict[str, float] = {}

    def admit(self, request: Bind) -> int:
        """Return the command_status of a bind: who is unknown, and whose password is wrong, stays outside.

        One that is admitted is counted; tell its end with `left`.
        """
        account = request.system_id
        code = self._conditions().bind_refuse or self._credentials(request) or self._hasty(account)
        code = code or self._crowded(account)
        if not code:
            self._living[account] += 1
        return code

    def left(self, account: str, *, politely: bool) -> None:
        """Tell that a bind is gone, by unbind or without."""
        linger = self._conditions().bind_linger
        if politely or not linger:
            self._forget(account)
        else:
            self._clock.callLater(linger, lambda: self._forget(account))

    def _forget(self, account: str) -> None:
        self._living[account] -= 1

    def _credentials(self, request: Bind) -> int:
        password = self._accounts.get(request.system_id)
        if password is None:
            return status.ESME_RINVSYSID
        if not hmac.compare_digest(password.encode(), request.password.encode()):
            return status.ESME_RINVPASWD
        return status.ESME_ROK

    def _hasty(self, account: str) -> int:
        now = self._clock.seconds()
        last = self._tried.get(account)
        self._tried[account] = now
        hasty = last is not None and now - last < self._conditions().bind_pause
        return status.ESME_RBINDFAIL if hasty else status.ESME_ROK

    def _crowded(self, account: str) -> int:
        most = self._conditions().bind_limit
        return status.ESME_RALYBND if most and self._living[account] >= most else status.ESME_ROK
