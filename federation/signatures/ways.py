"""The ways in which a request of ours can be signed, and in which order they are tried with a peer.

What every peer understands comes first where nothing is known; what it announced, or what worked, otherwise. The
newcomer's mistake: taking one refusal for the last word. What a refusal asks for (`asked.py`) comes before the rest.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from federation.signatures.message import KeyKind, Scheme

MESSAGE_SIGNATURES: Final = "https://datatracker.ietf.org/doc/html/rfc9421"
"""Said in `generator.implements` by who understands RFC 9421 (FEP-844e)."""

ED25519_SIGNATURES: Final = f"{MESSAGE_SIGNATURES}#name-eddsa-using-curve-edwards25"
"""Said by who takes Ed25519 signatures as well."""


class Way(NamedTuple):
    """A scheme, and the kind of key that signs in it."""

    scheme: Scheme
    kind: KeyKind


BY_DRAFT: Final = Way("cavage", "rsa")
BY_RSA: Final = Way("rfc9421", "rsa")
BY_ED25519: Final = Way("rfc9421", "ed25519")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try; `headers` are there already where a refusal said how it wants to be asked."""

    way: Way
    headers: Mapping[str, str] | None = None


class Knocks:
    """The tries that one request has left: at most one in each way, and one as a refusal asks for it."""

    def __init__(self, known: Way | None) -> None:
        """`known`: what the peer announced, or what has worked with it."""
        self._left = deque(Attempt(way) for way in _ways(known))
        self._has_asked = False
        self.refusals = 0

    def following(self) -> Attempt | None:
        """The next try; None: all of them were refused."""
        return self._left.popleft() if self._left else None

    @property
    def is_over(self) -> bool:
        """Nothing is left to try."""
        return not self._left

    @property
    def may_be_asked(self) -> bool:
        """No refusal has said yet how it wants to be asked."""
        return not self._has_asked

    def refused(self, asked: Attempt | None) -> None:
        """A try was refused; `asked` is what the answer wants in its place, in the stead of the same way later."""
        self.refusals += 1
        if asked is None:
            return
        self._has_asked = True
        self._left = deque([asked, *(one for one in self._left if one.way != asked.way)])


def _ways(known: Way | None) -> tuple[Way, ...]:
    if known == BY_ED25519:
        return BY_ED25519, BY_RSA, BY_DRAFT
    return (BY_RSA, BY_DRAFT) if known == BY_RSA else (BY_DRAFT, BY_RSA)
