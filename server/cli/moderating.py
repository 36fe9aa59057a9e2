"""`entrepairs community pin|lock|remove-post|ban|moderator|delete …`: what an operator does in a host's place."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec

from federation.errors import FederationError
from federation.runtime import Budget
from models.engine import WriteTx
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from server.actions import hosting, moderation
from server.actions.hosting import Settings
from server.actions.profiles import Picture
from server.actions.remote import look_up_handle
from server.actions.seats import Seat
from server.assembly import online
from server.cli.running import Call, options
from server.http.uploads import Upload
from server.installation import Installation
from server.media.store import Store
from server.media.uploads import AVATAR, HEADER, Uploads
from server.media.workshop import Wish, Workshop

LONGEST_BAN_DAYS = 3650
_PICTURE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Done(msgspec.Struct):
    """What was done with a post, or a person; `changed` is false where it was so already."""

    community: str
    object: str
    changed: bool


class Banned(msgspec.Struct):
    """Who was banned until when; null: for good."""

    community: str
    object: str
    until: datetime | None


Function = Callable[..., object]
Act = Callable[[WriteTx, Installation, Seat], Awaitable[Done | Banned]]
OnPost = Callable[[WriteTx, Installation, Seat, PostRow], Awaitable[bool]]
OnPerson = Callable[[WriteTx, Installation, Seat, ActorRow], Awaitable[bool]]


def perform(call: Call, name: str, act: Act) -> None:
    """Do something in a community in the place of its first host, and print what came of it."""

    async def on_installation(here: Installation) -> Done | Banned:
        async with here.db.write() as tx:
            return await act(tx, here, await moderation.operators_seat(tx, here, name))

    call.perform(on_installation)


def _done(place: Seat, about: str, changed: bool) -> Done:
    return Done(place.community.acct, about, changed)


def _takes(*arguments: str) -> Callable[[Function], Function]:
    """A command about a community, NAME, with these further arguments."""

    def with_arguments(function: Function) -> Function:
        taking: Function = options(click.pass_obj(function))
        for argument in reversed(("name", *arguments)):
            taking = click.argument(argument)(taking)
        return taking

    return with_arguments


# --- posts ---


async def _tend(tx: WriteTx, here: Installation, place: Seat, *, post: str, act: OnPost) -> Done:
    row = await moderation.post_named(tx, place, post)
    return _done(place, row.uri, await act(tx, here, place, row))


@click.command("pin")
@_takes("post")
def pin(call: Call, name: str, post: str) -> None:
    """Put a thread on top of a community. POST is its number, its id or its address."""
    perform(call, name, partial(_tend, post=post, act=partial(moderation.pin, pins=True)))


@click.command("unpin")
@_takes("post")
def unpin(call: Call, name: str, post: str) -> None:
    """Take a thread from the top of a community."""
    perform(call, name, partial(_tend, post=post, act=partial(moderation.pin, pins=False)))


@click.command("lock")
@click.option("--reason", default="")
@_takes("post")
def lock(call: Call, name: str, post: str, *, reason: str) -> None:
    """Close a thread, or what is below an answer: only who leads the community goes on answering."""
    perform(call, name, partial(_tend, post=post, act=partial(moderation.lock, reason=reason)))


@click.command("unlock")
@_takes("post")
def unlock(call: Call, name: str, post: str) -> None:
    """Open a thread again."""
    perform(call, name, partial(_tend, post=post, act=moderation.unlock))


async def _remove(tx: WriteTx, here: Installation, place: Seat, *, post: str, reason: str) -> Done:
    row = await moderation.post_named(tx, place, post)
    await moderation.remove(tx, here, place, row, reason)
    return _done(place, row.uri, changed=True)


@click.command("remove-post")
@click.option("--reason", required=True, help="Why: its author and the moderators of partners read it.")
@_takes("post")
def remove_post(call: Call, name: str, post: str, *, reason: str) -> None:
    """Take a post out of a community; it can be put back."""
    perform(call, name, partial(_remove, post=post, reason=reason))


async def _restore(tx: WriteTx, here: Installation, place: Seat, *, post: str) -> Done:
    return _done(place, await moderation.restore(tx, here, place, post), changed=True)


@click.command("restore-post")
@_takes("post")
def restore_post(call: Call, name: str, post: str) -> None:
    """Put a post back that was taken out."""
    perform(call, name, partial(_restore, post=post))


# --- people ---


async def _ban(
    tx: WriteTx, here: Installation, place: Seat, *, handle: str, days: int | None, reason: str, hides_posts: bool
) -> Banned:
    person = await moderation.person_named(tx, here, handle)
    lasts = timedelta(days=days) if days else None
    until = await moderation.ban(tx, here, place, person, lasts=lasts, reason=reason, hides_posts=hides_posts)
    return Banned(place.community.acct, person.acct, until)


@click.command("ban")
@click.option("--days", type=click.IntRange(1, LONGEST_BAN_DAYS), help="For how long; for good where it is not said.")
@click.option("--reason", default="")
@click.option("--hide-posts", is_flag=True, help="Hide what they wrote in the community as well.")
@_takes("handle")
def ban(call: Call, name: str, handle: str, *, days: int | None, reason: str, hide_posts: bool) -> None:
    """Keep somebody from taking part in a community. They stay a member, and read."""
    perform(call, name, partial(_ban, handle=handle, days=days, reason=reason, hides_posts=hide_posts))


async def _treat(tx: WriteTx, here: Installation, place: Seat, *, handle: str, act: OnPerson) -> Done:
    person = await moderation.person_named(tx, here, handle)
    return _done(place, person.acct, await act(tx, here, place, person))


@click.command("unban")
@_takes("handle")
def unban(call: Call, name: str, handle: str) -> None:
    """Let somebody take part again."""
    perform(call, name, partial(_treat, handle=handle, act=moderation.unban))


@click.group("moderator")
def moderator() -> None:
    """Who moderates a community beside its hosts."""


@moderator.command("add")
@_takes("handle")
def add_moderator(call: Call, name: str, handle: str) -> None:
    """Make a member a moderator."""
    perform(call, name, partial(_treat, handle=handle, act=partial(moderation.name_moderator, adds=True)))


@moderator.command("remove")
@_takes("handle")
def remove_moderator(call: Call, name: str, handle: str) -> None:
    """Make a moderator a member again."""
    perform(call, name, partial(_treat, handle=handle, act=partial(moderation.name_moderator, adds=False)))


async def _invite(here: Installation, *, name: str, handle: str) -> Done:
    async with online(here) as services:
        await services.peers.refresh(now=True)
        # Not found is said below, as of anybody else.
        with suppress(FederationError):
            await look_up_handle(services, handle, Budget())
    async with here.db.write() as tx:
        place = await moderation.operators_seat(tx, here, name)
        person = await moderation.person_named(tx, here, handle)
        return _done(place, person.acct, await moderation.invite(tx, here, place, person))


@click.command("invite")
@_takes("handle")
def invite(call: Call, name: str, handle: str) -> None:
    """Invite somebody of this firm or of a partner: they join without waiting, also what others cannot find."""
    call.perform(partial(_invite, name=name, handle=handle))


async def _describe(here: Installation, *, name: str, wanted: Settings, pictures: Mapping[str, Path | None]) -> Done:
    async with here.db.read() as tx:
        community = (await moderation.operators_seat(tx, here, name)).community
    kept: dict[str, Picture] = {}
    for kind, path in pictures.items():
        if path is not None:
            kept[kind] = await _kept(here, path, AVATAR if kind == "avatar" else HEADER, community.id)
    async with here.db.write() as tx:
        place = await moderation.operators_seat(tx, here, name)
        changed = await hosting.configure(tx, here, place, msgspec.structs.replace(wanted, **kept))
    return _done(place, place.community.uri, changed)


async def _kept(here: Installation, path: Path, wish: Wish, community_id: int) -> Picture:
    given = Upload.of_file(path)
    try:
        uploads = Uploads(here, Store(here.settings.media_url), Workshop())
        return await uploads.keep_picture(given, wish, community_id)
    finally:
        given.close()


@click.command("describe")
@click.option("--title", help="What it is called.")
@click.option("--purpose", help="What it is for, in a sentence.")
@click.option("--language", help="What is spoken there, as in fr or pt-BR; empty: none in particular.")
@click.option("--avatar", type=_PICTURE, help="Its picture (PNG, JPEG, WebP, GIF).")
@click.option("--header", type=_PICTURE, help="The wide picture on top.")
@_takes()
def describe(call: Call, /, name: str, **given: Any) -> None:
    """Change a community's title, purpose, language or pictures; partners with members there are told."""
    pictures = {kind: given.pop(kind) for kind in ("avatar", "header")}
    call.perform(partial(_describe, name=name, wanted=Settings(**given), pictures=pictures))


async def _delete(tx: WriteTx, here: Installation, place: Seat) -> Done:
    await moderation.dissolve(tx, here, place)
    return _done(place, place.community.uri, changed=True)


@click.command("delete")
@_takes()
def delete(call: Call, name: str) -> None:
    """Delete a community with all that was written in it. Its name is never given again."""
    perform(call, name, _delete)


COMMANDS = (pin, unpin, lock, unlock, remove_post, restore_post, ban, unban, moderator, invite, describe, delete)
"""For the group of commands about communities."""
