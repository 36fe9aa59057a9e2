"""Structured fields, compared with an independent parser where both follow the RFC."""

from typing import Any

import http_sf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.signatures.structured_fields import InnerList, Item, Token, parse_dictionary
from tests.federation.signatures.support import PATIENT


def test_every_kind_of_value_is_read() -> None:
    members = parse_dictionary('a=1, b=-2.5;x, c="q\\"\\\\";y=?0, d=:YWJj:, e=tok/en:1, f, g=(1 "b";z "c");w=2')

    assert {key: member.value for key, member in members.items() if isinstance(member, Item)} == {
        "a": 1,
        "b": -2.5,
        "c": 'q"\\',
        "d": b"abc",
        "e": Token("tok/en:1"),
        "f": True,
    }
    inner = members["g"]
    assert isinstance(inner, InnerList)
    assert [(item.value, item.parameters) for item in inner.items] == [(1, {}), ("b", {"z": True}), ("c", {})]
    assert inner.parameters == {"w": 2}
    assert members["c"].parameters == {"y": False}


def test_the_text_of_members_is_kept_as_it_was() -> None:
    members = parse_dictionary('sig1=( "@method"  "x";sf );alg="a";  created=1 ,  b=:YWJj:;q')

    assert members["sig1"].text == '( "@method"  "x";sf );alg="a";  created=1'
    assert members["b"].text == ":YWJj:;q"


@pytest.mark.parametrize("text", ["", "  ", "a=()", "a=(  )", "a;b;c", "a , b", "a=:YWI:", "*a.b-c_d=1"])
def test_unusual_but_legal_forms_are_read(text: str) -> None:
    elsewhere = http_sf.parse(text.encode(), tltype="dictionary")

    assert isinstance(elsewhere, dict)
    assert list(parse_dictionary(text)) == list(elsewhere)


@pytest.mark.parametrize(
    "text",
    [
        "a,",
        ",a",
        "a,,b",
        "A=1",
        "1=a",
        "a=",
        "a=1 b=2",
        'a="',
        'a="\\n"',
        'a="\u00e9"',
        "a=:YW Jj:",
        "a=:YWJj",
        "a=:Y:",
        "a=(1",
        "a=(1,2)",
        'a=("b""c")',
        "a=1;",
        "a=1 ;b",
        "a=1;B",
        "a=1234567890123456",
        "a=1234567890123.1",
        "a=1.2345",
        "a=1.",
        "a=-",
        "a=?2",
        "a=@1",
        "a\n=1",
        "a=1\n",
    ],
)
def test_what_the_rfc_refuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="structured field"):
        parse_dictionary(text)


@pytest.mark.parametrize("text", ["a=1, a=1", "a;b;b", "a=(1;b;b)", "a=(1);b=1;b=1"])
def test_a_key_given_twice_is_refused(text: str) -> None:
    """T014: here we are stricter than the RFC."""
    with pytest.raises(ValueError, match="structured field"):
        parse_dictionary(text)


def test_4096_characters_are_read_and_one_more_refused() -> None:
    text = f'a="{"b" * 4092}"'

    assert len(parse_dictionary(text)) == 1
    with pytest.raises(ValueError, match="too long"):
        parse_dictionary(f"{text} ")


PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
KEYS = st.from_regex(r"[a-z*][a-z0-9_\-.*]{0,5}", fullmatch=True)
BARE = st.integers(-(10**15) + 1, 10**15 - 1) | PRINTABLE | st.binary(max_size=20) | st.booleans()
PARAMETERS = st.dictionaries(KEYS, BARE, max_size=3)
ITEMS = st.tuples(BARE, PARAMETERS)
MEMBERS = st.dictionaries(KEYS, ITEMS | st.tuples(st.lists(ITEMS, max_size=3), PARAMETERS), min_size=1, max_size=4)


@PATIENT
@given(MEMBERS)
def test_what_another_implementation_writes_is_read(members: Any) -> None:
    read = parse_dictionary(http_sf.ser(members))

    assert {
        key: (
            [(item.value, item.parameters) for item in member.items] if isinstance(member, InnerList) else member.value,
            member.parameters,
        )
        for key, member in read.items()
    } == members
