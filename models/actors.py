"""Actors, local and remote (people, communities, servers), their keys, and who follows whom.

A membership is an accepted follow of a community; the role stands in the same row.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.types import JSON

from models.base import Base, Host, Sealed, Stored, Uri, column

PERSON, GROUP, APPLICATION = "Person", "Group", "Application"

RSA, ED25519 = "rsa", "ed25519"
"""Kinds of keys: of `publicKey`, whatever it holds, and of `assertionMethod`."""


class Actor(Base):
    """One actor. Local ones have no peer. Rows are bound to `uri` and never merged by name (threats T176)."""

    __tablename__ = "actors"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    uri: Stored[str] = column(Uri, unique=True)
    type: Stored[str] = column(String(40))
    username: Stored[str] = column(String(200))
    host: Stored[str] = column(Host)
    """The part after the @ of the handle; our own domain for local actors."""
    peer_id: Stored[int | None] = column(ForeignKey("peers.id"), index=True)
    """The server that speaks for the actor; null for local ones."""
    display_name: Stored[str] = column(String(400), default="")
    summary_html: Stored[str] = column(Text, default="")
    summary_source: Stored[str] = column(Text, default="")
    fields: Stored[list[Any]] = column(JSON, default=list)
    """Up to a few `[name, value html]` rows of the profile."""
    pictures: Stored[dict[str, Any]] = column(JSON, default=dict, server_default=text("'{}'"))
    """Where their pictures and the emojis in their names are (`models/details.py`)."""
    url: Stored[str] = column(Uri)
    inbox_url: Stored[str] = column(Uri)
    shared_inbox_url: Stored[str | None] = column(Uri)
    outbox_url: Stored[str | None] = column(Uri)
    followers_url: Stored[str | None] = column(Uri)
    moderators_url: Stored[str | None] = column(Uri)
    featured_url: Stored[str | None] = column(Uri)
    also_known_as: Stored[list[str]] = column(default=list)
    """Other actors that this one says it is, or was (threats T043)."""
    moved_to: Stored[str | None] = column(Uri)
    moved_at: Stored[datetime | None]
    """When a Move of this actor last took its followers along."""
    is_locked: Stored[bool] = column(default=False)
    """Follows wait for approval."""
    is_bot: Stored[bool] = column(default=False)
    is_discoverable: Stored[bool] = column(default=False)
    created_at: Stored[datetime]
    updated_at: Stored[datetime | None]
    fetched_at: Stored[datetime | None]
    """When a remote document was last read whole."""
    deleted_at: Stored[datetime | None]
    suspended_at: Stored[datetime | None]
    blocked_at: Stored[datetime | None]
    """Since when our administrators refuse what this remote actor does, and hide it (spec/group-federation.md 18)."""
    vouched_by: Stored[str | None] = column(Host)
    """The partner on whose word alone the actor is known: its own server is none (spec/group-federation.md 8, 4c)."""
    keys_changed_at: Stored[datetime | None]
    """When a remote actor last had another key without having announced it by the old one (threats T066)."""

    __table_args__ = (
        Index("ix_actors_handle", "username", "host"),
        # One name space for our people and communities; a peer may keep two (a person and a group of one name).
        Index(
            "uq_actors_local_name",
            "username",
            unique=True,
            sqlite_where=text("peer_id IS NULL"),
            postgresql_where=text("peer_id IS NULL"),
        ),
    )


class ActorKey(Base):
    """A key by which an actor signs. Local actors have an RSA and an Ed25519 one, with the private half sealed."""

    __tablename__ = "actor_keys"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    key_uri: Stored[str] = column(Uri, unique=True)
    kind: Stored[str] = column(String(10))
    """`rsa` or `ed25519`."""
    public_text: Stored[str] = column(Text)
    """PEM, or multibase for Ed25519."""
    private_sealed: Stored[bytes | None] = column(Sealed)
    fetched_at: Stored[datetime]
    previous_sealed: Stored[bytes | None] = column(Sealed)
    """The private half before the last rotation, for a day: what was said until then is still signed by it."""
    announced_by: Stored[int | None]
    """The activity that told others of the last rotation; it and what came before it are signed by the previous key."""


class ActorKeySuccession(Base):
    """One of our people or communities has another key, for which the one before vouched, and both signed that.

    The server's own are in `agreements.py`, since partners know them from what was signed.
    """

    __tablename__ = "actor_key_successions"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    document: Stored[bytes] = column(LargeBinary)
    """With both signatures."""
    at: Stored[datetime]


MAX_LANGUAGES = 40
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def chosen_languages(codes: Iterable[str]) -> str | None:
    """As `Follow.languages` keeps them, a blank before and after each: `fr-CA` counts as `fr`, what is no code as
    nothing. None where none is left: every language.
    """
    main = dict.fromkeys(code.strip().lower().replace("_", "-").partition("-")[0] for code in codes)
    known = [code for code in main if _LANGUAGE.fullmatch(code)][:MAX_LANGUAGES]
    return f" {' '.join(known)} " if known else None


def language_pattern(language: str | None) -> str:
    """What `Follow.languages` is like, where it names the language of a post; of one that names none, anything."""
    return f"%{chosen}%" if (chosen := chosen_languages([language or ""])) else "%"


class Follow(Base):
    """One actor follows another; of a community that is a membership. `id` is also the id of the member's list."""

    __tablename__ = "follows"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    follower_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    target_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    follower_peer_id: Stored[int | None] = column(ForeignKey("peers.id"))
    """The follower's server; null for people here."""
    activity_uri: Stored[str] = column(Uri)
    is_accepted: Stored[bool]
    role: Stored[str] = column(String(20), default="member")
    """`member`, `moderator`, `host`, or `guest` of who is one here; means something for communities only."""
    requested_at: Stored[datetime]
    repeats: Stored[int] = column(Integer, default=0, server_default="0")
    """How often a request that nobody answered was sent again."""
    accepted_at: Stored[datetime | None]
    shows_reblogs: Stored[bool] = column(default=True)
    """False: a community is read through its list only, not in home."""
    notifies: Stored[bool] = column(default=False)
    languages: Stored[str | None] = column(String(MAX_LANGUAGES * 4 + 1))
    """Of what stands in the follower's home: `chosen_languages`; null: every language."""
    list_title: Stored[str | None] = column(String(200))
    """Set when the member renamed the list kept for them."""
    list_hidden: Stored[bool] = column(default=False)
    """The member removed the list; the membership stands."""

    __table_args__ = (
        UniqueConstraint("follower_id", "target_id"),
        Index("ix_follows_target", "target_id", "is_accepted", "id"),
        Index("ix_follows_target_peer", "target_id", "follower_peer_id"),
        # For asking again: few requests wait, among very many follows.
        Index(
            "ix_follows_waiting",
            "requested_at",
            sqlite_where=text("is_accepted = 0"),
            postgresql_where=text("NOT is_accepted"),
        ),
    )


class Tombstone(Base):
    """What was deleted or undone, so that it stays so when its beginning arrives afterwards (T204, T205)."""

    __tablename__ = "tombstones"

    uri: Stored[str] = column(Uri, primary_key=True)
    """The id of a deleted object or actor, or of an undone activity."""
    actor_uri: Stored[str] = column(Uri, primary_key=True)
    """Who said so: it binds what this actor says, or shows, and nobody else."""
    at: Stored[datetime] = column(index=True)


class ServerState(Base):
    """A few facts of this installation: its domain, fingerprints of its secrets, revisions that caches watch."""

    __tablename__ = "server_state"

    name: Stored[str] = column(String(60), primary_key=True)
    number: Stored[int] = column(default=0)
    text: Stored[str] = column(Text, default="")
    sealed: Stored[bytes | None] = column(LargeBinary)
