"""People, communities and posts as pages print them: names, addresses on this server, markup whose links stay here.

A partner's own pages are closed to our people. So everybody whom this server knows has a page here: `/@name` for ours,
`/@name@host` for a partner's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Final
from urllib.parse import quote

import msgspec
from aiohttp import web

from federation.vocab.markup import plain_text
from federation.vocab.typed_text import hashtag_url, links_by_handle, title_html
from models.details import File, details_of
from models.engine import ReadTx
from models.gate import Person
from models.queries import actors
from models.queries.actors import ActorRow
from models.queries.posts import EntryRow, PostRow
from server.media.addresses import MediaAddresses
from server.media.store import ORIGINAL, SMALL

_HASHTAG: Final = re.compile(r'(<a href=)"[^"]*"( class="mention hashtag"[^>]*>#<span>)(\w{1,100})<')
_WHOLE_CHARACTERS, _BEGINNING_CHARACTERS = 2_000, 1_000
"""So long a text stands whole in a list; of a longer one so much does."""
_DEEPEST: Final = 4
"""Replies further down are set in no more, or they would have no room on a phone."""


class Somebody(msgspec.Struct, frozen=True):
    """A person or a community by name."""

    name: str
    username: str
    host: str
    href: str


class Attached(msgspec.Struct, frozen=True):
    """A file of a post: a picture is shown, anything else is a link to it."""

    href: str
    picture: str | None
    """The address of what is shown of it: a picture, or the first one of a film."""
    size: tuple[int, int] | None
    """Of that."""
    text: str
    """What its author says of it; may be empty."""


class Shown(msgspec.Struct, frozen=True):
    """One post as a page prints it. `html` was made safe when it was written or received; it is printed as it is."""

    id: int
    href: str
    author: Somebody
    community: Somebody | None
    title: str | None
    title_html: str
    """The same with people and hashtags as links; empty without a title."""
    html: str
    beginning: str | None
    """As plain text, where the whole is too long for a list of posts."""
    files: list[Attached]
    spoiler: str
    language: str | None
    audience: str
    label: int
    is_question: bool
    answer_id: int | None
    """The accepted answer to a question."""
    published_at: datetime
    edited_at: datetime | None
    likes: int
    """Of a question: people who lived this too. How many, and not who."""
    is_liked: bool
    """By the reader."""
    replies: int
    depth: int
    """0 for what the page is about, more for answers to it."""


def page_of(actor: ActorRow) -> str:
    """The address of somebody's page on this server."""
    return f"/@{quote(actor.username if actor.is_local else actor.acct, safe='@')}"


def somebody(actor: ActorRow) -> Somebody:
    """A person or a community by name."""
    return Somebody(actor.display_name or actor.username, actor.username, actor.host, page_of(actor))


async def shown(
    tx: ReadTx, rows: Sequence[EntryRow], viewer: Person, media: MediaAddresses, *, root_id: int | None = None
) -> list[Shown]:
    """Posts that were loaded through the gate, wrappers as what they wrap. One statement, whatever their number.

    `root_id`: the post from which the depth of replies is counted.
    """
    ids = {actor_id for row in rows for actor_id in _people(row.post)}
    known = await actors.known_of_ids(tx, sorted(ids), viewer)
    depths = _depths(rows, root_id)
    return [_shown(row, known, viewer, media, depths[row.post.id]) for row in rows if row.post.author_id in known]


def _people(post: PostRow) -> list[int]:
    return [post.author_id, *post.mentioned, *([post.community_id] if post.community_id else [])]


def _depths(rows: Iterable[EntryRow], root_id: int | None) -> dict[int, int]:
    """Parents come before their answers; what stands above the root is not set in."""
    depths = {} if root_id is None else {root_id: 0}
    for row in rows:
        parent = depths.get(row.post.parent_id) if row.post.parent_id is not None else None
        depths.setdefault(row.post.id, 0 if parent is None else min(parent + 1, _DEEPEST))
    return depths


def _shown(row: EntryRow, known: Mapping[int, ActorRow], viewer: Person, media: MediaAddresses, depth: int) -> Shown:
    post, author, details = row.post, known[row.post.author_id], details_of(row.post.details)
    community = known.get(post.community_id) if post.community_id else None
    named = [known[actor_id] for actor_id in _people(post) if actor_id in known]
    title = None if details.title_from_text else post.title
    return Shown(
        id=post.id,
        href=f"{page_of(author)}/{post.id}",
        author=somebody(author),
        community=somebody(community) if community else None,
        title=title,
        title_html=_title_html(title, author, named, media.base_url) if title else "",
        html=with_links_that_stay(post.content_html, named, media.base_url),
        beginning=_beginning(post.content_html),
        files=[_attached(post.id, number, file, viewer, media) for number, file in enumerate(details.files)],
        spoiler=post.spoiler,
        language=post.language,
        audience=post.audience,
        label=post.label,
        is_question=post.is_question,
        answer_id=post.answer_id,
        published_at=post.published_at,
        edited_at=post.edited_at,
        likes=row.likes,
        is_liked=row.is_liked,
        replies=row.replies,
        depth=depth,
    )


def _beginning(html: str) -> str | None:
    if len(html) <= _WHOLE_CHARACTERS:
        return None
    text = plain_text(html)
    return f"{text[:_BEGINNING_CHARACTERS].rstrip()}…" if len(text) > _WHOLE_CHARACTERS else None


def _attached(post_id: int, number: int, file: File, viewer: Person, media: MediaAddresses) -> Attached:
    address, small = (
        media.of_file(post_id, number, file, viewer.actor_id, version).removeprefix(media.base_url)
        for version in (ORIGINAL, SMALL)
    )
    if file.small is not None:
        return Attached(address, small, file.small, file.description or "")
    size = (file.width, file.height) if file.width and file.height else None
    return Attached(address, address if file.kind == "image" else None, size, file.description or "")


def _title_html(title: str, author: ActorRow, named: Sequence[ActorRow], base_url: str) -> str:
    links = links_by_handle([(one.username, one.host, one.url) for one in named], author.host)
    return with_links_that_stay(title_html(title, links, lambda tag: hashtag_url(base_url, tag)), named, base_url)


def with_links_that_stay(html: str, named: Iterable[ActorRow], base_url: str) -> str:
    """Mentions and hashtags lead to pages here, and addresses of this server are written as paths."""
    for actor in named:
        html = html.replace(f'href="{escape(actor.url)}"', f'href="{page_of(actor)}"')
    html = _HASHTAG.sub(lambda found: f'{found[1]}"/tags/{found[3].lower()}"{found[2]}{found[3]}<', html)
    # Not `//` at the beginning of what remains: that would be another host.
    return re.sub(rf'href="{re.escape(base_url)}/(?![/\\])', 'href="/', html)


def wants_document(request: web.Request) -> bool:
    """Another server asks, for ActivityPub and not for a page."""
    accepted = request.headers.get("Accept", "")
    return "html" not in accepted and ("activity+json" in accepted or "ld+json" in accepted)
