import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.errors import Malformed
from federation.vocab.decode import MAX_BODY_BYTES, MAX_DEPTH, MAX_NODES, MAX_STRING_BYTES, decode

FEW = st.lists(st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False), max_size=4)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
JSON_OBJECTS = st.dictionaries(TEXT, TEXT | FEW | st.booleans() | st.none() | st.dictionaries(TEXT, TEXT))


def padded(size: int) -> bytes:
    return b'{"a":1}'.ljust(size)


def nested(depth: int) -> bytes:
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def values(nodes: int, value: bytes = b"1") -> bytes:
    return b'{"a":[' + b", ".join([value] * (nodes - 2)) + b"]}"


def string_of(size: int) -> bytes:
    return b'{"a":"' + b"x" * size + b'"}'


@settings(deadline=None)
@given(JSON_OBJECTS)
def test_json_comes_out_as_it_went_in(document: dict[str, object]) -> None:
    assert decode(json.dumps(document).encode()) == document
    assert decode(json.dumps(document, ensure_ascii=False).encode()) == document


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_an_object_or_malformed(body: bytes) -> None:
    """T083."""
    with suppress(Malformed):
        assert isinstance(decode(body), dict)


@pytest.mark.parametrize(
    "body",
    [
        padded(MAX_BODY_BYTES),
        nested(MAX_DEPTH),
        b'{"a":' + b'{"a":' * (MAX_DEPTH - 1) + b"1" + b"}" * MAX_DEPTH,
        values(MAX_NODES),
        values(MAX_NODES, b"[]"),
        values(MAX_NODES, b'""'),
        values(MAX_NODES, b"{ }"),
        string_of(MAX_STRING_BYTES),
        b'{"a":9223372036854775807,"b":-9223372036854775808}',
        b'{"a":1.7976931348623157e308}',
    ],
)
def test_what_is_at_a_limit_is_read(body: bytes) -> None:
    """R8, T083."""
    assert "a" in decode(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (padded(MAX_BODY_BYTES + 1), "too_large"),
        (nested(MAX_DEPTH + 1), "too_deep"),
        (b'{"a":' + b'{"a":' * MAX_DEPTH + b"1" + b"}" * (MAX_DEPTH + 1), "too_deep"),
        (values(MAX_NODES + 1), "too_deep"),
        (values(MAX_NODES + 1, b"[]"), "too_deep"),
        (values(MAX_NODES + 1, b'""'), "too_deep"),
        (string_of(MAX_STRING_BYTES + 1), "too_large"),
        (b'{"a":"' + b"\\n" * (MAX_STRING_BYTES // 2) + b'x"}', "too_large"),
        (b'{"a":9223372036854775808}', "malformed"),
        (b'{"a":-9223372036854775809}', "malformed"),
        (b'{"a":1.8e308}', "malformed"),
    ],
)
def test_what_is_one_past_a_limit_is_refused(body: bytes, reason: str) -> None:
    """R8, T083."""
    with pytest.raises(Malformed) as refusal:
        decode(body)

    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"17",
        b"{} {}",
        b"{",
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999999}',
        b'{"a":01}',
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a":"\x00"}',
        b'{"a":"\\u0000"}',
        b'{"a":"\\\\\\u0000"}',
        b'{"\\u0000":1}',
        b'{"a":"\\ud83d"}',
        b'{"a":"\\ude00\\ud83d"}',
        b'{"\\udfff":1}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
    ],
)
def test_what_is_not_one_unambiguous_json_object_is_malformed(body: bytes) -> None:
    """T052, T083."""
    with pytest.raises(Malformed) as refusal:
        decode(body)

    assert refusal.value.reason == "malformed"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"a":"\\ud83d\\ude00"}', "😀"),
        (b'{"a":"\\\\ud83d"}', "\\ud83d"),
        (b'{"a":"\\\\u0000"}', "\\u0000"),
        (b'{"a":"[[[[\\"]]"}', '[[[["]]'),
        (b'{"a":"https:\\/\\/peer.example"}', "https://peer.example"),
    ],
)
def test_escapes_that_only_look_dangerous_are_read(body: bytes, text: str) -> None:
    """T083: the refusals beside these are exact."""
    assert decode(body) == {"a": text}


def test_brackets_and_commas_in_text_are_not_counted() -> None:
    text = '[{,"\\' * 10_000

    assert decode(json.dumps({"a": text}).encode()) == {"a": text}


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[" * MAX_BODY_BYTES,
        b"{" + b",".join(b'"k%d":1' % number for number in range(90_000)) + b"}",
        b'"' * MAX_BODY_BYTES,
        b'{"a":' + b"9" * (MAX_BODY_BYTES - 10) + b"}",
        b'{"a":0.' + b"9" * (MAX_BODY_BYTES - 10) + b"}",
        b"," * MAX_BODY_BYTES,
        b"\\" * MAX_BODY_BYTES,
        b'{"a":["' + b'","'.join([b"\\ud83d\\ude00" * 20_000] * 4) + b'"]}',
    ],
)
def test_the_worst_bodies_cost_little(body: bytes) -> None:
    """T083: at most 100 ms of CPU; the body, depth and node limits are checked before anything is parsed."""
    began = time.process_time()
    with suppress(Malformed):
        decode(body)

    assert time.process_time() - began < 0.2
