"""What a person says about themselves, and how they like to post."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from federation.outbox.publish import publish
from federation.vocab import render
from federation.vocab.compose import Composer
from models.details import Pictures, as_stored, fields_of, pictures_of
from models.engine import WriteTx
from models.gate import Person
from models.queries import actors
from models.queries.actors import ActorRow
from models.writes import actors as actor_writes
from models.writes import media, preferences
from server.actions.attaching import emojis_in
from server.actions.local_actors import Here
from server.actions.profile_words import words_of
from server.actions.refusals import Invalid, NotThere
from server.services import Services

MAX_NAME, MAX_NOTE, MAX_FIELDS, MAX_FIELD = 100, 5_000, 4, 255


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that lies in the store: its address here, its name there, and its type."""

    address: str
    name: str
    media_type: str


NO_PICTURE = Picture("", "", "")
"""Takes away the one that there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be changed; None stays as it is."""

    display_name: str | None = None
    note: str | None = None
    fields: list[tuple[str, str]] | None = None
    is_locked: bool | None = None
    is_bot: bool | None = None
    is_discoverable: bool | None = None
    avatar: Picture | None = None
    header: Picture | None = None
    default_visibility: str | None = None
    default_sensitive: bool | None = None
    default_language: str | None = None


async def change(services: Services, viewer: Person, wanted: Change) -> None:
    """Change one's own profile; allowed peers where somebody follows are told. Raises `Invalid`, `NotThere`."""
    check(wanted)
    at = services.runtime.clock.now()
    posting = {
        "default_visibility": wanted.default_visibility,
        "default_sensitive": wanted.default_sensitive,
        "default_language": wanted.default_language,
    }
    async with services.runtime.db.write() as tx:
        await preferences.change(
            tx, viewer.actor_id, {name: value for name, value in posting.items() if value is not None}
        )
        before = await actors.by_id(tx, viewer.actor_id)
        if before is None:
            raise NotThere()
        profile = await stored(tx, services.runtime, wanted)
        pictures = await settled(tx, before, wanted, at)
        if not profile and pictures == pictures_of(before.pictures):
            return
        await actor_writes.change_profile(
            tx, viewer.actor_id, profile | {"updated_at": at, "pictures": as_stored(pictures)}
        )
        actor = await actors.by_id(tx, viewer.actor_id)
        if actor is None:
            raise NotThere()
        keys = await actors.keys_of(tx, actor.id)
        document = render.actor(actor, keys, services.runtime.config.base_url)
        await publish(tx, [Composer(services.runtime, at).update_actor(actor, document)])


async def settled(tx: WriteTx, before: ActorRow, wanted: Change, at: datetime) -> Pictures:
    """The pictures of a profile after a change, and the custom emojis in its words. Those that go are erased soon."""
    pictures = await pictures_after(tx, before, {"icon": wanted.avatar, "image": wanted.header}, at)
    note = before.summary_source if wanted.note is None else wanted.note
    fields = wanted.fields if wanted.fields is not None else [(row[0], row[-1]) for row in fields_of(before.fields)]
    words = [wanted.display_name or before.display_name, note, *(text for field in fields for text in field)]
    return structs.replace(pictures, emojis=await emojis_in(tx, words))


async def pictures_after(tx: WriteTx, before: ActorRow, wanted: Mapping[str, Picture | None], at: datetime) -> Pictures:
    """The pictures of a person or a community of ours after a change, by the names of `Pictures`; None: it stays.

    Those that go are erased soon.
    """
    pictures = pictures_of(before.pictures)
    values: dict[str, str | None] = {}
    for kind, picture in wanted.items():
        if picture is not None:
            values |= {kind: picture.address or None, f"{kind}_type": picture.media_type or None}
            await media.keep(tx, [picture.name] if picture.name else [])
            old: str | None = getattr(pictures, kind)
            await media.drop(tx, [old.rpartition("/")[2]] if old else [], at)
    return structs.replace(pictures, **values)


def check(wanted: Change) -> None:
    """Raises `Invalid` for what is too long or too much."""
    if wanted.display_name is not None and len(wanted.display_name) > MAX_NAME:
        raise Invalid(f"Validation failed: Display name is too long (maximum is {MAX_NAME} characters)")
    if wanted.note is not None and len(wanted.note) > MAX_NOTE:
        raise Invalid(f"Validation failed: Note is too long (maximum is {MAX_NOTE} characters)")
    if wanted.fields is not None and len(wanted.fields) > MAX_FIELDS:
        raise Invalid(f"Validation failed: Fields are too many (maximum is {MAX_FIELDS})")
    if any(len(text) > MAX_FIELD for field in wanted.fields or () for text in field):
        raise Invalid(f"Validation failed: Fields are too long (maximum is {MAX_FIELD} characters)")


async def stored(tx: WriteTx, here: Here, wanted: Change) -> dict[str, object]:
    """The columns of an actor that change, beside its pictures."""
    words = await words_of(tx, here, [wanted.note or "", *(value for _, value in wanted.fields or ())])
    values = {
        "display_name": wanted.display_name,
        "summary_source": wanted.note,
        "summary_html": None if wanted.note is None else words.html(wanted.note),
        # Name, HTML to show, and the text as typed, for editing.
        "fields": None
        if wanted.fields is None
        else [[name, words.line(value), value] for name, value in wanted.fields],
        "is_locked": wanted.is_locked,
        "is_bot": wanted.is_bot,
        "is_discoverable": wanted.is_discoverable,
    }
    return {name: value for name, value in values.items() if value is not None}
