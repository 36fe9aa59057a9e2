"""Whatever somebody writes as terms, the schema and the code accept it both, or refuse it both (product J2).

Somebody else's server may go by the schema alone. What it cannot say, the code checks besides: two different parties,
and the shares in their order.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.agreements import terms
from federation.agreements.terms import CONTEXT
from federation.errors import Malformed

SCHEMA = jsonschema.Draft202012Validator(
    json.loads(Path(terms.__file__).with_name("terms.schema.json").read_text()),
    format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
)

ADDRESSES = st.sampled_from(("https://alpha.test/actor", "http://beta.test/actor", "https://gamma.test:8443/c/%C3%A9"))
LINES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
PARTIES = st.fixed_dictionaries(
    {"server": ADDRESSES, "key": st.text("z6Mkabc", max_size=20)}, optional={"admin": LINES, "dpo": LINES}
)
SHARES = st.fixed_dictionaries(
    {"by": ADDRESSES}, optional={"communities": st.lists(ADDRESSES, max_size=3), "whateverHostsOpen": st.booleans()}
)
TERMS = st.fixed_dictionaries(
    {
        "@context": st.sampled_from((CONTEXT, [*CONTEXT, {"more": "urn:x"}])),
        "id": ADDRESSES,
        "type": st.just("Agreement"),
        "version": st.integers(1, 1_000_000),
        "supersedes": st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
        "parties": st.lists(PARTIES, min_size=2, max_size=2),
        "shares": st.lists(SHARES, min_size=2, max_size=2),
        "rights": st.sampled_from(("take-part", "read")),
        "ceiling": st.sampled_from(("internal", "restricted", "confidential")),
        "retentionMonths": st.integers(1, 120),
        "retractionHours": st.integers(1, 720),
        "history": st.booleans(),
        "dataRequests": LINES,
        "reviewDate": st.dates().map(str),
    }
)

ODD: list[Any] = [
    *(
        None,
        True,
        0,
        1,
        24.0,
        1.5,
        -1,
        121,
        721,
        1_000_001,
        2**53,
        [],
        {},
        ["x"],
        "",
        "1",
        "Agreement",
        "x" * 501,
        "x" * 101,
    ),
    *(
        "a" * 64,
        "A" * 64,
        "a" * 64 + "\n",
        "a" * 65,
        "https://alpha.test/actor\n",
        "https://alpha.test/a b",
        "https://",
    ),
    *(
        "https://é.test/actor",
        "https://a.test/" + "x" * 2033,
        "https://a.test/" + "x" * 2034,
        "ftp://a.test",
        "HTTPS://a.test",
    ),
    *("https://a.test/\u0085", "https://a.test/\x1c", "https://a.test/\ufeff", "2027-02-29", "2028-02-29", "20270101"),
    *(
        "2027-01-01\n",
        "2027-01-01T00:00:00Z",
        "2027-W01-1",
        "0001-01-01",
        "2027-1-1",
        "２０２７-01-01",
        "secret",
        "reading",
    ),
    *(
        [CONTEXT[0]],
        [CONTEXT[1]],
        CONTEXT[1],
        ["https://a.test/c"] * 200,
        ["https://a.test/c"] * 201,
        [None],
        {"by": "x"},
    ),
]


def accepts(document: dict[str, Any]) -> bool:
    """The code does."""
    try:
        terms.read(document)
    except Malformed:
        return False
    return True


def holds_together(document: dict[str, Any]) -> bool:
    """What a schema cannot say, of a document that fits it."""
    servers = [party["server"] for party in document["parties"]]
    return len(set(servers)) == 2 and [share["by"] for share in document["shares"]] == servers


def is_read_as_the_schema_says(document: dict[str, Any]) -> bool:
    fits = SCHEMA.is_valid(document)
    return accepts(document) == (fits and holds_together(document))


@given(TERMS, st.booleans())
def test_what_anybody_may_write_is_accepted_by_both(document: dict[str, Any], is_whole: bool) -> None:
    if is_whole:
        document = document | {"parties": [{**party} for party in document["parties"]]}
        for party, share, server in zip(
            document["parties"], document["shares"], ("https://a.test/actor", "https://b.test/actor"), strict=True
        ):
            party["server"] = share["by"] = server
        assert accepts(document)
    assert SCHEMA.is_valid(document)
    assert is_read_as_the_schema_says(document)


@given(TERMS, st.data())
def test_what_is_changed_anywhere_is_accepted_by_both_or_by_neither(
    document: dict[str, Any], data: st.DataObject
) -> None:
    """One to three members, of the text or of what is in it, are missing, additional, or something else."""
    document = whole(document)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places(document)))
        if isinstance(place, list):
            place[data.draw(st.integers(0, len(place) - 1))] = data.draw(st.sampled_from(ODD))
            continue
        name = data.draw(st.sampled_from([*place, "surprise"]))
        if name in place and data.draw(st.booleans()):
            del place[name]
        else:
            place[name] = data.draw(st.sampled_from(ODD))

    assert is_read_as_the_schema_says(document), document


@pytest.mark.parametrize(
    ("name", "value"),
    [("id", "https://a.test/x\n"), ("supersedes", "a" * 64 + "\n"), ("reviewDate", "2027-01-01\n")],
)
def test_nothing_stands_behind_the_end(name: str, value: str) -> None:
    """Where a pattern ends before a last line feed, as in some languages, that would be signed unseen."""
    assert not accepts(whole(EXAMPLE) | {name: value})


@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:40])
def test_no_odd_value_is_accepted_by_one_of_them_alone(value: Any) -> None:
    """Each in the place of each member."""
    for path in PATHS:
        document = whole(EXAMPLE)
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert is_read_as_the_schema_says(document), path


EXAMPLE: dict[str, Any] = {
    "@context": CONTEXT,
    "id": "https://a.test/agreements/1",
    "type": "Agreement",
    "version": 1,
    "supersedes": None,
    "parties": [{"server": f"https://{name}.test/actor", "key": "z6Mk", "admin": "", "dpo": ""} for name in "ab"],
    "shares": [{"by": f"https://{name}.test/actor", "communities": [], "whateverHostsOpen": False} for name in "ab"],
    "rights": "read",
    "ceiling": "internal",
    "retentionMonths": 24,
    "retractionHours": 24,
    "history": False,
    "dataRequests": "",
    "reviewDate": "2027-11-24",
}
PATHS: list[tuple[Any, ...]] = [
    *((name,) for name in EXAMPLE),
    *(("parties", 1, name) for name in EXAMPLE["parties"][1]),
    *(("shares", 0, name) for name in EXAMPLE["shares"][0]),
    *((name, 0) for name in ("parties", "shares")),
]


def whole(document: dict[str, Any]) -> dict[str, Any]:
    """A copy that may be changed, between two parties."""
    made: dict[str, Any] = json.loads(json.dumps(document))
    for name, member in (("parties", "server"), ("shares", "by")):
        for one, server in zip(made[name], ("https://a.test/actor", "https://b.test/actor"), strict=True):
            one[member] = server
    return made


def places(document: dict[str, Any]) -> list[Any]:
    """What has members, in the document: itself first."""
    found: list[Any] = [document]
    for name in ("parties", "shares"):
        if isinstance(document.get(name), list) and document[name]:
            found += [document[name], *(one for one in document[name] if isinstance(one, dict))]
    return found


def test_numbers_are_what_they_are_worth() -> None:
    """JSON has one kind of number: 24.0 is 24, and neither its hash nor what is read of it differs."""
    written = whole(EXAMPLE) | {"retentionMonths": 24.0, "version": 1.0}

    assert terms.read(written) == terms.read(whole(EXAMPLE))
    assert terms.hash_of(written) == terms.hash_of(whole(EXAMPLE))
    assert msgspec.json.encode(terms.read(written).version) == b"1"
