"""Entities of the client API checked against its schemas (JSON Schema 2020-12), where these are at hand."""

import json
from functools import cache

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
    _validator(name).validate(data)


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"{_BASE}{name}.schema.json"}, registry=_registry())


@cache
def _registry() -> SchemaRegistry:
    resources = [
        (f"{_BASE}{path.name}", DRAFT202012.create_resource(json.loads(path.read_text("utf-8"))))
        for path in sorted(FOLDER.glob("*.schema.json"))
    ]
    registry: SchemaRegistry = Registry()
    return registry.with_resources(resources)
