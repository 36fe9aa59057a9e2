from datetime import UTC, datetime

import pytest

from federation.errors import Malformed
from federation.vocab.normalise_actors import (
    MAX_ALIASES,
    MAX_FIELD_CHARACTERS,
    MAX_FIELDS,
    MAX_HANDLE_CHARACTERS,
    MAX_KEYS,
    MAX_NAME_CHARACTERS,
    MAX_PROFILE_CHARACTERS,
    actor,
)
from federation.vocab.types import Actor, AssertionMethod, Document, Field, PublicKey
from tests.federation.vocab.vectors import vector

UMA = "https://peer.example/u/uma"
KEY = {"id": UMA + "#main-key", "owner": UMA, "publicKeyPem": "PEM"}


def person(**members: object) -> Document:
    return {"id": UMA, "type": "Person", **members}


def test_an_actor_needs_no_more_than_id_and_type() -> None:
    assert actor(person()) == Actor(id=UMA, kind="Person")


@pytest.mark.parametrize("members", [{"id": None}, {"id": [UMA]}, {"type": None}, {"type": ["Person", "Group"]}])
def test_an_actor_without_one_id_and_one_type_is_malformed(members: Document) -> None:
    """T052."""
    with pytest.raises(Malformed):
        actor(person(**members))


@pytest.mark.parametrize(
    ("given", "languages"),
    [
        (
            {"language": [{"identifier": "fr", "name": "Français"}, {"identifier": "de", "name": "Deutsch"}]},
            ("fr", "de"),
        ),
        ({"language": {"identifier": "FR", "name": "Français"}}, ("fr",)),
        ({"language": "pt-BR"}, ("pt-BR",)),
        ({"languages": ["en", "en", "und", 7, None]}, ("en",)),
        ({"language": "fr-" + "a" * 8 + "-" + "b" * 8}, ("fr-aaaaaaaa-bbbbbbbb",)),
        ({"language": "fra-" + "a" * 8 + "-" + "b" * 8}, ()),
        ({"language": None, "languages": []}, ()),
    ],
)
def test_what_is_spoken_in_a_group_is_read_in_every_shape(given: Document, languages: tuple[str, ...]) -> None:
    """Group federation 1.1. Twenty characters at most: the width of the column."""
    assert actor(person(type="Group", **given)).languages == languages


@pytest.mark.parametrize("kind", ["Person", "Application", "Service", "Organization", "Feed"])
def test_only_group_is_a_group(kind: str) -> None:
    assert not actor(person(type=kind)).is_group
    assert actor(person(type="Group")).is_group


@pytest.mark.parametrize(
    ("name", "moderators", "owners"),
    [
        ("lemmy/group", "https://peer.example/c/main/moderators", ()),
        ("piefed/feed", "https://pie.example/f/work/moderators", ()),
        ("nodebb/group", None, ()),
        ("peertube/channel", None, ("https://tube.example/accounts/lea",)),
    ],
)
def test_moderators_are_one_collection_and_owners_a_list(
    name: str, moderators: str | None, owners: tuple[str, ...]
) -> None:
    read = actor(vector(name))

    assert (read.moderators, read.owners) == (moderators, owners)


def test_attributed_to_goes_before_moderators() -> None:
    read = actor(person(type="Group", attributedTo=UMA + "/mods", moderators=UMA + "/others"))

    assert read.moderators == UMA + "/mods"


@pytest.mark.parametrize(
    ("name", "inbox", "shared"),
    [
        ("lemmy/group", "https://peer.example/inbox", None),
        ("nodebb/group", "https://bb.example/category/2/inbox", "https://bb.example/inbox"),
        ("discourse/group", "https://disc.example/ap/actor/1/inbox", "https://disc.example/ap/users/inbox"),
        ("mitra/person", "https://mitra.example/users/uma/inbox", None),
        ("gotosocial/key_stub", None, None),
    ],
)
def test_inboxes_are_found_where_each_software_puts_them(name: str, inbox: str | None, shared: str | None) -> None:
    read = actor(vector(name))

    assert (read.inbox, read.shared_inbox) == (inbox, shared)


@pytest.mark.parametrize(
    "box", ["", "inbox", 17, "ftp://peer.example/inbox", "https://peer.example/in box", ["a", "b"]]
)
def test_an_inbox_that_nothing_can_be_posted_to_is_absent(box: object) -> None:
    assert actor(person(inbox=box, endpoints={"sharedInbox": box})).inbox is None
    assert actor(person(inbox=box, endpoints={"sharedInbox": box})).shared_inbox is None


@pytest.mark.parametrize("shape", [KEY, [KEY], [None, "key", KEY, {"id": UMA}]])
def test_public_keys_come_as_an_object_or_a_list(shape: object) -> None:
    assert actor(person(publicKey=shape)).public_keys == (PublicKey(UMA + "#main-key", UMA, "PEM"),)


@pytest.mark.parametrize("shape", [None, "SCRUBBED", [], {}, {**KEY, "publicKeyPem": None}, {**KEY, "owner": 17}])
def test_a_key_that_is_not_whole_is_absent(shape: object) -> None:
    assert actor(person(publicKey=shape)).public_keys == ()


def test_assertion_methods_are_multikeys() -> None:
    assert actor(vector("mitra/person")).assertion_methods == (
        AssertionMethod(
            "https://mitra.example/users/uma#ed25519-key", "https://mitra.example/users/uma", "z6MkExample"
        ),
    )


@pytest.mark.parametrize(
    "software",
    [
        {"generator": {"type": "Application", "implements": [{"href": "https://a.example/9421", "name": "x"}]}},
        {"implements": {"href": "https://a.example/9421"}},
        {"implements": ["https://a.example/9421"], "generator": "https://peer.example/actor"},
    ],
)
def test_what_the_software_implements_is_on_the_application_or_the_generator(software: Document) -> None:
    assert actor(person(**software)).implements == ("https://a.example/9421",)


@pytest.mark.parametrize(
    ("icon", "url"),
    [
        ({"type": "Image", "url": "https://a.example/1.png"}, "https://a.example/1.png"),
        ({"type": "Image", "url": {"type": "Link", "href": "https://a.example/1.png"}}, "https://a.example/1.png"),
        ({"type": "Image", "url": ["https://a.example/1.png"]}, "https://a.example/1.png"),
        ({"type": "Link", "href": "https://a.example/1.png"}, "https://a.example/1.png"),
        ("https://a.example/1.png", "https://a.example/1.png"),
        ([{"url": "https://a.example/48.png"}, {"url": "https://a.example/1.png"}], "https://a.example/1.png"),
        ([], None),
        (None, None),
        ({"url": "javascript:alert(1)"}, None),
        ({"url": "data:image/svg+xml,<svg/>"}, None),
        ({"url": [[]]}, None),
    ],
)
def test_pictures_come_in_every_shape(icon: object, url: str | None) -> None:
    """T105: only web addresses come through."""
    read = actor(person(icon=icon, image=icon))

    assert (read.icon, read.image) == (url, url)


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ({"name": "Uma K."}, "Uma K."),
        ({"name": None}, "uma"),
        ({"name": " \n"}, "uma"),
        ({"name": ["Uma"]}, "uma"),
        ({"nameMap": {"en": "Uma"}}, "Uma"),
        ({"name": "a\u202eb\u2066c\u200b\x00\x1b\td"}, "abc d"),
        ({"name": "👩\u200d💻"}, "👩\u200d💻"),
    ],
)
def test_a_name_is_one_clean_line_or_the_handle(members: Document, name: str) -> None:
    """T063."""
    assert actor(person(preferredUsername="uma", **members)).name == name


@pytest.mark.parametrize("handle", ["uma", "Uma-K.2_é", "dbzer0.com"])
def test_a_handle_is_kept_as_it_is(handle: str) -> None:
    assert actor(person(preferredUsername=handle)).preferred_username == handle


@pytest.mark.parametrize("handle", ["u@evil.test", "u/x", "u?x", "u#x", "u:6379", "u x", "u\r\nx", "u\\x", "u\u202ex"])
def test_a_handle_that_would_end_early_is_malformed(handle: str) -> None:
    """T075."""
    with pytest.raises(Malformed):
        actor(person(preferredUsername=handle))


def test_long_texts_are_cut_at_their_limits() -> None:
    """T094."""
    read = actor(
        person(
            name="n" * (MAX_NAME_CHARACTERS + 1),
            summary="s" * (MAX_PROFILE_CHARACTERS + 1),
            source={"content": "m" * (MAX_PROFILE_CHARACTERS + 1), "mediaType": "text/markdown"},
            attachment=[{"type": "PropertyValue", "name": "f", "value": "v" * (MAX_FIELD_CHARACTERS + 1)}],
        )
    )

    assert read.name == "n" * MAX_NAME_CHARACTERS
    assert read.summary == "s" * MAX_PROFILE_CHARACTERS
    assert read.source == "m" * MAX_PROFILE_CHARACTERS
    assert read.fields == (Field("f", "v" * MAX_FIELD_CHARACTERS),)


def test_texts_at_their_limits_are_whole() -> None:
    """T094."""
    read = actor(person(name="n" * MAX_NAME_CHARACTERS, summary="s" * MAX_PROFILE_CHARACTERS))

    assert (len(read.name), len(read.summary)) == (MAX_NAME_CHARACTERS, MAX_PROFILE_CHARACTERS)


def test_a_handle_longer_than_its_limit_is_malformed() -> None:
    """T094: cutting would name somebody else."""
    assert actor(person(preferredUsername="u" * MAX_HANDLE_CHARACTERS)).preferred_username
    with pytest.raises(Malformed):
        actor(person(preferredUsername="u" * (MAX_HANDLE_CHARACTERS + 1)))


def test_long_lists_are_cut_at_their_limits() -> None:
    """T094: 10,000 profile fields."""
    read = actor(
        person(
            attachment=[{"type": "PropertyValue", "name": "f", "value": "v"}] * 10_000,
            publicKey=[KEY] * (MAX_KEYS + 1),
            alsoKnownAs=[UMA] * (MAX_ALIASES + 1),
        )
    )

    assert (len(read.fields), len(read.public_keys), len(read.also_known_as)) == (MAX_FIELDS, MAX_KEYS, MAX_ALIASES)


def test_the_rest_of_a_profile() -> None:
    read = actor(vector("mitra/person"))

    assert read.also_known_as == ("https://old.example/users/uma",)
    assert read.moved_to is None
    assert read.fields == (Field("Site", '<a href="https://uma.example">uma</a>'),)
    assert actor(person(movedTo={"id": "https://b.example/uma"})).moved_to == "https://b.example/uma"
    assert actor(person(webfinger="uma@peer.example")).webfinger == "uma@peer.example"


def test_the_settings_of_a_group() -> None:
    read = actor(vector("lemmy/group"))

    assert (read.posting_restricted_to_mods, read.manually_approves_followers) == (True, True)
    assert (read.discoverable, read.indexable) == (None, False)
    assert (read.summary, read.source) == ("<p>Talk</p>", "Talk")
    assert read.featured == "https://peer.example/c/main/featured"
    assert read.published == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("said", ["true", 1, None, {}])
def test_only_true_is_true(said: object) -> None:
    read = actor(
        person(manuallyApprovesFollowers=said, discoverable=said, indexable=said, postingRestrictedToMods=said)
    )

    assert (read.manually_approves_followers, read.discoverable, read.indexable) == (False, None, False)
    assert read.posting_restricted_to_mods is False
