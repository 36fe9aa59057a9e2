"""Checkpoints of a partner's audit trail: whose they are, and whether each extends the one before (threats T247)."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from federation.agreements import checkpoints
from federation.agreements.checkpoints import Checkpoint, Known, Received, flaw, hash_of, in_letter, read
from federation.agreements.terms import CONTEXT
from federation.errors import FederationError, Malformed, Unauthenticated
from federation.signatures.key_formats import generate_ed25519, public_multibase
from federation.signatures.proofs import with_proof
from federation.signatures.sign import SigningKey
from federation.vocab.types import Document

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
SERVER = "https://beta.test/actor"
KEY = SigningKey(f"{SERVER}#ed25519-key", generate_ed25519())
PUBLIC = public_multibase(KEY.private_key.public_key())


def stated(number: int, previous: str | None, entries: int, head: str = "a") -> Checkpoint:
    return Checkpoint(
        context=CONTEXT,
        type="AuditCheckpoint",
        server=SERVER,
        number=number,
        previous=previous,
        entries=entries,
        head=head * 64,
        published="2026-01-31T12:00:00Z",
    )


def document(checkpoint: Checkpoint, key: SigningKey = KEY) -> Document:
    return with_proof(msgspec.to_builtins(checkpoint), key, created=NOW)


def chain(length: int, head: str = "a") -> list[Received]:
    """One checkpoint a day, with ten new entries each."""
    found: list[Received] = []
    for number in range(1, length + 1):
        one = document(stated(number, found[-1].hash if found else None, number * 10, head))
        found.append(read(one, server=SERVER, keys=[PUBLIC], now=NOW))
    return found


def known(one: Received) -> Known:
    return Known(one.checkpoint.number, one.checkpoint.entries, one.checkpoint.head, one.hash)


def test_what_extends_the_last_raises_no_alarm() -> None:
    told = chain(5)

    assert flaw(None, told) is None
    assert flaw(known(told[1]), told) is None
    assert flaw(known(told[1]), told[2:]) is None
    assert flaw(known(told[4]), told) is None


def test_a_day_without_an_act_extends_the_last() -> None:
    first = chain(1)[0]
    second = read(document(stated(2, first.hash, 10)), server=SERVER, keys=[PUBLIC], now=NOW)

    assert flaw(known(first), [second]) is None


def test_whatever_does_not_extend_the_last_is_named() -> None:
    """T247."""
    told, other = chain(5), chain(5, head="b")

    def after(first: Received, checkpoint: Checkpoint) -> str | None:
        return flaw(known(first), [read(document(checkpoint), server=SERVER, keys=[PUBLIC], now=NOW)])

    assert "another one than before" in str(flaw(known(told[1]), other))
    assert "does not name checkpoint 2" in str(flaw(known(told[1]), other[2:]))
    assert "cannot be shown to extend" in str(flaw(known(told[1]), told[3:]))
    assert "comes after 5" in str(flaw(known(told[4]), told[:3]))
    assert "cannot be shown to extend" in str(flaw(None, [told[0], told[2]]))
    assert "does not name" in str(flaw(None, [told[0], other[1]]))
    assert "fewer entries" in str(after(told[1], stated(3, told[1].hash, 19)))
    assert "another entry 20" in str(after(told[1], stated(3, told[1].hash, 20, "c")))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda one: one | {"entries": 11}, Unauthenticated),
        (lambda one: {name: value for name, value in one.items() if name != "proof"}, Unauthenticated),
        (lambda one: document(stated(1, None, 10), SigningKey(KEY.key_id, generate_ed25519())), Unauthenticated),
        (
            lambda one: document(stated(1, None, 10), SigningKey("https://third.test/actor#k", KEY.private_key)),
            Unauthenticated,
        ),
        (lambda one: one | {"server": "https://third.test/actor"}, Unauthenticated),
        (lambda one: one | {"more": 1}, Malformed),
        (lambda one: one | {"number": 0}, Malformed),
        (lambda one: one | {"head": "short"}, Malformed),
        (lambda one: one | {"type": "Agreement"}, Malformed),
    ],
)
def test_what_its_server_did_not_sign_is_refused(
    change: Callable[[Document], Document], error: type[FederationError]
) -> None:
    good = document(stated(1, None, 10))
    assert read(good, server=SERVER, keys=[PUBLIC], now=NOW).hash == hash_of(good)

    with pytest.raises(error):
        read(change(good), server=SERVER, keys=[PUBLIC], now=NOW)


@pytest.mark.parametrize("given", [None, [], ["text"], "text"])
def test_a_letter_carries_checkpoints(given: object) -> None:
    with pytest.raises(Malformed):
        in_letter({"type": "AuditTrail", "checkpoints": given}, server=SERVER, keys=[PUBLIC], now=NOW)


def test_a_letter_carries_few_of_them() -> None:
    """At the limit and one past it."""
    told = [one.document for one in chain(checkpoints.MOST_IN_A_LETTER + 1)]

    assert len(in_letter(checkpoints.about(told[1:]), server=SERVER, keys=[PUBLIC], now=NOW)) == len(told) - 1
    with pytest.raises(Malformed):
        in_letter(checkpoints.about(told), server=SERVER, keys=[PUBLIC], now=NOW)
