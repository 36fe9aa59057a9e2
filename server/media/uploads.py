"""Files of our own people: from the form to the store, worked on at once or later, and out of it again.

What is answered with success is in the store and in the database by then. A file goes into the store before the row
that names it, and out of it before the row is forgotten; `sweep` finds what is over.
"""

from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO, Final, Protocol

import msgspec
import structlog

from federation.runtime import Clock, Config, Tokens
from models.details import File, as_stored
from models.engine import Database
from models.gate import Person
from models.media import FOR_EMOJI, FOR_POST, FOR_PROFILE, READY, WAITING
from models.queries import files, media
from models.queries.media import UploadRow
from models.writes import media as media_writes
from models.writes.media import WAKES, NewUpload
from server.actions.attaching import UNATTACHED_KEPT, Change, changed, with_preview
from server.actions.profiles import Picture
from server.actions.refusals import Invalid, NotThere, Unavailable
from server.http.uploads import Upload
from server.media.addresses import MediaAddresses
from server.media.store import ORIGINAL, RAW, SMALL, Store, StoreAway
from server.media.taken import taken
from server.media.workshop import IMAGES, MOST_IMAGE_BYTES, TOO_BIG, Made, Wish, Workshop, type_of

log = structlog.get_logger()

AT_ONCE_BYTES: Final = 8 * 1024 * 1024
"""A picture up to this size is worked on before the answer; what is larger, and every film and sound, afterwards."""
MOST_UNATTACHED: Final = 60
"""Of one person."""
LEASE: Final = timedelta(minutes=5)
LATER: Final = timedelta(minutes=1)
MOST_ATTEMPTS: Final = 3
"""A file at which the server was killed so often is left alone."""
BATCH: Final = 50
TOO_MANY: Final = (
    f"Validation failed: {MOST_UNATTACHED} files wait to be attached to a post: use or delete some of them"
)

AVATAR: Final = Wish(shape=(400, 400), is_animated=False, small_pixels=14_400)
HEADER: Final = Wish(shape=(1500, 500), is_animated=False)
EMOJI: Final = Wish(kept_pixels=16_384, small_pixels=16_384)
MOST_EMOJI_BYTES: Final = 256 * 1024


class Here(Protocol):
    """What keeping files needs to know of this server; a `Runtime` and an `Installation` are both."""

    @property
    def db(self) -> Database: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def tokens(self) -> Tokens: ...

    @property
    def config(self) -> Config: ...


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says of their file; None stays as it is."""

    description: str | None = None
    focus: tuple[float, float] | None = None
    thumbnail: Upload | None = None


class Uploads:
    """One for the process."""

    def __init__(self, here: Here, store: Store, workshop: Workshop) -> None:
        self.here: Final = here
        self._workshop = workshop
        self.store: Final = store

    # --- for posts ---

    async def receive(self, viewer: Person, given: Upload, said: Said, *, may_wait: bool) -> UploadRow:
        """Take in a file; `may_wait`: what takes longer is only begun. Raises `Invalid`, `Unavailable`."""
        async with self.here.db.read() as tx:
            if await media.unattached_count(tx, viewer) >= MOST_UNATTACHED:
                raise Invalid(TOO_MANY)
            rules = await files.rules(tx)
        media_type = type_of(given.file)
        taken(rules).check(media_type, given.size)
        row = self._new(viewer.person_id, FOR_POST)
        change = await self.change_of(row.name, said)
        known = changed(File(kind=media_type.partition("/")[0], url="", media_type=media_type), change)
        if may_wait and (media_type not in IMAGES or given.size > AT_ONCE_BYTES):
            await self.store.put(row.name, RAW, given.file)
            row = msgspec.structs.replace(row, details=as_stored(known), state=WAITING, due_at=row.created_at)
        else:
            made = await self._workshop.make(given.file)
            await self._put(row.name, made, given.file, with_small=change.preview is None)
            row = msgspec.structs.replace(row, details=as_stored(self._joined(row.id, row.name, known, made.file)))
        await self._add(row)
        return UploadRow(*(getattr(row, name) for name in UploadRow.__struct_fields__))

    async def change(self, viewer: Person, upload_id: int, said: Said) -> UploadRow:
        """Say something else of a file that is not attached yet. Raises `NotThere`, `Invalid`, `Unavailable`."""
        async with self.here.db.read() as tx:
            before = await media.own_upload(tx, upload_id, viewer)
        if before is None or before.post_id is not None:
            raise NotThere()
        change = await self.change_of(before.name, said)
        async with self.here.db.write() as tx:
            found = await media_writes.taken(tx, [upload_id], viewer)
            if not found:
                raise NotThere()
            row, file = found[0], changed(found[0].file, change)
            await media_writes.change(tx, row.id, as_stored(file))
        return msgspec.structs.replace(row, details=as_stored(file))

    async def change_of(self, name: str, said: Said) -> Change:
        """What is said of a file, another preview put into the store. Raises `Invalid`, `Unavailable`."""
        if said.thumbnail is None:
            return Change(description=said.description, focus=said.focus)
        media_type = type_of(said.thumbnail.file)
        if media_type not in IMAGES or said.thumbnail.size > MOST_IMAGE_BYTES:
            raise Invalid("Validation failed: Thumbnail is no picture, or too big")
        made = await self._workshop.make(said.thumbnail.file, Wish(is_animated=False))
        await self.store.put(name, SMALL, made.small or b"")
        return Change(description=said.description, focus=said.focus, preview=made.file)

    async def drop(self, viewer: Person, upload_id: int) -> None:
        """Remove a file that is not attached. Raises `NotThere`, and `Invalid` for one that is."""
        async with self.here.db.write() as tx:
            row = await media.own_upload(tx, upload_id, viewer)
            if row is None:
                raise NotThere()
            if row.post_id is not None:
                raise Invalid("Media attachment is currently used by a status")
            await media_writes.drop(tx, [row.name], self.here.clock.now())
            tx.wake(WAKES)

    # --- pictures of people, and custom emojis ---

    async def keep_picture(self, given: Upload, wish: Wish, owner_id: int | None) -> Picture:
        """Keep a picture that everybody who knows its address may see.

        It is erased within a day if nothing names it then. Raises `Invalid`, `Unavailable`.
        """
        media_type = type_of(given.file)
        most = MOST_EMOJI_BYTES if wish is EMOJI else MOST_IMAGE_BYTES
        if media_type not in IMAGES or given.size > most:
            raise Invalid(TOO_BIG if media_type in IMAGES else "Validation failed: File is no picture")
        row = self._new(owner_id, FOR_EMOJI if wish is EMOJI else FOR_PROFILE)
        made = await self._workshop.make(given.file, wish)
        await self.store.put(row.name, ORIGINAL, made.original or b"")
        await self.store.put(row.name, SMALL, made.small or b"")
        await self._add(msgspec.structs.replace(row, details=as_stored(made.file)))
        address = MediaAddresses.of_own(self.here.config.base_url, row.name)
        return Picture(address, row.name, made.file.media_type or "")

    # --- afterwards ---

    async def work(self) -> bool:
        """Work on the next file that waits; False where none does."""
        now = self.here.clock.now()
        async with self.here.db.write() as tx:
            row = await media_writes.claim_waiting(tx, now=now, until=now + LEASE)
        if row is None:
            return False
        try:
            made = await self._worked_on(row) if row.attempts <= MOST_ATTEMPTS else None
        except (StoreAway, Unavailable) as error:
            log.warning("media.put_off", upload=row.id, reason=str(error))
            async with self.here.db.write() as tx:
                await media_writes.put_off(tx, row.id, now + LATER)
            return False
        async with self.here.db.write() as tx:
            # Its owner may have said something of it in the meantime.
            known = await media.by_name(tx, row.name)
            file = None if made is None or known is None else self._joined(row.id, row.name, known.file, made)
            await media_writes.finish(tx, row.id, None if file is None else as_stored(file))
        await self.store.erase_versions(row.name, (RAW,))
        return True

    async def _worked_on(self, row: UploadRow) -> File | None:
        """What became of a file; None: it is of no use. Raises `Unavailable`."""
        with TemporaryFile() as raw:
            if not await self.store.fetch(row.name, RAW, raw):
                return None
            try:
                made = await self._workshop.make(raw)
            except Invalid as error:
                log.info("media.refused", upload=row.id, reason=str(error))
                return None
            await self._put(row.name, made, raw, with_small=row.file.small is None)
        return made.file

    async def sweep(self) -> bool:
        """Erase what is over, some at a time; whether there may be more. Raises `StoreAway`."""
        now = self.here.clock.now()
        async with self.here.db.read() as tx:
            over = await media.expired(tx, now, BATCH)
        if not over:
            return False
        async with self.here.db.write() as tx:
            gone = set(await media_writes.expire(tx, [row.id for row in over], now))
        await self.store.erase([row.name for row in over if row.id in gone])
        async with self.here.db.write() as tx:
            await media_writes.forget(tx, gone)
        return len(over) == BATCH

    # --- parts of these ---

    def _new(self, owner_id: int | None, purpose: str) -> NewUpload:
        now = self.here.clock.now()
        return NewUpload(
            id=self.here.tokens.next_id(now),
            owner_id=owner_id,
            name=self.here.tokens.secret(),
            purpose=purpose,
            state=READY,
            details={},
            created_at=now,
            expires_at=now + UNATTACHED_KEPT,
        )

    async def _add(self, row: NewUpload) -> None:
        async with self.here.db.write() as tx:
            await media_writes.add_upload(tx, row)
            if row.state == WAITING:
                tx.wake(WAKES)

    async def _put(self, name: str, made: Made, given: IO[bytes], *, with_small: bool) -> None:
        await self.store.put(name, ORIGINAL, given if made.original is None else made.original)
        if made.small is not None and with_small:
            await self.store.put(name, SMALL, made.small)

    def _joined(self, upload_id: int, name: str, known: File, made: File) -> File:
        """What is known of a file by looking, with what its owner says of it and the preview of their choice."""
        joined = made if known.small is None else with_preview(made, known)
        address = MediaAddresses.of_peers(self.here.config.base_url, name)
        said = {"description": known.description, "focus": known.focus}
        return msgspec.structs.replace(joined, id=upload_id, name=name, url=address, **said)
