"""Entities of the client API checked against its schemas (JSON Schema 2020-12), where these are at hand.

Tens of thousands of answers are: the compiled validator looks first, the one that explains itself at what it refuses.
"""

import json
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012, SchemaRegistry

from tests.support import specification

FOLDER = specification.FOLDER / "entities"
_BASE = "https://schemas.example/client-api/"


def validate(name: str, data: object) -> None:
    """Raise `jsonschema.ValidationError` unless the data, as decoded from JSON, is an entity of this name.

    Skips the test where the schemas are not at hand.
    """
    if not FOLDER.is_dir():
        pytest.skip("the schemas of the client API are not here")
    if not _fast_validator(name).is_valid(data):
        _validator(name).validate(data)
        raise AssertionError(f"two validators disagree on whether this is a {name}: {data}")


@cache
def _fast_validator(name: str) -> jsonschema_rs.Draft202012Validator:
    registry = jsonschema_rs.Registry([(uri, schema) for uri, schema in _schemas().items()])
    return jsonschema_rs.Draft202012Validator({"$ref": f"{_BASE}{name}.schema.json"}, registry=registry)


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"{_BASE}{name}.schema.json"}, registry=_registry())


@cache
def _registry() -> SchemaRegistry:
    registry: SchemaRegistry = Registry()
    return registry.with_resources((uri, DRAFT202012.create_resource(schema)) for uri, schema in _schemas().items())


@cache
def _schemas() -> dict[str, Any]:
    return {f"{_BASE}{path.name}": json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.schema.json"))}
