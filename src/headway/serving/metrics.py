"""What is counted, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.015, 0.025, 0.04, 0.06, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_TOGETHER = (1, 2, 3, 4, 6, 8)


class Metrics:
    """Counters of one server, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "headway_requests_total", "Requests that were answered.", ["route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "headway_request_seconds", "From the first byte to the answer.", ["route"], buckets=_SECONDS,
            registry=registry,
        )  # fmt: skip
        self.pictures = Counter(
            "headway_pictures_total", "Pictures that were classified, or could not be read.", ["model", "outcome"],
            registry=registry,
        )  # fmt: skip
        self.together = Histogram(
            "headway_batch_pictures", "Pictures that were computed in one go.", buckets=_TOGETHER, registry=registry
        )
        self.waiting = Gauge("headway_queue_pictures", "Pictures that wait or are computed.", registry=registry)
        self.held = Gauge("headway_held_bytes", "Bytes of requests in memory.", registry=registry)
        self.models = Counter(
            "headway_model_events_total", "Models that were replaced, refused or gone.", ["event"], registry=registry
        )
