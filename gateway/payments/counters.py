"""What an operator would ask for about payments, counted (Prometheus)."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

PAYMENTS = Counter("caredial_payments", "Payments settled, by outcome.", ["provider", "kind", "outcome"])
ASKED = Counter("caredial_payment_requests", "Requests, by what was heard.", ["provider", "purpose", "news"])
CALLBACKS = Counter("caredial_payment_callbacks", "Callbacks of providers, by what was done.", ["provider", "outcome"])
ANSWER_SECONDS = Histogram(
    "caredial_payment_answer_seconds",
    "From a request to a provider to its answer, or to the end of our patience.",
    ["provider"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60),
)
PAID_SECONDS = Histogram(
    "caredial_payment_seconds",
    "From a payment's first request to its outcome.",
    buckets=(1, 2.5, 5, 10, 20, 30, 60, 120, 300, 900, 3600),
)
UNDER_WAY = Gauge("caredial_payments_under_way", "Payments that are asked for, or about, right now.")
REACHED = Gauge("caredial_payment_provider_reached", "1 while the provider answers.", ["provider"])
