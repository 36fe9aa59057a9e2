"""The types that carry proofs: nobody but the verification can make them, and they tell no secrets."""

import dataclasses
import re
from pathlib import Path

import pytest

from federation.signatures.message import Claim, VerifiedSender
from tests.federation.signatures.support import KEY_ID, OWNER, cavage, examined, verified

PACKAGE = Path(__file__).parents[3] / "federation"


@pytest.mark.parametrize("seal", [None, object()])
def test_a_verified_sender_cannot_be_made_by_hand(seal: object) -> None:
    with pytest.raises(TypeError):
        VerifiedSender(key_id=KEY_ID, owner_uri=OWNER, scheme="cavage", covered=(), signature=b"", seal=seal)


@pytest.mark.parametrize("seal", [None, object()])
def test_a_claim_cannot_be_made_by_hand(seal: object) -> None:
    with pytest.raises(TypeError):
        Claim(
            scheme="cavage",
            key_id=KEY_ID,
            covered=(),
            algorithm=None,
            signature=b"",
            bases=(b"",),
            alternatives=(),
            seal=seal,
        )


def test_a_verified_sender_cannot_be_changed_into_another() -> None:
    sender = verified(cavage())

    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(sender, owner_uri="https://partner.test/users/carol", seal=None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        sender.owner_uri = "https://partner.test/users/carol"  # type: ignore[misc]  # what the test is about


def test_only_the_verification_holds_the_seal() -> None:
    holders = {path.name for path in PACKAGE.rglob("*.py") if re.search(r"\b_SEAL\b", path.read_text("utf-8"))}

    assert holders == {"message.py", "verify.py", "proofs.py"}


def test_neither_proof_shows_the_signature_when_printed() -> None:
    claim, sender = examined(cavage()), verified(cavage())

    assert repr(claim.signature) not in repr(claim)
    assert repr(sender.signature) not in repr(sender)


def test_the_same_request_has_the_same_signature_and_another_key_another() -> None:
    assert verified(cavage()).signature == verified(cavage()).signature
    assert verified(cavage()).signature != verified(cavage(target="/c/plans/inbox")).signature
