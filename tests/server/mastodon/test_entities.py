"""Each entity is what its schema says, and keeps the promises about null, absent and empty."""

import json

import msgspec
import pytest

from server.http.errors import FieldError, invalid, oauth_error
from server.mastodon.entities import Entity
from tests.server.mastodon import samples
from tests.support.schemas import FOLDER, validate

SAMPLES: list[tuple[str, object]] = [
    ("Account", samples.ACCOUNT),
    ("Account", msgspec.structs.replace(samples.ACCOUNT, moved=samples.ACCOUNT, suspended=True, mute_expires_at=None)),
    ("CredentialAccount", samples.CREDENTIAL_ACCOUNT),
    ("Relationship", samples.RELATIONSHIP),
    ("Status", samples.a_status(signed_in=False)),
    ("AuthenticatedStatus", samples.STATUS),
    ("AuthenticatedStatus", samples.WRAPPER),
    ("AuthenticatedStatus", samples.WRAPPER.reblog),
    ("AuthenticatedStatus", samples.QUOTING),
    ("AuthenticatedStatus", samples.SHALLOW),
    ("DeletedStatus", samples.DELETED),
    ("StatusEdit", samples.EDIT),
    ("StatusSource", samples.SOURCE),
    ("StatusMention", samples.MENTION),
    ("ShallowTag", samples.STATUS.tags[0]),
    ("Tag", samples.TAG),
    ("MediaAttachment", samples.MEDIA),
    ("Poll", samples.POLL),
    ("PreviewCard", samples.CARD),
    ("Context", samples.CONTEXT),
    ("List", samples.A_LIST),
    ("Notification", samples.FOLLOWED),
    ("Notification", samples.MENTIONED),
    ("Notification", samples.REPORTED),
    ("Report", samples.REPORT),
    ("Marker", samples.MARKER),
    ("Markers", samples.MARKERS),
    ("Preferences", samples.PREFERENCES),
    ("Search", samples.FOUND),
    ("Instance", samples.INSTANCE),
    ("V1_Instance", samples.V1_INSTANCE),
    ("Rule", samples.RULE),
    ("CustomEmoji", samples.EMOJI),
    ("Filter", samples.FILTER),
    ("FilterResult", samples.FILTER_RESULT),
    ("FilterKeyword", samples.FILTER.keywords[0]),
    ("FilterStatus", samples.FILTER.statuses[0]),
    ("Role", samples.ROLE),
    ("Application", samples.APPLICATION),
    ("CredentialApplication", samples.CREDENTIAL_APPLICATION),
    ("Token", samples.TOKEN),
    ("OAuthServerMetadata", samples.METADATA),
    ("Error", invalid("Username is taken", {"username": [FieldError("ERR_TAKEN", "has already been taken")]}).body),
    ("Error", oauth_error("invalid_grant", "The grant is over.").body),
]


def as_json(entity: object) -> dict[str, object]:
    decoded: dict[str, object] = json.loads(msgspec.json.encode(entity))
    return decoded


@pytest.mark.parametrize(("name", "entity"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_an_entity_is_what_its_schema_says(name: str, entity: object) -> None:
    validate(name, as_json(entity))


@pytest.mark.parametrize(("name", "entity"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_an_entity_has_no_key_that_its_schema_does_not_know(name: str, entity: object) -> None:
    known = schema_keys(name)

    # A size that only very old clients read, which no schema lists.
    assert set(as_json(entity)) - known - {"max_toot_chars"} == set()


def schema_keys(name: str) -> set[str]:
    path = FOLDER / f"{name}.schema.json"
    if not path.is_file():
        pytest.skip("the schemas of the client API are not here")
    return keys_of(json.loads(path.read_text("utf-8")))


def keys_of(schema: dict[str, object]) -> set[str]:
    found = set(named) if isinstance(named := schema.get("properties"), dict) else set()
    if isinstance(named := schema.get("propertyNames"), dict):
        found |= set(named["enum"])
    parts = schema.get("allOf")
    for part in parts if isinstance(parts, list) else []:
        found |= schema_keys(part["$ref"].removesuffix(".schema.json")) if "$ref" in part else keys_of(part)
    return found


def test_what_is_null_is_sent_as_null() -> None:
    status = as_json(samples.STATUS)

    for name in ("in_reply_to_id", "in_reply_to_account_id", "reblog", "poll", "card", "edited_at", "quote"):
        assert status[name] is None


def test_what_only_a_signed_in_viewer_is_sent_is_absent_for_others() -> None:
    signed_in, anonymous = as_json(samples.STATUS), as_json(samples.a_status(signed_in=False))

    only_theirs = set(signed_in) - set(anonymous)

    assert only_theirs == {"favourited", "reblogged", "muted", "bookmarked", "filtered"}


def test_what_does_not_apply_is_absent_and_not_null() -> None:
    assert set(as_json(samples.FOLLOWED)) == {"id", "type", "group_key", "created_at", "account"}
    assert set(as_json(samples.MARKERS)) == {"home"}
    assert not {"moved", "suspended", "limited", "memorial"} & set(as_json(samples.ACCOUNT))


def test_all_ids_are_text() -> None:
    def ids(node: object) -> list[object]:
        if isinstance(node, list):
            return [found for each in node for found in ids(each)]
        if isinstance(node, dict):
            inner = [found for each in node.values() for found in ids(each)]
            return inner + [value for name, value in node.items() if name == "id" or name.endswith("_id")]
        return []

    found = [each for _, entity in SAMPLES for each in ids(as_json(entity)) if each is not None]

    assert all(isinstance(each, str) for each in found)


def test_no_entity_costs_the_garbage_collector_anything() -> None:
    def kinds(base: type[Entity]) -> list[type[Entity]]:
        return [base, *(kind for each in base.__subclasses__() for kind in kinds(each))]

    assert {kind.__struct_config__.gc for kind in kinds(Entity)} == {False}
    assert {kind.__struct_config__.frozen for kind in kinds(Entity)} == {True}
