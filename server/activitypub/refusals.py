"""Refusals to peers: what they are told, what is logged, what is counted (threats 1.2 and 1.3).

Peers get a status and one of the sentences below, never a word of their own or of an exception: what went wrong
with a fetch, or whether a thing exists, is nobody's business outside. The log has the rest.
"""

import hashlib
import re
from typing import Final

import structlog
from aiohttp import web

from federation.errors import Denied, FederationError, Gone, Malformed, TryLater, Unauthenticated
from federation.signatures.asked import accept_signature
from federation.transport.hosts import host_of
from federation.vocab.decode import decode
from federation.vocab.normalise import envelope
from server.activitypub.negotiation import VARY
from server.http.errors import ApiError
from server.http.keys import SERVICES
from server.metrics import INBOX_REFUSED, READS_REFUSED, STRANGER, UNNAMED, reason_label

RETRY_AFTER_SECONDS: Final = 60

log = structlog.get_logger(__name__)

_TEXTS: Final = {
    "sig_missing": "This request has to be signed",
    "sig_malformed": "The signature cannot be read, or covers too little",
    "sig_stale": "The signature's time is missing, too old or in the future",
    "sig_invalid": "The signature does not fit",
    "digest_missing": "There is no digest of the body",
    "digest_unsigned": "The digest of the body is not signed",
    "digest_mismatch": "The digest does not fit the body",
    "domain_not_allowed": "This server exchanges with named partners only",
    "actor_mismatch": "The signature is not the actor's",
    "origin_mismatch": "The activity's id is not on the actor's server",
    "too_large": "Something in the document is too large",
    "too_deep": "The document is nested too deeply, or has too many values",
}
"""What may be said more precisely than by the status: it depends on the request alone, and helps who mends a peer."""

_KEY_ID: Final = re.compile(r'keyid="([^"]{1,2048})"', re.IGNORECASE)
_SHOWN_CHARACTERS: Final = 300


def answer_to(error: FederationError, method: str) -> ApiError:
    """The answer that a failure at the door stands for; `method` is that of the request."""
    text = _TEXTS.get(error.reason)
    match error:
        case Malformed():
            return _answer(400, text or "The activity cannot be read")
        case Denied():
            return _answer(403, text or "This is not allowed")
        case TryLater():
            return _answer(503, "Not now. Come again later", {"Retry-After": str(RETRY_AFTER_SECONDS)})
        case Unauthenticated() | Gone():
            signature = {"Accept-Signature": accept_signature(method)}
            return _answer(401, text or "The signature could not be verified", signature)
    raise error


def not_found() -> ApiError:
    """404: never was, or not for the peer that asks; the two are never told apart."""
    return _answer(404, "Not found")


def bad_request(text: str) -> ApiError:
    """400, with what is wrong."""
    return _answer(400, text)


def gone() -> ApiError:
    """410: was here, and the peer could know that."""
    return _answer(410, "Gone")


def _answer(status: int, text: str, headers: dict[str, str] | None = None) -> ApiError:
    return ApiError(status, text, headers={"Vary": VARY, **(headers or {})})


def note_read(request: web.Request, reason: str, status: int) -> None:
    """Log and count a GET that was refused."""
    key_id = _claimed_key(request)
    peer = _peer_label(request, key_id)
    READS_REFUSED.labels(reason_label(reason), peer).inc()
    log.info("read.refused", reason=reason, status=status, peer=peer, key_id=_shown(key_id), path=_shown(request.path))


def note_delivery(request: web.Request, reason: str, status: int, body: bytes, detail: str = "") -> None:
    """Log and count a delivery that was refused. Who it says it is from is a claim, and stands for nothing."""
    key_id = _claimed_key(request)
    peer = _peer_label(request, key_id)
    INBOX_REFUSED.labels(reason_label(reason), peer).inc()
    actor, activity = _claimed_envelope(body)
    log.info(
        "inbox.refused",
        reason=reason,
        status=status,
        peer=peer,
        key_id=_shown(key_id),
        actor=_shown(actor),
        activity=_shown(activity),
        body_sha256=hashlib.sha256(body).hexdigest(),
        size=len(body),
        detail=_shown(detail),
        path=_shown(request.path),
    )


def _claimed_key(request: web.Request) -> str:
    """The key id as the request gives it, unproven; empty where there is none."""
    for name in ("Signature-Input", "Signature", "Authorization"):
        for value in request.headers.getall(name, ()):
            if found := _KEY_ID.search(value):
                return found[1]
    return ""


def _peer_label(request: web.Request, key_id: str) -> str:
    if not key_id:
        return UNNAMED
    try:
        host = host_of(key_id)
    except Malformed:
        return STRANGER
    return host if request.app[SERVICES].peers.may_contact(host) else STRANGER


def _claimed_envelope(body: bytes) -> tuple[str, str]:
    """Actor and id of the activity as the body gives them; empty where it cannot be read."""
    try:
        claimed = envelope(decode(body))
    except Malformed:
        return "", ""
    return claimed.actor, claimed.id


def _shown(text: str) -> str:
    """What a stranger wrote, fit for a log: printable ASCII, bounded."""
    return ascii(text[:_SHOWN_CHARACTERS])[1:-1]
