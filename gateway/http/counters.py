"""What an operator would ask of the web side, counted (Prometheus)."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

REQUESTS = Counter("caredial_http_requests", "HTTP requests, by method and class of status.", ["method", "status"])
REQUEST_SECONDS = Histogram(
    "caredial_http_request_seconds",
    "From the end of a request's headers to the end of our answer.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
