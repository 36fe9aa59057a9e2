"""What is counted for operators; `/metrics` shows it (threats 1.3).

Labels must stay few: reason codes are a fixed set, and hosts that are no partners of ours share one label.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from federation.errors import REASONS

STRANGER: Final = "stranger"
"""The label of every host that is not an active partner."""

UNNAMED: Final = "unnamed"
"""The label of a request that does not say whose it is."""

OTHER: Final = "other"
"""The label of a reason that has none of its own."""

AT_THE_DOOR: Final = frozenset({"actor_gone", "content_encoding", "content_type", "no_inbox", "too_large"})
"""Reasons of refusals that are found before an activity is looked at."""

_FREQUENT_STATUSES: Final = (400, 401, 403, 404, 405, 406, 408, 410, 413, 415, 422, 429, 500, 502, 503, 504)
_LABELS: Final = REASONS | AT_THE_DOOR | {"internal", "poison"} | {f"http_{status}" for status in _FREQUENT_STATUSES}

INBOX_ACCEPTED: Final = Histogram(
    "entrepairs_inbox_accepted_seconds",
    "Received activities that were verified and stored, by the time until the answer",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.2, 0.5, 1, 2, 5, 10),
)

INBOX_REFUSED: Final = Counter(
    "entrepairs_inbox_refused", "Received activities that were refused at the door", ("reason", "peer")
)

INBOX_NOT_APPLIED: Final = Counter(
    "entrepairs_inbox_not_applied", "Received activities that were rejected, or failed for good", ("reason", "peer")
)

NOT_DELIVERED: Final = Counter(
    "entrepairs_deliveries_refused",
    "Attempts at a delivery that the partner refused or did not answer",
    ("reason", "peer"),
)

READS_REFUSED: Final = Counter(
    "entrepairs_reads_refused", "Requests for ActivityPub documents that were refused", ("reason", "peer")
)

STREAMS_OPEN: Final = Gauge("entrepairs_streams_open", "Open streams of this process", ("kind",))

STREAMS_CUT: Final = Counter(
    "entrepairs_streams_cut", "Streams that were broken off: the reader was too slow or silent", ("kind",)
)

STREAM_EVENTS: Final = Counter("entrepairs_stream_events", "Events put on open streams")


LOOP_LAG: Final = Histogram(
    "entrepairs_loop_lag_seconds",
    "How late the event loop of this process is, twice a second",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)

TASKS: Final = Gauge("entrepairs_tasks", "Tasks of this process's event loop")


def reason_label(reason: str) -> str:
    """The reason as a label: itself if it is one of the fixed set."""
    return reason if reason in _LABELS else OTHER


class Counters:
    """`federation.runtime.Tally` in these counters. Hosts are those of partners, which an administrator named."""

    def not_applied(self, host: str, reason: str) -> None:
        """See `Tally`."""
        INBOX_NOT_APPLIED.labels(reason_label(reason), host).inc()

    def not_delivered(self, host: str, reason: str) -> None:
        """See `Tally`."""
        NOT_DELIVERED.labels(reason_label(reason), host).inc()
