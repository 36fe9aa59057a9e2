"""Canonical JSON: our short way and the library that does all of it agree on everything."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from federation.signatures.canonical import canonical

whole = st.integers(min_value=1 - 2**53, max_value=2**53 - 1)
fractions = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | whole | fractions | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=12,
)


@given(st.dictionaries(texts, values))
def test_it_is_what_the_library_makes(document: dict[str, object]) -> None:
    assert canonical(document) == rfc8785.dumps(document)  # type: ignore[arg-type]


@pytest.mark.parametrize("character", [*map(chr, range(0x20)), *'"\\/\x7f\u2028\ue000\U0001f600'])
def test_characters_are_escaped_alike(character: str) -> None:
    document = {character: [character]}

    assert canonical(document) == rfc8785.dumps(document)


def test_names_are_in_the_order_of_their_utf_16() -> None:
    """RFC 8785 3.2.3: beyond the basic plane comes before the end of it."""
    assert canonical({"\ue000": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ue000":1}'.encode()


@pytest.mark.parametrize("number", [2**53 - 1, 1 - 2**53, 0, 1.0, -0.0, 1e21, 0.1, 5e-324])
def test_numbers_that_have_a_form(number: float) -> None:
    assert canonical({"v": [number]}) == rfc8785.dumps({"v": [number]})


@pytest.mark.parametrize("value", [2**53, -(2**53), 10**30, [2**60], "\ud800"])
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        canonical({"v": value})


def test_the_documents_that_we_send_need_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instants are no fractions: counted, since all that goes wrong otherwise is the time that it takes."""
    asked: list[object] = []
    monkeypatch.setattr(rfc8785, "dumps", asked.append)

    canonical({"published": "2026-01-31T12:00:01.805Z", "to": ["https://a.test:8443/users/1"], "width": 640})

    assert asked == []
