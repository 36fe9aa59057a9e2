"""The text by which one key of a server follows another: its shape, and which key is the last."""

import json
from pathlib import Path

import msgspec
import pytest

from federation.agreements import succession
from federation.agreements.succession import Succession, newest


def test_the_schema_beside_the_code_is_that_of_the_code() -> None:
    file = Path(succession.__file__).with_name("succession.schema.json")

    assert json.loads(file.read_text()) == json.loads(json.dumps(msgspec.json.schema(Succession)))


@pytest.mark.parametrize(
    ("followed", "last"),
    [
        ({}, "z1"),
        ({"z1": "z2"}, "z2"),
        ({"z1": "z2", "z2": "z3"}, "z3"),
        ({"z2": "z3"}, "z1"),
        # Nobody signs that; it must not hold up whoever reads it.
        ({"z1": "z2", "z2": "z1"}, "z2"),
    ],
)
def test_the_last_key_is_found_from_any_of_those_before(followed: dict[str, str], last: str) -> None:
    assert newest("z1", followed) == last
