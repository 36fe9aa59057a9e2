"""What letters about what is called back look like: the schema beside the code is that of the code."""

import json
from pathlib import Path

import msgspec

from federation.agreements import retracting
from federation.agreements.retracting import Answers, Requests

SCHEMA = Path(retracting.__file__).with_name("retractions.schema.json")


def test_the_schema_beside_the_code_is_that_of_the_code() -> None:
    _, components = msgspec.json.schema_components((Requests, Answers), ref_template="#/$defs/{name}")

    assert json.loads(SCHEMA.read_text()) == json.loads(json.dumps({"$defs": components}))
