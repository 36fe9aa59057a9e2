"""Where a new post of ours stands, what shows it, and who of our people is told of it."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from federation.runtime import Maker
from federation.vocab.outgoing import Showing
from federation.vocab.render import is_public
from models.posts import FOLLOWERS
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from models.writes import feeds, notifications, posts
from models.writes.posts import NewPost


def wrapper_of(here: Maker, community: ActorRow | None, row: NewPost, at: datetime) -> NewPost | None:
    """A community of ours shows a new thread at once; a partner's does so when it announces it."""
    if community is None or row.parent_uri is not None or not community.is_local:
        return None
    made = Showing.new(here, at)
    return posts.wrapper(
        row.as_wrapped(),
        wrapper_id=made.whole[0],
        uri=made.whole[1],
        community_id=community.id,
        peer_id=None,
        at=at,
        received_at=at,
        boost_id=made.by_id[0] if is_public(community) else None,
    )


def showing(here: Maker, wrapper: NewPost | None) -> Showing | None:
    """What shows it to other servers."""
    return (
        Showing.numbered(here, wrapper.id, wrapper.boost_id or here.tokens.next_id(wrapper.published_at))
        if wrapper
        else None
    )


def placements(row: NewPost, wrapper: NewPost | None) -> list[dict[str, object]]:
    """The timelines that show it: those of the community's wrapper, of its author's followers, of its hashtags."""
    place = partial(feeds.placement, language=row.language, tags=row.tags)
    if wrapper is not None:
        return [place(entry_id=wrapper.id, followers_of=wrapper.author_id)]
    if row.community_id is None and row.parent_uri is None and row.audience == FOLLOWERS:
        return [place(entry_id=row.id, followers_of=row.author_id, feeds=[row.author_id])]
    return [place(entry_id=row.id, followers_of=0)] if row.tags else []


def tellings(
    row: NewPost,
    wrapper: NewPost | None,
    people: Iterable[ActorRow],
    *,
    answered: PostRow | None = None,
    has_watchers: bool,
    at: datetime,
) -> list[dict[str, object]]:
    """Notifications of those of the people who are ours and named in it, and of those who watch its community.

    A community is told of answers to what it said itself, for whoever acts by its token (client API 11.5).
    """
    local = {person.id for person in people if person.is_local}
    named = [person_id for person_id in row.mentioned if person_id in local and person_id != row.author_id]
    if answered is not None and answered.peer_id is None and answered.author_id == row.community_id != row.author_id:
        named.append(answered.author_id)
    shown = (wrapper.author_id, wrapper.id) if wrapper is not None and has_watchers else None
    if not named and shown is None:
        return []
    return [notifications.telling(at=at, author_id=row.author_id, post_id=row.id, named=named, shown=shown or (0, 0))]
