"""What a payload speaks of: its post, its author, its community."""

from typing import Any

from tests.wire.payloads import Document, Payload
from tests.wire.shown import listed
from tests.wire.stage import HOME, Stage

_PUBLIC = "#Public"
_ACTIVITIES = ("Create", "Update", "Announce")


def post_of(document: Document) -> Document:
    """The post in an activity, or the post itself."""
    while document["type"] in _ACTIVITIES and isinstance(document["object"], dict):
        document = document["object"]
    return document


def author_of(document: Document) -> str:
    """Who wrote the post."""
    return str(id_of(listed(post_of(document)["attributedTo"])[0]))


def id_of(value: Any) -> str:
    """The id of something embedded, or named by it."""
    return str(value["id"] if isinstance(value, dict) else value)


def group_of(document: Document) -> str:
    """The community that a post was written in: addressed, and neither everybody, followers, nor a person."""
    post = post_of(document)
    people = {author_of(document)} | {
        tag["href"]
        for tag in listed(post.get("tag"))
        if "/u/" in tag.get("href", "") or "/users/" in tag.get("href", "")
    }
    for name in ("audience", "to", "cc"):
        for member in (post, document):
            for uri in listed(member.get(name)):
                if uri not in people and _PUBLIC not in uri and not _is_followers(uri):
                    return str(uri)
    raise LookupError("addressed to no community")


def _is_followers(uri: str) -> bool:
    return "/followers" in uri or uri.endswith("/subscribers")


def as_create(stage: Stage, payload: Payload) -> Payload:
    """A bare post as its author's server would send it; a Create as it is."""
    document = payload.document
    if document["type"] == "Create":
        return payload
    author = stage.play(author_of(document))
    members = {name: document[name] for name in ("to", "cc", "audience") if name in document}
    return payload.with_document(author.activity("Create", object=document, **members))


def is_ours(uri: str) -> bool:
    """On the server under test."""
    return uri.startswith(f"{HOME}/")
