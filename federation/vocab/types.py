"""What we understand of ActivityPub, in one shape each: activities, posts, actors, collections.

Made only by `normalise*.py`, which turns every shape that peers send into these. They say what a peer *claims*: nothing
here is authenticated, an embedded object is a hint until a signature, a proof or a fetch makes it a fact
(spec/group-federation.md, section 8).

Ids are strings as sent, at most 2,048 characters, without spaces or control characters; their origin is for the reader
to compare. An empty `id` marks an embedded thing without one. Times are aware, in UTC. `None` and the empty tuple mean
absent, null and unreadable alike.
"""

from datetime import datetime

from msgspec import Struct

Document = dict[str, object]
"""Decoded JSON of a peer: an object as `decode` returns it."""


class Envelope(Struct, frozen=True, kw_only=True):
    """What the door needs to know of an activity before its sender is verified."""

    id: str
    type: str
    actor: str
    object_id: str
    """Empty when the object is embedded without an id, or is several."""
    object_type: str
    """Type of the embedded object; empty when only its id was sent, or it is several."""
    target: str | None


# --- objects ---


class Mention(Struct, frozen=True):
    """A tag that names an actor: `href` is the actor's id, `name` the handle as the author's server wrote it."""

    href: str
    name: str


class Emoji(Struct, frozen=True):
    """A custom emoji; `shortcode` without colons."""

    shortcode: str
    url: str


class Attachment(Struct, frozen=True, kw_only=True):
    """A file or a link of a post. `kind` is the type sent (Image, Document, Video...; `Link` is a web address to
    show).
    """

    kind: str
    url: str
    media_type: str | None = None
    name: str | None = None
    """Alternative text."""
    blurhash: str | None = None
    width: int | None = None
    height: int | None = None
    focal_point: tuple[float, float] | None = None


class PollOption(Struct, frozen=True):
    """One answer and how many chose it, as its author's server says."""

    name: str
    votes: int


class Poll(Struct, frozen=True, kw_only=True):
    """The answers of a Question, at most 20, in the order sent."""

    options: tuple[PollOption, ...]
    is_multiple: bool
    ends_at: datetime | None = None
    closed_at: datetime | None = None
    is_closed: bool = False
    """The author's server says it is over, with or without a time."""
    voters: int | None = None


class Happening(Struct, frozen=True, kw_only=True):
    """When and where an Event takes place; `place` is one line of plain text."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str | None = None


class Post(Struct, frozen=True, kw_only=True):
    """A thing to read, whatever its type: Note, Page, Article, Question, Event, Video, ChatMessage...

    A thread or a reply is told by `in_reply_to`, never by `kind`. `content`, `name` and `summary` are as received: not
    sanitised.
    """

    id: str
    kind: str
    attributed_to: str
    """The one author. An object that names two is refused (T029)."""
    groups: tuple[str, ...] = ()
    """Groups named in `attributedTo` (PeerTube) and `target.attributedTo` (FEP-400e), for
    `audience.addressed_groups`.
    """
    in_reply_to: str | None = None
    context: str | None = None
    """`context`, else Mastodon's `conversation`; may be a `tag:` URI."""
    replies: str | None = None
    """The collection of the answers to it."""
    listed_replies: tuple[str, ...] = ()
    """Ids of answers that stand in it instead (PieFed embeds them): where to look, never what they say."""
    name: str | None = None
    """Title; in a vote, the answer chosen."""
    content: str = ""
    media_type: str = "text/html"
    """Of `content`. PeerTube sends text/markdown."""
    source: str | None = None
    """What the author typed, only if it is Markdown."""
    summary: str | None = None
    """HTML or plain text: a content warning in a Note, an excerpt in an Article."""
    sensitive: bool = False
    label: int = 0
    """How far it may travel, as its author says: an index into `models.communities.LABELS`."""
    language: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    url: str | None = None
    """Where to read it in a browser, http or https; may be on another host than `id` (T026)."""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    hashtags: tuple[str, ...] = ()
    """Without `#`, in the case sent."""
    emojis: tuple[Emoji, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    quote: str | None = None
    """Id of the post that this one quotes (FEP-e232, FEP-044f, Misskey's and Fedibird's properties)."""
    poll: Poll | None = None
    happening: Happening | None = None
    accepted_answer: str | None = None
    """Of a question: the id of the answer that its author accepted; empty: none, as far as that is said at all."""
    is_vote: bool = False
    """An answer to a poll, not to be shown as a reply: a Note with a name and a parent, without content and time."""


class PublicKey(Struct, frozen=True):
    """A key of `publicKey`. That `owner` is the actor is for the reader to check."""

    id: str
    owner: str
    pem: str


class AssertionMethod(Struct, frozen=True):
    """A Multikey of `assertionMethod` (FEP-521a). That `controller` is the actor is for the reader to check."""

    id: str
    controller: str
    multibase: str


class Field(Struct, frozen=True):
    """A profile field (PropertyValue); `value` is HTML, not sanitised."""

    name: str
    value: str


class Actor(Struct, frozen=True, kw_only=True):
    """A Person, Group, Application, Service, Organization, or an account of a type we do not know (`Feed`).

    Without an `inbox` it is a stub, as GoToSocial serves at the address of a key: never to be stored as the actor.
    """

    id: str
    kind: str
    preferred_username: str = ""
    name: str = ""
    """Plain text, falls back to `preferred_username`; without control characters and bidi overrides (T063)."""
    summary: str = ""
    """HTML, not sanitised."""
    source: str | None = None
    url: str | None = None
    inbox: str | None = None
    outbox: str | None = None
    followers: str | None = None
    featured: str | None = None
    moderators: str | None = None
    """The collection of a Group's moderators: its `attributedTo` if that is one id, else `moderators`."""
    owners: tuple[str, ...] = ()
    """Those a Group's `attributedTo` lists instead (PeerTube)."""
    shared_inbox: str | None = None
    public_keys: tuple[PublicKey, ...] = ()
    assertion_methods: tuple[AssertionMethod, ...] = ()
    manually_approves_followers: bool = False
    discoverable: bool | None = None
    suspended: bool = False
    """Its own server says that it takes part in nothing any more (`toot:suspended`)."""
    indexable: bool = False
    """False when absent (FEP-5feb)."""
    posting_restricted_to_mods: bool = False
    label: int = 0
    """Of a Group: the lowest label of what is in it."""
    languages: tuple[str, ...] = ()
    """What is spoken in a Group, as BCP 47 tags."""
    is_private: bool = False
    """Of a Group: only who was invited may know that it is there."""
    icon: str | None = None
    image: str | None = None
    also_known_as: tuple[str, ...] = ()
    moved_to: str | None = None
    webfinger: str | None = None
    """Handle that the actor claims, `name@host` (FEP-2c59)."""
    implements: tuple[str, ...] = ()
    """What its software says it can do (FEP-844e), as links."""
    published: datetime | None = None
    updated: datetime | None = None
    fields: tuple[Field, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    """Of the name, the profile and its fields."""

    @property
    def is_group(self) -> bool:
        """Only `Group` is a group (spec/group-federation.md 1.3)."""
        return self.kind == "Group"


class Tombstone(Struct, frozen=True, kw_only=True):
    """What is left of a deleted object."""

    id: str
    former_type: str | None = None
    deleted: datetime | None = None


class Item(Struct, frozen=True):
    """An entry of a collection; `document` only if it was embedded, and then `any_object` reads it."""

    id: str
    kind: str = ""
    document: Document | None = None


class Collection(Struct, frozen=True, kw_only=True):
    """A collection or a page of one, ordered or not. Entries without a web address as id are left out; at most 500
    are kept.
    """

    id: str
    kind: str
    items: tuple[Item, ...] = ()
    first: str | None = None
    first_page: "Collection | None" = None
    """The first page, if it was embedded."""
    next: str | None = None
    total: int | None = None
    """As claimed; says nothing about `items`, which peers often leave empty."""
    attributed_to: str | None = None


class Opaque(Struct, frozen=True):
    """An object of a type we do not read."""

    id: str
    kind: str


Embedded = Post | Actor | Tombstone | Collection | Opaque
"""Anything but an activity."""


# --- activities ---


class Activity(Struct, frozen=True, kw_only=True):
    """What all activities have. `raw` is the document as decoded: to be relayed unchanged, never to be read again
    by handlers.
    """

    id: str
    actor: str
    object_id: str
    """Id of the object, sent alone or embedded; empty when it was embedded without one, or several were sent."""
    object_kind: str
    """Type of the embedded object; empty when only its id was sent, or several were."""
    to: tuple[str, ...]
    cc: tuple[str, ...]
    audience: tuple[str, ...]
    published: datetime | None
    raw: Document


class Follow(Activity, frozen=True, kw_only=True):
    """`object_id` is the actor to follow: for a Group, a wish to join."""


class Accept(Activity, frozen=True, kw_only=True):
    """Answer to a Follow. Some peers send its id alone, some embed a copy with another id: match as section 5.2
    says.
    """

    object: Activity | None


class Reject(Activity, frozen=True, kw_only=True):
    """Refusal of a Follow, or the end of one that was accepted."""

    object: Activity | None


class Undo(Activity, frozen=True, kw_only=True):
    """`object` is None when only an id was sent; its actor is not checked here (T033)."""

    object: Activity | None
    restore_data: bool = False
    """Of an Undo of a Block: bring back what the ban hid."""


class Create(Activity, frozen=True, kw_only=True):
    """`object` is None when only its id was sent."""

    object: Embedded | None
    further_votes: tuple[Post, ...] = ()
    """GoToSocial answers a poll of several choices with one Create of several votes: those after `object`."""


class Update(Activity, frozen=True, kw_only=True):
    """`object` is the whole new version, None when only its id was sent."""

    object: Embedded | None


class Delete(Activity, frozen=True, kw_only=True):
    """By its author without a `summary`; with one, even an empty one, it is a removal by a moderator."""

    summary: str | None = None
    remove_data: bool = False
    with_replies: bool = False


class Announced(Struct, frozen=True, kw_only=True):
    """One thing announced. `object` is None when only its id was sent, or its type is nothing that is announced."""

    id: str
    kind: str
    object: Activity | Post | None


class Vouched(Struct, frozen=True, kw_only=True):
    """Who did what a community announces, as the community knows them (spec/group-federation.md 8, step 4c)."""

    id: str
    kind: str
    username: str
    name: str
    host: str
    """Of the handle that the community gives them."""


class Announce(Activity, frozen=True, kw_only=True):
    """A boost, or a group distributing; one object nearly always (PieFed sends several to PieFed)."""

    objects: tuple[Announced, ...]
    vouched: Vouched | None = None


class Like(Activity, frozen=True, kw_only=True):
    """Also an EmojiReact, and Misskey's Like with a reaction."""

    emoji: str | None = None


class Dislike(Activity, frozen=True, kw_only=True):
    """A vote against."""


class Add(Activity, frozen=True, kw_only=True):
    """To a collection: a moderator, or a pinned post."""

    target: str | None


class Remove(Activity, frozen=True, kw_only=True):
    """From a collection."""

    target: str | None


class Block(Activity, frozen=True, kw_only=True):
    """With a `target`, a ban from that group or server; without one, a personal block."""

    target: str | None
    ends_at: datetime | None = None
    """None: for good."""
    remove_data: bool = False
    summary: str | None = None


class Lock(Activity, frozen=True, kw_only=True):
    """Close a thread, or the answers below a comment."""

    summary: str | None = None


class Flag(Activity, frozen=True, kw_only=True):
    """A report of posts, often beside their author's id. The `actor` may be a server rather than a person."""

    object_ids: tuple[str, ...]
    reason: str


class Move(Activity, frozen=True, kw_only=True):
    """`object_id` moves to `target`: an actor, or with `origin` (NodeBB, PieFed) a thread between groups."""

    target: str | None
    origin: str | None = None
    context: str | None = None
    """Of a thread: its collection in the new place."""
    summary: str | None = None


class Invite(Activity, frozen=True, kw_only=True):
    """A group asks `target` to join; the document of a private group is embedded, since it can be fetched by nobody
    else.
    """

    object: Actor | None
    target: str | None


class Unknown(Activity, frozen=True, kw_only=True):
    """An activity of a type we do not act upon."""

    kind: str
    target: str | None
