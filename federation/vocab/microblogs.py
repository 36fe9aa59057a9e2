"""What members hear by itself whose software knows no groups (spec/group-federation.md 6.4, 7).

Their community tells them of new threads alone. Of edits, deletions and replies they believe the author's server and
nobody else, so that ours says it of what our people write, whosever the community is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from federation.vocab.outgoing import Form, Outgoing
from federation.vocab.render import is_public
from models.queries.actors import ActorRow
from models.queries.posts import PostRow

_LATER = ("Update", "Delete")
"""What becomes of a post that is there already."""

_HEARD = ("Create", *_LATER)


def for_microblogs(
    own: Outgoing, post: PostRow, author: ActorRow, community: ActorRow | None, mentioned: Sequence[ActorRow]
) -> list[Outgoing]:
    """An author's activity about their post in an open community once more, for such members: what becomes of a thread
    of ours for all of them, anything else for those who are answered or mentioned.
    """
    if community is None or not is_public(community) or own.actor_id != author.id or own.type not in _HEARD:
        return []
    if _is_for_all(post, community) and own.type in _LATER:
        return [replace(own, to_actors=(), to_followers_of=community.id, form=Form.MICROBLOG)]
    named = tuple(person.id for person in mentioned if not (person.is_local or person.is_community))
    return [replace(own, to_actors=named, form=Form.ADDRESSED)] if named else []


def _is_for_all(post: PostRow, community: ActorRow) -> bool:
    return community.is_local and post.parent_uri is None


def concerns_answerers(post: PostRow, community: ActorRow | None) -> bool:
    """What becomes of the post is to be said to those who answered it: not all such members hear of it anyway."""
    return community is not None and is_public(community) and not _is_for_all(post, community)


def with_answerers(outgoings: Sequence[Outgoing], answerer_ids: Iterable[int]) -> list[Outgoing]:
    """An author's activity and what goes with it, the activity itself also for those who answered: who answers has read
    it, and their server keeps what it read until the author's says something else.
    """
    own, *others = outgoings
    named = next((one.to_actors for one in others if one.form is Form.ADDRESSED), ())
    people = tuple(dict.fromkeys([*named, *answerer_ids]))
    told = [replace(own, to_actors=people, form=Form.ADDRESSED)] if people else []
    return [own, *told, *(one for one in others if one.form is not Form.ADDRESSED)]
