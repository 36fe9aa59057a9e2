"""The archive of one person's own data: pages to read and files for programs, in one zip (product J12, threats T181).

What is said of others in it is masked: their handles, and who caused a notification.
"""

import re
from datetime import datetime
from html import escape
from mimetypes import guess_extension
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, Protocol
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec

from federation.vocab.markup import plain_text
from models.details import File, fields_of
from models.discreet import marks_of
from models.engine import ReadTx, WriteTx
from models.gate import Person
from models.queries import actors, archive, directory, discreet, helping, tags
from models.queries import audit as trail
from models.queries.archive import OwnFile, OwnPost
from models.writes import audit
from server.actions import accounts
from server.actions.discreet import open_words
from server.actions.local_actors import Here

ORIGINAL: Final = "original"
"""The version of a file that goes in."""
_IN_MEMORY: Final = 1 << 20

MASK: Final = "@•••"
_HANDLE: Final = re.compile(r"(?<![\w/@])@(?:<span>)?([A-Za-z0-9_]+)(?:</span>)?(?:@[\w.-]+)?")
_MENTION: Final = re.compile(r'<a[^>]*class="[^"]*mention[^"]*"[^>]*>.*?</a>', re.DOTALL)
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 1rem/1.5 sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem }}
article {{ border-top: 1px solid }}
th, td {{ text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; overflow-wrap: anywhere }}
</style>
<h1>{title}</h1>
{body}
</html>
"""


class Kept(msgspec.Struct, frozen=True):
    """A file of theirs, as the archive lists it."""

    file: str
    """Where it lies in the archive."""
    post: int | None
    purpose: str
    media_type: str
    description: str
    at: datetime


class SaidDiscreetly(msgspec.Struct, frozen=True):
    """A discreet question of theirs, or what they said in its thread."""

    community: str | None
    at: datetime | None
    """None, as the community: it was not published, or not yet."""
    title: str | None
    text: str


class Gathered(msgspec.Struct, frozen=True):
    """All data of a person, without the contents of files."""

    acct: str
    at: datetime
    posts: list[OwnPost]
    data: dict[str, Any]
    """By the name of the file that it goes to."""
    files: list[OwnFile]


class Files(Protocol):
    """Where people's files lie (`server/media/store.py`)."""

    async def fetch(self, name: str, version: str, target: IO[bytes]) -> bool:
        """Copy one into an open file; False where there is none."""


async def export(tx: WriteTx, here: Here, username: str, *, by: str) -> Gathered:
    """Everything of a person. Raises `Refused` for nobody of this name; leaves an entry in the audit trail."""
    person = await accounts.find(tx, username)
    acct, viewer = f"{person.username}@{person.host}", Person(person.actor_id)
    await audit.append(tx, at=here.clock.now(), actor=by, action="user.export", object=acct, details={})
    written = [_masked(post, person.username) async for post in archive.own_posts(tx, viewer)]
    files = await archive.own_files(tx, viewer.actor_id)
    said = await _discreet(tx, here, viewer, person.username)
    data = {"profile": await _profile(tx, viewer, acct), "posts": written, **await _rest(tx, viewer, acct)}
    data["discreet_questions"] = said
    return Gathered(acct, here.clock.now(), written, data, files)


async def _discreet(tx: ReadTx, here: Here, viewer: Person, own: str) -> list[SaidDiscreetly]:
    """What they said without being shown, for them alone (product J12); what waits to be published or was refused too.

    Who asked more than a year ago cannot be found out, by anybody.
    """
    now = here.clock.now()
    published = [
        SaidDiscreetly(
            one.community,
            one.at,
            None if one.title is None else masked(one.title, own),
            plain_text(_MENTION.sub(MASK, one.content_html)),
        )
        for one in await discreet.own_words(tx, viewer, here.vault, now)
    ]
    drafts = await discreet.drafts(tx, marks_of(here.vault, viewer.actor_id, now), now)
    waiting = [SaidDiscreetly(None, None, None, masked(open_words(here, one).text, own)) for one in drafts]
    return [*published, *waiting]


async def pack(gathered: Gathered, store: Files, target: IO[bytes]) -> None:
    """Write the archive. Raises `Refused` where files cannot be reached; outside of any transaction."""
    with ZipFile(target, "w", ZIP_DEFLATED) as bundle:
        kept = [one for one in [await _keep(bundle, store, row) for row in gathered.files] if one]
        data = gathered.data | {"files": kept}
        for name, content in data.items():
            bundle.writestr(f"data/{name}.json", msgspec.json.format(msgspec.json.encode(content), indent=1))
            if name != "posts":
                bundle.writestr(f"{name}.html", _page_of(name, content))
        bundle.writestr("index.html", _index(gathered.acct, gathered.at, data))
        title = f"Posts of {escape(gathered.acct)}"
        bundle.writestr("posts.html", _PAGE.format(title=title, body=_posts_page(gathered.posts, kept)))


async def _keep(bundle: ZipFile, store: Files, row: OwnFile) -> Kept | None:
    """A file goes in under its number: a store's names are nobody's business. None: the store has it no more."""
    known = msgspec.convert(row.details, File)
    extension = guess_extension(known.media_type or "") or ""
    path = f"files/{row.id}{extension}"
    with SpooledTemporaryFile(_IN_MEMORY) as content:
        if not await store.fetch(row.name, ORIGINAL, content):
            return None
        with bundle.open(path, "w") as target:
            copyfileobj(content, target)
    return Kept(path, row.post_id, row.purpose, known.media_type or "", known.description or "", row.at)


async def _profile(tx: ReadTx, viewer: Person, acct: str) -> dict[str, Any]:
    actor = await actors.by_id(tx, viewer.actor_id)
    assert actor is not None, "whoever has an account has an actor"
    return {
        "handle": acct,
        "address": actor.uri,
        "name": actor.display_name,
        "about": actor.summary_source,
        "fields": [[row[0], row[-1]] for row in fields_of(actor.fields)],
        "email": await archive.email_of(tx, viewer.actor_id),
        "topics": [row.name for row in await tags.featured(tx, viewer.actor_id)],
        "unit": await directory.unit_of(tx, viewer.actor_id),
        "since": actor.created_at,
        "suspended": actor.suspended_at,
    }


async def _rest(tx: ReadTx, viewer: Person, acct: str) -> dict[str, Any]:
    belongs, own = await archive.memberships(tx, viewer.actor_id), acct.partition("@")[0]
    return {
        "memberships": [one for one in belongs if one.kind == "Group"],
        # People are others: how many there are says enough.
        "follows": [{"host": one.host, "since": one.since} for one in belongs if one.kind != "Group"],
        "reactions": await archive.reactions(tx, viewer),
        "bookmarks": await archive.bookmarks(tx, viewer),
        "notifications": await archive.notifications(tx, viewer.actor_id),
        "asked_to_help": await helping.asked_of(tx, viewer.actor_id),
        "moderation": await archive.moderated(tx, viewer.actor_id),
        "appeals": [
            msgspec.structs.replace(one, text=masked(one.text, own), answer=masked(one.answer, own))
            for one in await archive.appeals(tx, viewer.actor_id)
        ],
        "log": [
            {"at": row.at, "action": row.action, "by": row.actor if row.actor == acct else "somebody in charge"}
            for row in await trail.about(tx, acct, viewer.actor_id)
        ],
    }


def _masked(post: OwnPost, own: str) -> OwnPost:
    html = _MENTION.sub(MASK, post.content_html)
    title = None if post.title is None else masked(post.title, own)
    return msgspec.structs.replace(post, title=title, source=masked(post.source, own), content_html=html, details={})


def masked(text: str, own: str) -> str:
    """The text without handles of others."""
    return _HANDLE.sub(lambda found: found.group() if found.group(1).lower() == own else MASK, text)


def _posts_page(written: list[OwnPost], files: list[Kept]) -> str:
    shown: dict[int, str] = {}
    for one in files:
        if one.post is not None:
            name = escape(one.description or one.file)
            shown[one.post] = f'{shown.get(one.post, "")}<p><a href="{one.file}">{name}</a></p>'
    return "\n".join(f"<article>{_head(post)}{post.content_html}{shown.get(post.id, '')}</article>" for post in written)


def _page_of(name: str, content: Any) -> str:
    """Other data to be read: a table of its rows, or of its one row."""
    rows = msgspec.to_builtins(content)
    rows = rows if isinstance(rows, list) else [rows]
    names = list(rows[0]) if rows else []
    head = "".join(f"<th>{escape(column)}</th>" for column in names)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(row[column])}</td>' for column in names)}</tr>" for row in rows)
    table = f"<table><tr>{head}</tr>{body}</table>" if rows else "<p>Nothing.</p>"
    return _PAGE.format(title=name.capitalize(), body=f'<p><a href="index.html">Back</a></p>{table}')


def _cell(value: Any) -> str:
    text = escape("" if value is None else str(value))
    return f'<a href="{text}">{text}</a>' if text.startswith("files/") else text


def _head(post: OwnPost) -> str:
    place = f", in {escape(post.community)}" if post.community else ""
    titles = "".join(f"<p><strong>{escape(line)}</strong></p>" for line in (post.title, post.spoiler) if line)
    return f"<p>{post.published_at:%Y-%m-%d %H:%M} UTC{place}</p>{titles}"


def _index(acct: str, at: datetime, data: dict[str, Any]) -> str:
    rows = "".join(
        f'<li><a href="{name}.html">{name}</a>{f": {len(content)}" if isinstance(content, list) else ""}'
        f' (<a href="data/{name}.json">JSON</a>)</li>'
        for name, content in data.items()
    )
    body = (
        f"<p>{at:%Y-%m-%d %H:%M} UTC. Names of others are masked.</p>"
        f'<p><a href="posts.html">Read what you wrote</a></p><ul>{rows}</ul>'
    )
    return _PAGE.format(title=f"Data of {escape(acct)}", body=body)
