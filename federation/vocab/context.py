"""Our `@context`. Peers read it literally; nobody's context is ever fetched (threats T090)."""

ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams"

LABEL, VISIBILITY = "entrepairs:label", "entrepairs:visibility"
"""How far a post, or what is in a community, may travel; who may find a community and join it."""

ACTOR_CONTEXT: list[object] = [
    ACTIVITY_STREAMS,
    "https://w3id.org/security/v1",
    "https://www.w3.org/ns/cid/v1",
    {
        "toot": "http://joinmastodon.org/ns#",
        "lemmy": "https://join-lemmy.org/ns#",
        "sc": "http://schema.org/",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "sensitive": "as:sensitive",
        "movedTo": {"@id": "as:movedTo", "@type": "@id"},
        "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "suspended": "toot:suspended",
        "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
        "moderators": {"@id": "lemmy:moderators", "@type": "@id"},
        "removeData": "lemmy:removeData",
        "language": "sc:inLanguage",
        "identifier": "sc:identifier",
        "PropertyValue": "sc:PropertyValue",
        "value": "sc:value",
        "Emoji": "toot:Emoji",
        "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
        "entrepairs": "urn:entrepairs:terms#",
    },
]

VOUCHING_TERMS: dict[str, object] = {
    "vouched": "urn:entrepairs:vouched",
    "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
}
"""Of an Announce by which a community answers for who did what it announces."""

POST_CONTEXT: list[object] = [
    ACTIVITY_STREAMS,
    {
        "toot": "http://joinmastodon.org/ns#",
        "sc": "http://schema.org/",
        "votersCount": "toot:votersCount",
        "language": "sc:inLanguage",
        "identifier": "sc:identifier",
        "sensitive": "as:sensitive",
        "Hashtag": "as:Hashtag",
        "entrepairs": "urn:entrepairs:terms#",
        "acceptedAnswer": {"@id": "sc:acceptedAnswer", "@type": "@id"},
        "Emoji": "toot:Emoji",
        "blurhash": "toot:blurhash",
        "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
    },
]
