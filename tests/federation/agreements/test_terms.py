"""The text of an agreement: its shape, its hash, its signatures."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from federation.agreements import terms
from federation.agreements.terms import CONTEXT, Party, Share, Terms
from federation.errors import FederationError, Malformed, Unauthenticated
from federation.signatures.key_formats import generate_ed25519, public_multibase
from federation.signatures.sign import SigningKey

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ALPHA, BETA, GAMMA = (f"https://{name}.test/actor" for name in ("alpha", "beta", "gamma"))
KEYS = {server: SigningKey(f"{server}#ed25519-key", generate_ed25519()) for server in (ALPHA, BETA, GAMMA)}


def text(**changes: Any) -> Terms:
    """Terms between alpha and beta."""
    parties = (_party(ALPHA), _party(BETA))
    usual: dict[str, Any] = {
        "context": CONTEXT,
        "id": "https://alpha.test/agreements/1",
        "type": "Agreement",
        "version": 1,
        "supersedes": None,
        "parties": parties,
        "shares": (Share(by=ALPHA, communities=("https://alpha.test/communities/a",)), Share(by=BETA)),
        "rights": "take-part",
        "ceiling": "restricted",
        "retention_months": 24,
        "retraction_hours": 24,
        "history": False,
        "data_requests": "each for its own",
        "review_date": date(2027, 11, 24),
    }
    return Terms(**usual | changes)


def _party(server: str) -> Party:
    private: Any = KEYS[server].private_key
    return Party(server=server, key=public_multibase(private.public_key()))


def document(**changes: Any) -> dict[str, Any]:
    """The document as it comes from the wire."""
    plain: dict[str, Any] = json.loads(json.dumps(terms.write(text(**changes))))
    return plain


def test_a_written_text_reads_as_it_was() -> None:
    assert terms.read(document()) == text()


def test_signatures_do_not_change_the_hash_and_every_other_member_does() -> None:
    plain = document()
    signed = terms.signed(plain, KEYS[ALPHA], at=NOW)

    assert terms.hash_of(signed) == terms.hash_of(plain)
    assert terms.hash_of(terms.signed(signed, KEYS[BETA], at=NOW)) == terms.hash_of(plain)
    changed = [document(**{name: value}) for name, value in CHANGES.items()]
    assert len({terms.hash_of(one) for one in [plain, *changed]}) == len(CHANGES) + 1


CHANGES: dict[str, Any] = {
    "version": 2,
    "ceiling": "confidential",
    "rights": "read",
    "history": True,
    "retention_months": 23,
    "retraction_hours": 25,
    "review_date": date(2027, 11, 25),
    "shares": (Share(by=ALPHA, whatever_hosts_open=True), Share(by=BETA)),
}


def test_each_party_is_known_by_its_signature() -> None:
    once = terms.signed(document(), KEYS[ALPHA], at=NOW)
    twice = terms.signed(once, KEYS[BETA], at=NOW)

    assert terms.signers(document(), text(), now=NOW) == set()
    assert terms.signers(once, text(), now=NOW) == {ALPHA}
    assert terms.signers(twice, text(), now=NOW) == {ALPHA, BETA}


@pytest.mark.parametrize("name", CHANGES)
def test_a_text_that_was_changed_after_it_was_signed_is_signed_by_nobody(name: str) -> None:
    """T234: other text under the same signatures."""
    signed = terms.signed(document(), KEYS[ALPHA], at=NOW)
    altered = document(**{name: CHANGES[name]}) | {"proof": signed["proof"]}

    with pytest.raises(Unauthenticated):
        terms.signers(altered, terms.read(altered), now=NOW)


def test_nobody_else_signs_for_the_parties() -> None:
    """T234: neither a third server, nor another key under a party's name."""
    impostor = SigningKey(KEYS[BETA].key_id, generate_ed25519())

    for key in (KEYS[GAMMA], impostor):
        with pytest.raises(Unauthenticated):
            terms.signers(terms.signed(document(), key, at=NOW), text(), now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"surprise": "unread"},
        {"version": 0},
        {"version": "1"},
        {"ceiling": "secret"},
        {"rights": "everything"},
        {"retentionMonths": 121},
        {"retractionHours": 0},
        {"reviewDate": "soon"},
        {"parties": []},
        {"shares": [{"by": BETA}, {"by": ALPHA}]},
        {"id": "not an address"},
        {"supersedes": "abc"},
        {"@context": ["https://www.w3.org/ns/activitystreams"]},
    ],
    ids=str,
)
def test_what_is_not_whole_or_says_more_than_we_read_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        terms.read(document() | change)


def test_bounds_hold_at_the_limit() -> None:
    shares = (Share(by=ALPHA, communities=("https://alpha.test/c",) * 200), Share(by=BETA))

    assert terms.read(document(retention_months=120, retraction_hours=720, shares=shares))
    with pytest.raises(FederationError):
        terms.read(document(shares=(Share(by=ALPHA, communities=("https://alpha.test/c",) * 201), Share(by=BETA))))


def test_both_firms_read_the_same_eight_digits() -> None:
    turned = text(parties=(_party(BETA), _party(ALPHA)))

    assert terms.spoken_code(text()) == terms.spoken_code(turned)
    assert len(terms.spoken_code(text()).replace(" ", "")) == 8
    other = Party(server=BETA, key=public_multibase(generate_ed25519().public_key()))
    assert terms.spoken_code(text()) != terms.spoken_code(text(parties=(_party(ALPHA), other)))


def test_sharing_more_oneself_is_the_only_change_that_needs_no_second_look() -> None:
    more = text(version=2, supersedes="0" * 64, shares=(text().shares[0], Share(by=BETA, communities=("https://b/c",))))

    assert terms.differ_only_in_part_of(text(), more, BETA)
    assert not terms.differ_only_in_part_of(text(), more, ALPHA)
    for name, value in CHANGES.items():
        if name != "version":
            assert not terms.differ_only_in_part_of(text(), text(**{name: value}), BETA), name


@pytest.mark.parametrize("name", ["admin", "dpo"])
@pytest.mark.parametrize(
    ("contact", "is_theirs_to_say"),
    [
        ("dpo@beta.test", True),
        ("dpo@beta.test, who decides alone", False),
        ("Copies may be kept for ever", False),
        ("a b@beta.test", False),
    ],
)
def test_an_address_of_mail_needs_no_second_look_and_other_words_do(
    name: str, contact: str, is_theirs_to_say: bool
) -> None:
    ours, theirs = text().parties
    more = text(version=2, supersedes="0" * 64, parties=(ours, msgspec.structs.replace(theirs, **{name: contact})))

    assert terms.differ_only_in_part_of(text(), more, BETA) is is_theirs_to_say
    assert not terms.differ_only_in_part_of(text(), more, ALPHA)


def test_the_schema_beside_the_code_is_that_of_the_code() -> None:
    file = Path(terms.__file__).with_name("terms.schema.json")

    assert json.loads(file.read_text()) == json.loads(json.dumps(msgspec.json.schema(Terms)))
    jsonschema.Draft202012Validator(msgspec.json.schema(Terms)).validate(document())
