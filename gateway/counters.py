"""What an operator would ask for, counted (Prometheus). A name once given stays."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SMS_SENT = Counter("caredial_sms_sent", "Outgoing messages settled, by outcome.", ["outcome"])
SMS_RECEIVED = Counter("caredial_sms_received", "SMS from phones, by what was done.", ["outcome"])
RECEIPTS = Counter("caredial_receipts", "Delivery receipts, by the state they tell.", ["state"])
USSD_EVENTS = Counter("caredial_ussd_events", "What happened to USSD sessions.", ["event"])
USSD_STEP = Histogram(
    "caredial_ussd_step_seconds",
    "From the subscriber's input to our next screen handed to the link.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
CHECKS = Counter("caredial_tcode_checks", "T-codes shown to kiosks, by outcome.", ["outcome"])
LINK_BOUND = Gauge("caredial_smpp_link_bound", "1 while the link is bound.", ["link"])
LINK_WINDOW = Gauge("caredial_smpp_link_window_used", "Submits waiting for their answer.", ["link"])


class UssdCounts:
    """Counts for the menus (the port `ussd_menus.sessions.Counts`)."""

    def event(self, name: str) -> None:
        USSD_EVENTS.labels(name).inc()

    def took(self, seconds: float) -> None:
        USSD_STEP.observe(seconds)
