"""A provider as the gateway deals with it: who sends, how it is spoken to, and what its callbacks show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clinic.money.asking import Due
from gateway.keys import CALLBACK_KEY
from mobilemoney.callbacks import Addresses, open_key
from mobilemoney.client import Access, Client, Sends
from mobilemoney.dialects import DIALECTS
from mobilemoney.orders import Merchant, Order, Writer

if TYPE_CHECKING:
    from gateway.config import Settings
    from gateway.payment_settings import PaymentProviderSettings


@dataclass(frozen=True, slots=True)
class ProviderDesk:
    """Where a provider is dealt with. `secret` is what its callbacks show, "" where nothing is agreed on."""

    name: str
    sends: Sends
    writer: Writer
    secret: str = field(default="", repr=False)


def order_of(due: Due, addresses: Addresses, description: str) -> Order:
    """What a payment's row wants of its provider."""
    return Order(
        kind=due.kind,
        correlation_id=due.correlation_id,
        amount=due.amount,
        currency=due.currency,
        phone=due.phone,
        description=description,
        original=due.original_reference,
        callback=addresses.of(due.provider, due.correlation_id),
    )


def addresses_of(settings: Settings) -> Addresses:
    """Where callbacks go; its key is made at the first start. OSError or ValueError where it cannot be read."""
    base = settings.payments.callback_url or settings.installation.public_url
    return Addresses(base, open_key(settings.keys.directory / CALLBACK_KEY))


def writer_of(provider: PaymentProviderSettings, language: str) -> Writer:
    us = Merchant(
        id=provider.merchant,
        client=provider.client_id,
        partner=provider.partner,
        language=language,
        api_key=provider.api_key.get_secret_value(),
    )
    return Writer(DIALECTS[provider.dialect], us)


def client_of(reactor: Any, provider: PaymentProviderSettings) -> Client:
    """OSError or ValueError where tls_ca cannot be read."""
    access = Access(
        url=provider.url,
        client_id=provider.client_id,
        secret=provider.client_secret.get_secret_value(),
        seconds=provider.timeout,
        token_url=provider.token_url,
        tls_ca=provider.tls_ca,
    )
    return Client(reactor, access, DIALECTS[provider.dialect])


def desk_of(name: str, provider: PaymentProviderSettings, sends: Sends, language: str) -> ProviderDesk:
    return ProviderDesk(name, sends, writer_of(provider, language), provider.callback_key.get_secret_value())


def in_use(settings: Settings) -> Mapping[str, PaymentProviderSettings]:
    return {name: provider for name, provider in settings.payments.providers.items() if provider.in_use}
