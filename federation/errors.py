"""The ways in which a request, a document or an activity can fail, and nothing else.

Five outcomes with one base. Each carries a reason code (`spec/threats.md` names: sig_invalid, origin_mismatch...) for
logs and counters, and a sentence for the operator at night. Never secrets, never whole documents.
"""

from typing import Final

REASONS: Final = frozenset(
    {
        "actor_blocked",
        "actor_gone",
        "actor_mismatch",
        "agreement_expired",
        "agreement_key",
        "agreement_limit",
        "agreement_malformed",
        "agreement_not_open",
        "agreement_version",
        "bad_header",
        "bad_host",
        "bad_url",
        "digest_mismatch",
        "digest_missing",
        "digest_unsigned",
        "disk",
        "domain_not_allowed",
        "fetch_blocked_address",
        "fetch_limit",
        "fetch_status",
        "fetch_type",
        "gone",
        "key_owner_mismatch",
        "key_refused",
        "key_unavailable",
        "keys_changed",
        "malformed",
        "network",
        "not_authorized",
        "not_stored",
        "origin_mismatch",
        "proof_invalid",
        "proof_missing",
        "receipt_unfit",
        "shape",
        "sig_invalid",
        "sig_malformed",
        "sig_missing",
        "sig_stale",
        "storage",
        "timeout",
        "tls",
        "too_deep",
        "too_large",
        "url_malformed",
    }
)
"""Every reason code of an error: they are labels of counters, which must stay few."""


class FederationError(Exception):
    """Base of the five outcomes; `reason` is a short stable code, `context` what a stranger needs to know."""

    def __init__(self, message: str, *, reason: str, **context: object) -> None:
        super().__init__(message)
        self.reason = reason
        self.context = context

    def __str__(self) -> str:
        details = " ".join(f"{name}={value}" for name, value in self.context.items())
        return f"{self.args[0]} ({details})" if details else str(self.args[0])


class Malformed(FederationError):
    """Not what the protocol allows: not JSON, wrong shape, too deep, ambiguous. 400; never tried again."""


class Unauthenticated(FederationError):
    """It cannot be shown who speaks: signature, digest, time or key. 401."""


class Denied(FederationError):
    """It is known who speaks, and they may not do this. 403; never tried again."""


class Gone(FederationError):
    """The other side says that the thing existed and is deleted (410 or a Tombstone)."""


class TryLater(FederationError):
    """Could not look: network, time-out, overload. 503; says nothing about whether the thing exists."""
