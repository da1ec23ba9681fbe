"""Payments put together: providers, payer, callbacks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import DeferredList

from clinic.installation import Installation
from clinic.money.asking import Due
from conf import texts
from dialogs.talk import Runs
from gateway.payments.callbacks import Callbacks
from gateway.payments.desks import addresses_of, client_of, desk_of, in_use
from gateway.payments.payer import Payer
from gateway.payments.settling import Settling
from mobilemoney.session import Pace

if TYPE_CHECKING:
    from gateway.config import Settings


class PaymentOffice:
    """All providers that are in use. ValueError or OSError, with the setting's path, where one cannot be."""

    def __init__(
        self, settings: Settings, store: Runs, installation: Installation, reactor: Any, now: Callable[[], dt.datetime]
    ) -> None:
        ours, language = settings.payments, installation.language
        self._clients = {}
        for name, provider in in_use(settings).items():
            try:
                self._clients[name] = client_of(reactor, provider)
            except (OSError, ValueError) as error:
                raise ValueError(f"[payments.providers.{name}] tls_ca: {error}") from error
        providers = in_use(settings)
        desks = {name: desk_of(name, providers[name], client, language) for name, client in self._clients.items()}
        addresses, settling = addresses_of(settings), Settling(store, installation, now)

        def describe(due: Due) -> str:
            return texts.say(language, f"provider.{due.kind}_sms")

        self.payer = Payer(
            store,
            desks,
            addresses,
            settling,
            reactor,
            now,
            describe=describe,
            most=ours.most,
            poll_seconds=ours.poll_seconds,
            lease=dt.timedelta(seconds=ours.lease_seconds),
            pace=Pace(give_up=dt.timedelta(hours=ours.give_up_hours)),
        )
        self.callbacks = Callbacks(store, desks, addresses, self.payer, settling, describe=describe, now=now)

    def start(self) -> None:
        if self._clients:
            self.payer.startService()

    async def stop(self) -> None:
        """What is under way gets its answer, or its provider's time; connections are closed."""
        if self.payer.running:
            await self.payer.stopService()
        await DeferredList([client.stop() for client in self._clients.values()])

    def wake(self) -> None:
        self.payer.wake()
