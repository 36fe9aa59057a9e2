"""Integrity proofs: those of other programs and of the standards, our own, and what may happen to them on the way."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Unauthenticated
from federation.signatures.algorithms import PublicKey
from federation.signatures.canonical import canonical
from federation.signatures.key_formats import multibase_decode, multibase_encode, parse_public_multibase
from federation.signatures.proofs import (
    DATA_INTEGRITY,
    MAX_PROOFS,
    ProvenAuthor,
    confirm_proof,
    examine_proofs,
    has_proof,
    with_proof,
)
from federation.signatures.sign import SigningKey
from tests.federation.signatures.support import PATIENT, RSA_KEY
from tests.support.specification import VECTORS as SPECIFIED
from tests.support.specification import specified

OURS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "signatures" / "proofs.json").read_text(encoding="utf-8")
)
ACTOR = "https://home.test/users/alice"
KEY = SigningKey(f"{ACTOR}#ed25519-key", Ed25519PrivateKey.from_private_bytes(bytes.fromhex(OURS["key"]["seed_hex"])))
PUBLIC_KEY = parse_public_multibase(OURS["key"]["public_multibase"])
NOON = datetime(2026, 4, 1, 12, 0, 0, 999_999, tzinfo=UTC)
CREATE: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/activitystreams", {"sensitive": "as:sensitive"}],
    "id": "https://home.test/activities/1",
    "type": "Create",
    "actor": ACTOR,
    "object": {"id": "https://home.test/objects/1", "type": "Note", "content": "<p>Grüße</p>", "tag": [{"n": 1}, 2.5]},
    "to": ["https://www.w3.org/ns/activitystreams#Public"],
}


def verdict(document: dict[str, Any], public_key: PublicKey, now: datetime) -> str:
    """How a document fares: `valid`, `invalid`, or `absent` where there is no proof that we read."""
    try:
        claims = examine_proofs(document, now=now)
        for claim in claims:
            confirm_proof(claim, public_key, ACTOR)
    except Unauthenticated as error:
        return error.reason.removeprefix("proof_")
    return "valid" if claims else "absent"


def ours(document: dict[str, Any]) -> str:
    return verdict(document, PUBLIC_KEY, NOON)


@pytest.mark.parametrize("case", OURS["cases"], ids=[case["name"] for case in OURS["cases"]])
def test_proofs_of_other_programs(case: dict[str, Any]) -> None:
    assert verdict(case["document"], PUBLIC_KEY, datetime.fromisoformat(OURS["now"])) == case["expected"]


@pytest.mark.parametrize("case", specified("fep8b32"))
def test_specified_proofs(case: dict[str, Any]) -> None:
    document = case.get("signed_document") or case["document"] | {
        "proof": case["proof_config"] | {"proofValue": case["proof_value"]}
    }
    expected = case["expected"].split()[0].rstrip(":")
    if "authorisation" in case["expected"]:
        # The arithmetic is right; that the key is another actor's is seen where keys have owners.
        expected = "valid"

    found = verdict(document, parse_public_multibase(case["public_key_multibase"]), NOON)

    assert found == ("absent" if expected == "unsupported" else expected)


def specified_proof(name: str) -> dict[str, Any]:
    cases = {case.id: case.values[0] for case in specified("fep8b32")}
    if name not in cases:
        pytest.skip("specification is not beside the repository")
    found: dict[str, Any] = cases[name]
    return found


def test_the_feature_vector_is_reproduced_to_the_letter() -> None:
    case = specified_proof("fep-8b32-feature")
    seed = multibase_decode(case["secret_key_multibase"])[2:]
    method = case["proof_config"]["verificationMethod"]
    key = SigningKey(method, Ed25519PrivateKey.from_private_bytes(seed))

    made = with_proof(case["document"], key, created=datetime.fromisoformat(case["proof_config"]["created"]))

    assert made == case["signed_document"]


@pytest.mark.parametrize("case", specified("jcs"))
def test_specified_canonical_forms(case: dict[str, Any]) -> None:
    assert canonical(case["input"]).decode() == case["canonical"]


@pytest.mark.parametrize("case", specified("jcs", "numbers"))
def test_specified_canonical_numbers(case: dict[str, Any]) -> None:
    assert canonical({"v": json.loads(case["value_json"])}).decode() == f'{{"v":{case["canonical"]}}}'


def test_linked_data_signatures_are_no_proofs() -> None:
    """T053: however good one is, nothing here looks at it."""
    path = SPECIFIED / "ldsig.json"
    if not path.is_file():
        pytest.skip("specification is not beside the repository")
    for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
        assert case["document"]["signature"]
        assert not has_proof(case["document"])
        assert examine_proofs(case["document"], now=NOON) == ()


def test_our_own_proof_has_these_members() -> None:
    made = with_proof(CREATE, KEY, created=NOON)

    context = [*CREATE["@context"], DATA_INTEGRITY]
    assert made == CREATE | {"@context": context, "proof": made["proof"]}
    proof = made["proof"]
    assert isinstance(proof, dict)
    assert multibase_decode(proof.pop("proofValue"))
    assert proof == {
        "@context": context,
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": KEY.key_id,
        "proofPurpose": "assertionMethod",
        "created": "2026-04-01T12:00:00Z",
    }
    assert DATA_INTEGRITY not in CREATE["@context"], "the shared context is left as it was"


def test_a_context_of_one_address_becomes_a_list() -> None:
    made = with_proof(CREATE | {"@context": "https://www.w3.org/ns/activitystreams"}, KEY, created=NOON)

    assert made["@context"] == ["https://www.w3.org/ns/activitystreams", DATA_INTEGRITY]
    assert ours(made) == "valid"


def test_a_proof_is_the_key_owners() -> None:
    (claim,) = examine_proofs(with_proof(CREATE, KEY, created=NOON), now=NOON)

    author = confirm_proof(claim, PUBLIC_KEY, ACTOR)

    assert (author.key_id, author.owner_uri) == (KEY.key_id, ACTOR)
    with pytest.raises(TypeError):
        ProvenAuthor(key_id=KEY.key_id, owner_uri=ACTOR, seal=object())


def test_another_kind_of_key_makes_and_confirms_nothing() -> None:
    """T012: the suite decides, not the key that somebody lists."""
    with pytest.raises(ValueError, match="Ed25519"):
        with_proof(CREATE, SigningKey(KEY.key_id, RSA_KEY), created=NOON)

    assert verdict(with_proof(CREATE, KEY, created=NOON), RSA_KEY.public_key(), NOON) == "invalid"


def test_a_document_without_canonical_form_has_no_proof() -> None:
    with pytest.raises(Unauthenticated):
        with_proof(CREATE | {"n": 2**53}, KEY, created=NOON)
    assert ours(with_proof(CREATE | {"n": 2**53 - 1}, KEY, created=NOON)) == "valid"


def test_as_many_proofs_as_are_read_and_one_more() -> None:
    made = with_proof(CREATE, KEY, created=NOON)

    assert ours(made | {"proof": [made["proof"]] * MAX_PROOFS}) == "valid"
    assert ours(made | {"proof": [made["proof"]] * (MAX_PROOFS + 1)}) == "invalid"


@pytest.mark.parametrize("proof", [None, "", [], {}, "proof", 7, ["proof"], [None], {"type": ["DataIntegrityProof"]}])
def test_what_is_no_proof_is_none(proof: object) -> None:
    assert ours(CREATE | {"proof": proof}) == "absent"


PROOF: dict[str, Any] = with_proof(CREATE, KEY, created=NOON)["proof"]  # type: ignore[assignment]


@pytest.mark.parametrize("name", ["created", "expires", "proofValue", "@context"])
@pytest.mark.parametrize("value", [7, True, [], {}, "", "x" * 5000, None])
def test_odd_members_of_a_proof_do_no_harm(name: str, value: object) -> None:
    """Whatever stands there: never good, and never anything but a refusal. A null date is as good as none."""
    assert ours(CREATE | {"@context": PROOF["@context"], "proof": PROOF | {name: value}}) == "invalid"


@pytest.mark.parametrize(
    ("created", "expires", "expected"),
    [
        (timedelta(days=-4000), None, "valid"),
        (timedelta(hours=1), None, "valid"),
        (timedelta(hours=1, seconds=1), None, "invalid"),
        (timedelta(0), timedelta(seconds=1), "valid"),
        (timedelta(0), timedelta(0), "valid"),
        (timedelta(0), timedelta(seconds=-1), "invalid"),
    ],
)
def test_a_proof_holds_until_it_expires_and_is_not_of_the_future(
    created: timedelta, expires: timedelta | None, expected: str
) -> None:
    """Signatures 6.2, step 2: an old one is as good as a new one, and an hour is what clocks may differ."""
    now = NOON.replace(microsecond=0)
    end = {} if expires is None else {"expires": (now + expires).isoformat()}
    made = with_proof(CREATE, KEY, created=now + created)
    config = {name: value for name, value in proof_of(made).items() if name != "proofValue"} | end
    bare: dict[str, Any] = {name: value for name, value in made.items() if name != "proof"}
    hashed = b"".join(hashlib.sha256(rfc8785.dumps(part)).digest() for part in (config, bare))
    value = multibase_encode(KEY.private_key.sign(hashed))  # type: ignore[call-arg]

    assert verdict(bare | {"proof": config | {"proofValue": value}}, PUBLIC_KEY, now) == expected


def proof_of(document: dict[str, Any]) -> dict[str, Any]:
    proof: dict[str, Any] = document["proof"]
    return proof


# --- whatever may happen on the way ---

NAMES = st.text(st.characters(codec="utf-8"), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | NAMES
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
RESERVED = ("proof", "signature", "@context")
DOCUMENTS = st.dictionaries(NAMES.filter(lambda name: name not in RESERVED), VALUES, min_size=1, max_size=6)


@given(DOCUMENTS)
@PATIENT
def test_members_that_we_do_not_know_are_proven_too(document: dict[str, Any]) -> None:
    made = with_proof(document, KEY, created=NOON)

    arrived = json.loads(json.dumps(made, ensure_ascii=False))

    assert ours(arrived) == "valid"


@given(DOCUMENTS, st.randoms(use_true_random=False))
@PATIENT
def test_the_order_of_members_does_not_matter(document: dict[str, Any], random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, list):
            return [shuffled(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        names = list(value)
        random.shuffle(names)
        return {name: shuffled(value[name]) for name in names}

    assert ours(shuffled(with_proof(document, KEY, created=NOON))) == "valid"


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a document with each of its names or numbers."""
    if not isinstance(value, dict | list):
        return []
    names = list(value) if isinstance(value, dict) else range(len(value))
    return [(value, name) for name in names] + [place for name in names for place in places(value[name])]


def change(container: Any, name: Any, value: Any) -> None:
    container[name] = value


def drop(container: Any, name: Any, value: Any) -> None:
    del container[name]


def add(container: Any, name: Any, value: Any) -> None:
    if isinstance(container, list):
        container.insert(name, value)
    else:
        container["added"] = value


@given(st.data(), DOCUMENTS, VALUES)
@pytest.mark.parametrize("alter", [change, drop, add])
@PATIENT
def test_a_member_changed_dropped_or_added_breaks_the_proof(
    alter: Callable[[Any, Any, Any], None], data: st.DataObject, document: dict[str, Any], value: Any
) -> None:
    made = json.loads(json.dumps(with_proof(CREATE | {"extra": document}, KEY, created=NOON)))
    before = rfc8785.dumps(made)
    within = {name: part for name, part in made.items() if name not in RESERVED}
    container, name = data.draw(st.sampled_from(places(within)))
    alter(made if container is within else container, name, value)
    changed = rfc8785.dumps(made)

    assert (ours(made) == "valid") is (changed == before)
