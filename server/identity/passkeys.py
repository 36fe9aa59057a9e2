"""Passkeys (WebAuthn level 3): what a browser is asked, and what is believed of its answer. Loaded with its first use.

The device asks for a finger, a face or a PIN each time (user verification), so that a passkey is two proofs in one.
Attestation is not asked for: any device that its owner trusts is good enough.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from yarl import URL

from models.base import EPOCH
from models.queries.factors import PasskeyRow
from models.vault import WrongKey
from server.actions.local_actors import Here

QUESTION_LIFE: Final = timedelta(minutes=5)
MAX_ANSWER: Final = 16_384
"""Characters of an answer; the largest keys and attestations of today's devices need a third of it."""

_PURPOSE: Final = "a question to a passkey"
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    NotImplementedError,
    RecursionError,
    struct.error,
    UnsupportedAlgorithm,
    msgspec.DecodeError,
)
"""What the library raises for answers that are none: it takes for granted that they have the right form."""


class Wrong(Exception):
    """The answer is not one to our question, or not by that passkey."""


class Question(msgspec.Struct, frozen=True):
    """What the browser is asked, and the same sealed, to come back with the answer."""

    options: str
    """JSON for `navigator.credentials`."""
    sealed: str


class Made(msgspec.Struct, frozen=True):
    """A new passkey."""

    credential_id: str
    credential: bytes
    uses: int


class Used(msgspec.Struct, frozen=True):
    """A passkey has answered: how often it says it was used, and when the question was made."""

    uses: int
    asked_at: datetime


class _State(msgspec.Struct, frozen=True):
    known: dict[str, Any]
    bound_to: str
    """Whose question it is: of an account, or of a browser before the sign-in."""
    asked_at: int
    """Microseconds since 1970."""


def ask_for_new(here: Here, *, actor_id: int, name: str, title: str, known: Sequence[PasskeyRow]) -> Question:
    """Make a passkey for this person, on a device that has none of theirs."""
    options, state = _server(here).register_begin(
        PublicKeyCredentialUserEntity(id=str(actor_id).encode(), name=name, display_name=title),
        credentials=[
            PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=_decoded(one.credential_id))
            for one in known
        ],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=_challenge(here),
    )
    return _question(here, dict(options), state, f"account:{actor_id}")


def made(here: Here, *, actor_id: int, sealed: str, answer: str) -> Made:
    """What the browser made. Raises `Wrong`."""
    state = _opened(here, sealed, f"account:{actor_id}")
    try:
        data = _server(here).register_complete(state.known, _document(answer))
    except _UNREADABLE as error:
        raise Wrong(str(error)) from error
    credential = data.credential_data
    if credential is None:
        raise Wrong("The answer has no key.")
    return Made(_encoded(credential.credential_id), bytes(credential), data.counter)


def ask_to_sign_in(here: Here, *, browser: str) -> Question:
    """Show any passkey of this server: who comes is not asked before, so that nothing is told of who is here (T121)."""
    options, state = _server(here).authenticate_begin(
        user_verification=UserVerificationRequirement.REQUIRED, challenge=_challenge(here)
    )
    return _question(here, dict(options), state, f"browser:{browser}")


def named_in(answer: str) -> str:
    """Which passkey an answer is of. Raises `Wrong`."""
    try:
        return _encoded(AuthenticationResponse.from_dict(_document(answer)).raw_id)
    except _UNREADABLE as error:
        raise Wrong(str(error)) from error


def used(here: Here, *, browser: str, sealed: str, answer: str, known: PasskeyRow) -> Used:
    """The answer is by this passkey, and to our question to this browser. Raises `Wrong`."""
    state = _opened(here, sealed, f"browser:{browser}")
    try:
        given = AuthenticationResponse.from_dict(_document(answer))
        _server(here).authenticate_complete(state.known, [AttestedCredentialData(known.credential)], given)
    except _UNREADABLE as error:
        raise Wrong(str(error)) from error
    # The user handle is who the device says that it signs in.
    if given.response.user_handle not in (None, str(known.actor_id).encode()):
        raise Wrong("The passkey is of somebody else.")
    return Used(given.response.authenticator_data.counter, _instant(state))


def _server(here: Here) -> Fido2Server:
    origin = here.config.base_url
    party = PublicKeyCredentialRpEntity(name=here.config.domain, id=URL(origin).host)
    return Fido2Server(party, verify_origin=lambda given: given == origin)


def _question(here: Here, options: dict[str, Any], state: dict[str, Any], bound_to: str) -> Question:
    asked_at = (here.clock.now() - EPOCH) // timedelta(microseconds=1)
    sealed = here.vault.seal(msgspec.json.encode(_State(state, bound_to, asked_at)), _PURPOSE)
    return Question(msgspec.json.encode(_plain(options)).decode(), _encoded(sealed))


def _opened(here: Here, sealed: str, bound_to: str) -> _State:
    try:
        state = msgspec.json.decode(here.vault.open(_decoded(sealed), _PURPOSE), type=_State)
    except (WrongKey, ValueError, msgspec.DecodeError) as error:
        raise Wrong("That was no question of ours.") from error
    if state.bound_to != bound_to or here.clock.now() > _instant(state) + QUESTION_LIFE:
        raise Wrong("The question was for somebody else, or is too old.")
    return state


def _instant(state: _State) -> datetime:
    return EPOCH + timedelta(microseconds=state.asked_at)


def _document(answer: str) -> dict[str, Any]:
    if len(answer) > MAX_ANSWER:
        raise ValueError("The answer is too long.")
    return msgspec.json.decode(answer, type=dict[str, Any])


def _plain(value: Any) -> Any:
    """The library's mappings as plain ones."""
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return value
    if hasattr(value, "keys"):
        return {name: _plain(value[name]) for name in value}
    return [_plain(one) for one in value]


def _challenge(here: Here) -> bytes:
    return _decoded(here.tokens.secret())


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii", "ignore") + b"=" * (-len(text) % 4))
