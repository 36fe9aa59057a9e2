"""What signature code speaks of: a received request, a signature that still awaits its key, and a proven sender.

`Claim` and `VerifiedSender` are proofs: only `verify.py` can make them, so a function that takes one needs no check.
`proofs.py` has the third of this kind, `ProvenAuthor`.
"""

from dataclasses import InitVar, dataclass, field
from typing import Final, Literal

from federation.errors import Malformed
from federation.signatures.algorithms import Algorithm

Scheme = Literal["cavage", "rfc9421"]
"""The two ways to sign a request: draft-cavage-http-signatures-12, and HTTP Message Signatures (RFC 9421)."""

KeyKind = Literal["rsa", "ed25519"]
"""The two keys that each of our actors has, as the column `actor_keys.kind` names them."""

# Fields that decide who speaks, when and to whom. Structured fields may legally come in several lines, but no peer
# does that, and a proxy that reads the first line while we join both would be a hole.
_SINGLE_FIELDS: Final = frozenset(
    ("authorization", "content-digest", "date", "digest", "host", "signature", "signature-input")
)

_SEAL: Final = object()
"""Held by `verify.py` and `proofs.py` alone; without it the types that prove something cannot be made."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it arrived, before anything is believed."""

    method: str
    """As sent: upper case."""
    target: str
    """Path and query exactly as on the request line, never decoded."""
    authority: str
    """The received Host, or the public authority that a trusted proxy stands for."""
    scheme: str
    """Of our public address: https behind a proxy that ends TLS too."""
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, in order of arrival, repeats kept."""
    body: bytes

    def values(self, name: str) -> tuple[str, ...]:
        """All values of one header, in order; `name` in lower case."""
        return tuple(value for given, value in self.headers if given == name)

    def header(self, name: str) -> str | None:
        """The value of a header that may come once; None when absent. Raises `Malformed` when it is repeated."""
        values = self.values(name)
        if len(values) > 1:
            raise Malformed("header given twice", reason="sig_malformed", header=name)
        return values[0] if values else None

    def fields(self) -> dict[str, str]:
        """Every header once: values stripped, repeats joined by comma and space as both schemes sign them.

        Raises `Malformed` when a field is repeated that signatures rest on (threats T014).
        """
        joined: dict[str, str] = {}
        for name, value in self.headers:
            stripped = value.strip(" \t")
            if name not in joined:
                joined[name] = stripped
            elif name in _SINGLE_FIELDS:
                raise Malformed("header given twice", reason="sig_malformed", header=name)
            else:
                joined[name] = f"{joined[name]}, {stripped}"
        return joined


def excerpt(text: object) -> str:
    """The beginning of what a stranger wrote, in printable ASCII: fit for a log."""
    return ascii(text)[:60]


def _require_seal(seal: object) -> None:
    if seal is not _SEAL:
        raise TypeError("made by federation.signatures.verify and proofs alone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A signature that passed every check which needs no key. It proves nothing yet."""

    scheme: Scheme
    key_id: str
    """As sent, printable ASCII; whether it is an address that may be fetched is for the caller to decide."""
    covered: tuple[str, ...]
    """What is signed: header names, and names such as `(request-target)` or `@method`."""
    algorithm: Algorithm | None
    """What the sender says; None when it leaves that to the key."""
    signature: bytes = field(repr=False)
    bases: tuple[bytes, ...] = field(repr=False)
    """The bytes that may have been signed, the likeliest first."""
    alternatives: tuple["Claim", ...]
    """Further acceptable signatures of the same request: any one that is confirmed suffices (RFC 9421, 3.2)."""
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _require_seal(seal)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSender:
    """Who sent the request: the signature was checked with the key of this owner."""

    key_id: str
    owner_uri: str
    """The actor that the key belongs to, as shown by the caller of `confirm`."""
    scheme: Scheme
    covered: tuple[str, ...]
    """What the signature speaks for; a header that is not here may come from anybody."""
    signature: bytes = field(repr=False)
    """The decoded value: with `key_id` it names this very request in the memory against replays."""
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        _require_seal(seal)
