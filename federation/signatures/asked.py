"""`Accept-Signature` (RFC 9421, section 5): what a server wants signed, said in a refusal of ours, and read in theirs.

What is asked for is signed only if it covers as much as we sign by ourselves: a signature of less would be good for
another request than the one that was made, and whoever asked for it could send that to others.
"""

from dataclasses import dataclass
from typing import Final

from federation.signatures import rfc9421
from federation.signatures.algorithms import Algorithm
from federation.signatures.message import KeyKind
from federation.signatures.structured_fields import BareItem, InnerList, parse_dictionary

HEADER: Final = "accept-signature"
EXPIRES_AFTER_SECONDS: Final = 300

_KINDS: Final[dict[str, KeyKind]] = {Algorithm.RSA_V1_5_SHA256: "rsa", Algorithm.ED25519: "ed25519"}
_ALGORITHMS: Final = {kind: name for name, kind in _KINDS.items()}
_ECHOED: Final = ("nonce", "tag")


class _NotOurs(Exception):
    """Something is asked for that we cannot give, so that nothing is signed as asked."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One signature that an answer asks for."""

    label: str
    components: tuple[str, ...]
    kind: KeyKind | None
    """Of the key; None: whichever."""
    key_id: str | None
    """Of ours, literally; None: whichever."""
    names_algorithm: bool
    expires: bool
    echoed: str
    """`nonce` and `tag`, to be repeated among the parameters."""

    def parameters(self, kind: KeyKind, created: int) -> str:
        """What follows `created` and `keyid` in the signature's parameters."""
        algorithm = f';alg="{_ALGORITHMS[kind]}"' if self.names_algorithm else ""
        expires = f";expires={created + EXPIRES_AFTER_SECONDS}" if self.expires else ""
        return f"{algorithm}{expires}{self.echoed}"


def accept_signature(method: str) -> str:
    """The value of `Accept-Signature` for a 401: what a request with this method should cover (RFC 9421, 5.1)."""
    body = "" if method in ("GET", "HEAD") else ' "content-digest"'
    return f'{rfc9421.LABEL}=("@method" "@target-uri"{body});created;keyid;alg="rsa-v1_5-sha256"'


def wanted_in(value: str) -> tuple[Wanted, ...]:
    """The signatures that an answer asks for, all of which are to be made; empty where that cannot be.

    Those that are about answers (`@status`), and those by algorithms that we do not have, are passed over.
    """
    try:
        members = parse_dictionary(value)
        found = [_wanted(label, member) for label, member in members.items() if not _is_passed_over(member)]
    except (ValueError, _NotOurs):
        return ()
    return tuple(found) if len(found) <= rfc9421.MAX_SIGNATURES else ()


def covers_enough(components: tuple[str, ...], *, has_body: bool, has_query: bool) -> bool:
    """Whether a signature of these would be good for this request alone: its method, whole address and body."""
    if "@method" not in components or (has_body and "content-digest" not in components):
        return False
    by_parts = "@path" in components and ("@query" in components or not has_query)
    return "@target-uri" in components or ("@authority" in components and (by_parts or "@request-target" in components))


def _is_passed_over(member: object) -> bool:
    if not isinstance(member, InnerList):
        raise _NotOurs
    algorithm = member.parameters.get("alg", True)
    return any(item.value == "@status" for item in member.items) or not (algorithm is True or algorithm in _KINDS)


def _wanted(label: str, member: object) -> Wanted:
    assert isinstance(member, InnerList)
    components = tuple(item.value for item in member.items if isinstance(item.value, str) and not item.parameters)
    if not len(member.items) == len(set(components)) == len(components):
        raise _NotOurs
    given = member.parameters
    algorithm, key_id = given.get("alg"), given.get("keyid")
    return Wanted(
        label,
        components,
        kind=_KINDS.get(algorithm) if isinstance(algorithm, str) else None,
        key_id=key_id if isinstance(key_id, str) else None,
        names_algorithm=algorithm is not None,
        expires="expires" in given,
        echoed="".join(f';{name}="{_escaped(given[name])}"' for name in _ECHOED if name in given),
    )


def _escaped(value: BareItem) -> str:
    if not isinstance(value, str):
        raise _NotOurs
    return value.replace("\\", "\\\\").replace('"', '\\"')
