"""Rows to ActivityPub JSON: actors and posts. The only place where such documents are built (threats R10)."""

from collections.abc import Sequence
from datetime import UTC, datetime

from federation.vocab.audience import PUBLIC
from federation.vocab.context import ACTOR_CONTEXT, LABEL, POST_CONTEXT, VISIBILITY, VOUCHING_TERMS
from federation.vocab.typed_text import hashtag_url
from federation.vocab.types import Document
from models.communities import LABELS, OPEN
from models.details import Details, Emoji, File, details_of, fields_of, pictures_of
from models.posts import COMMUNITY, DIRECT
from models.queries.actors import ActorRow, KeyRow
from models.queries.polls import PollRow
from models.queries.posts import PostRow

_LINE_CHARACTERS = 200


def instant(at: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond: finer than any reader needs, and order within a second survives."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def bare_actor(actor: ActorRow, keys: Sequence[KeyRow], base_url: str) -> Document:
    """What peers need in order to check signatures and deliver, and nothing more: readable without a signature."""
    document: Document = {
        "@context": ACTOR_CONTEXT,
        "id": actor.uri,
        "type": actor.type,
        "preferredUsername": actor.username,
        "name": actor.username,
        "inbox": actor.inbox_url,
        "outbox": actor.outbox_url,
        "followers": actor.followers_url,
        "endpoints": {"sharedInbox": f"{base_url}/inbox"},
    }
    for key in keys:
        if key.kind == "rsa":
            document["publicKey"] = {"id": key.key_uri, "owner": actor.uri, "publicKeyPem": key.public_text}
        else:
            document["assertionMethod"] = [
                {
                    "id": key.key_uri,
                    "type": "Multikey",
                    "controller": actor.uri,
                    "publicKeyMultibase": key.public_text,
                }
            ]
    return {name: value for name, value in document.items() if value is not None}


def actor(actor: ActorRow, keys: Sequence[KeyRow], base_url: str) -> Document:
    """The whole document, for allowed peers (spec/group-federation.md 1.1)."""
    document = bare_actor(actor, keys, base_url) | {
        "name": actor.display_name or actor.username,
        "summary": actor.summary_html,
        "url": actor.url,
        "webfinger": actor.acct,
        "published": instant(actor.created_at),
        "manuallyApprovesFollowers": actor.is_locked,
        "discoverable": actor.is_discoverable,
        "indexable": False,
        "attachment": [{"type": "PropertyValue", "name": row[0], "value": row[1]} for row in fields_of(actor.fields)],
        "generator": {
            "type": "Application",
            "implements": [
                {
                    "href": "https://datatracker.ietf.org/doc/html/rfc9421",
                    "name": "RFC-9421: HTTP Message Signatures",
                },
                {
                    "href": "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25",
                    "name": "RFC-9421 signatures using the Ed25519 algorithm",
                },
            ],
        },
    }
    document |= _pictures(actor, base_url)
    if actor.suspended_at is not None:
        document["suspended"] = True
    if actor.updated_at is not None:
        document["updated"] = instant(actor.updated_at)
    if actor.summary_source:
        document["source"] = {"content": actor.summary_source, "mediaType": "text/markdown"}
    return document | _of_group(actor) if actor.is_community else document


def _of_group(actor: ActorRow) -> Document:
    """What only communities say of themselves."""
    code = actor.language
    spoken: Document = {"language": [{"identifier": code, "name": code}]} if code else {}
    return spoken | {
        "description": actor.summary_source.strip().partition("\n")[0][:_LINE_CHARACTERS],
        "attributedTo": f"{actor.uri}/moderators",
        "moderators": f"{actor.uri}/moderators",
        "featured": f"{actor.uri}/featured",
        "postingRestrictedToMods": bool(actor.hosts_only),
        VISIBILITY: actor.visibility,
        LABEL: LABELS[actor.label or 0],
        "sensitive": False,
    }


def vouching(person: ActorRow) -> Document:
    """What a community adds to an Announce of what somebody of another firm did: who that is, for firms that exchange
    nothing with theirs (spec/group-federation.md 8, step 4c).
    """
    known: Document = {
        "id": person.uri,
        "type": person.type,
        "preferredUsername": person.username,
        "name": person.display_name or person.username,
        "webfinger": person.acct,
    }
    return {"@context": [*POST_CONTEXT, VOUCHING_TERMS], "vouched": known}


def _pictures(actor: ActorRow, base_url: str) -> Document:
    """Avatar and header, and the custom emojis in what the profile says."""
    pictures = pictures_of(actor.pictures)
    document: Document = {"tag": _emojis(pictures.emojis, base_url)} if pictures.emojis else {}
    if pictures.icon:
        document["icon"] = _picture(pictures.icon, pictures.icon_type)
    if pictures.image:
        document["image"] = _picture(pictures.image, pictures.image_type)
    return document


def is_public(community: ActorRow) -> bool:
    """Whether posts of the community carry Public: open, and not kept inside (interface 6.1)."""
    return community.visibility == OPEN and community.scope != "none"


def addressing(
    *, audience: str, author: ActorRow, community: ActorRow | None, mentioned: Sequence[ActorRow]
) -> tuple[list[str], list[str]]:
    """`to` and `cc` of a post and of what is said about it."""
    people = [person.uri for person in mentioned if community is None or person.id != community.id]
    if audience == COMMUNITY and community is not None:
        followers = [community.followers_url] if community.followers_url else []
        return [community.uri, *followers], [*([PUBLIC] if is_public(community) else []), *people]
    if audience == DIRECT or not author.followers_url:
        return people, []
    return [author.followers_url], people


def post(
    post: PostRow,
    *,
    author: ActorRow,
    community: ActorRow | None,
    mentioned: Sequence[ActorRow],
    base_url: str,
    poll: PollRow | None,
    at: datetime,
) -> Document:
    """A post of ours as it is at `at`: a Question, a Page if it has a title, else a Note (spec 6.4)."""
    to, cc = addressing(audience=post.audience, author=author, community=community, mentioned=mentioned)
    details = details_of(post.details)
    document: Document = {
        "id": post.uri,
        "type": post.kind,
        "attributedTo": author.uri,
        "to": to,
        "cc": cc,
        "content": post.content_html,
        "mediaType": "text/html",
        "url": post.url,
        "published": instant(post.published_at),
        "sensitive": post.is_sensitive,
        "tag": [*_tags(post, mentioned, base_url), *_emojis(details.emojis, base_url)],
        "replies": f"{post.uri}/replies",
    }
    if community is not None:
        document["audience"] = community.uri
    if post.title:
        document["name"] = post.title
    if post.spoiler:
        document["summary"] = post.spoiler
    if post.parent_uri:
        document["inReplyTo"] = post.parent_uri
    if context := context_of(post, community):
        document["context"] = context
    if post.edited_at is not None:
        document["updated"] = instant(post.edited_at)
    return document | _language(post) | _label(post) | _files(details) | _poll(poll, at)


def _label(post: PostRow) -> Document:
    return {LABEL: LABELS[post.label]} if post.label else {}


def _files(details: Details) -> Document:
    return {"attachment": [_attachment(file) for file in details.files]} if details.files else {}


def _language(post: PostRow) -> Document:
    """Where Mastodon and its kin look, and where Lemmy and its kin do."""
    code = post.language
    if not code:
        return {}
    return {"contentMap": {code: post.content_html}, "language": {"identifier": code, "name": code}}


def _poll(poll: PollRow | None, at: datetime) -> Document:
    """The answers, with counts as far as they are to be seen, and the end."""
    if poll is None:
        return {}
    is_over = poll.is_over(at)
    options: list[Document] = [
        {
            "type": "Note",
            "name": name,
            "replies": {"type": "Collection", "totalItems": 0 if poll.hides_totals and not is_over else count},
        }
        for name, count in zip(poll.options, poll.counts, strict=True)
    ]
    document: Document = {"anyOf" if poll.is_multiple else "oneOf": options, "votersCount": poll.voters or 0}
    if poll.expires_at is not None:
        document["endTime"] = instant(poll.expires_at)
        if is_over:
            document["closed"] = instant(poll.expires_at)
    return document


def context_of(post: PostRow, community: ActorRow | None) -> str | None:
    """The collection of the whole thread: our community's own; elsewhere what the post answered had (spec 13)."""
    if community is None or not community.is_local:
        return post.context_uri
    return None if post.thread_id is None else thread_address(community.uri, post.thread_id)


def thread_address(community_uri: str, thread_id: int) -> str:
    """Where the collection of a thread in a community of ours is."""
    return f"{community_uri}/t/{thread_id}/context"


def _tags(post: PostRow, mentioned: Sequence[ActorRow], base_url: str) -> list[Document]:
    mentions: list[Document] = [
        {"type": "Mention", "href": person.uri, "name": f"@{person.acct}"} for person in mentioned
    ]
    hashtags: list[Document] = [
        {"type": "Hashtag", "href": hashtag_url(base_url, name), "name": f"#{name}"} for name in post.tags
    ]
    return [*mentions, *hashtags]


def _attachment(file: File) -> Document:
    """A file as all that show posts understand it; who fetches it shows who they are, as for the post itself."""
    document: Document = {
        "type": "Document",
        "mediaType": file.media_type,
        "url": file.url,
        "name": file.description,
        "blurhash": file.blurhash,
        "width": file.width,
        "height": file.height,
        "focalPoint": list(file.focus) if file.focus else None,
        "duration": f"PT{file.duration:g}S" if file.duration else None,
    }
    if file.small and file.kind != "image":
        document["icon"] = {"type": "Image", "mediaType": file.small_type, "url": f"{file.url}/small"}
    return {name: value for name, value in document.items() if value is not None or name == "name"}


def _emojis(emojis: Sequence[Emoji], base_url: str) -> list[Document]:
    return [
        {
            "id": f"{base_url}/emojis/{emoji.shortcode}",
            "type": "Emoji",
            "name": f":{emoji.shortcode}:",
            "icon": _picture(emoji.url, emoji.media_type),
        }
        for emoji in emojis
    ]


def _picture(url: str, media_type: str | None) -> Document:
    document: Document = {"type": "Image", "url": url}
    return document | ({"mediaType": media_type} if media_type else {})


def tombstone(uri: str, former_type: str | None, deleted: datetime | None) -> Document:
    """What is left of a deleted object."""
    document: Document = {"@context": POST_CONTEXT, "id": uri, "type": "Tombstone"}
    if former_type:
        document["formerType"] = former_type
    if deleted is not None:
        document["deleted"] = instant(deleted)
    return document
