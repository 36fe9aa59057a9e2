"""Which community a post from elsewhere belongs to: one and no more (spec/group-federation.md 6.1, product J5).

The newcomer's mistake: taking a post for ours because it names a community of ours. Somebody who writes in another
community may mention ours; what the post says of its own `audience` goes before.
"""

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from federation.inbox.incoming import Incoming
from federation.inbox.readers import is_for_everybody, is_for_followers
from federation.vocab.audience import addressed_groups, addresses_itself
from models.queries.actors import ActorRow
from models.queries.reception import KnownPost, Place


def community_of(
    item: Incoming, parent: KnownPost | None, places: Mapping[str, Place], by_id: Mapping[int, Place]
) -> Place | None:
    """The thread's community wins over everything; else the first community addressed, be it by itself."""
    if parent is not None:
        return by_id.get(parent.community_id) if parent.community_id else None
    return next(iter(_communities_named(item, places)), None)


def objection(item: Incoming, community: ActorRow, places: Mapping[str, Place]) -> str | None:
    """Why a community of ours that an opening post names is not the one it belongs to, as a key of `unwelcome.py`."""
    if _is_claimed_for_another(item, community, places):
        return "elsewhere"
    return "several" if _names_another_of_ours(item, community, places) else None


def _is_claimed_for_another(item: Incoming, community: ActorRow, places: Mapping[str, Place]) -> bool:
    """By its `audience`, or that of what brings it, it belongs elsewhere: to a community, or to what nobody here knows
    and may be one.
    """
    named = set(addressed_groups(item.post, item.activity))
    for audience in (item.post.audience, item.activity.audience if item.activity is not None else ()):
        groups = [uri for uri in audience if uri in named and (uri not in places or places[uri].actor.is_community)]
        if groups and community.uri not in groups:
            return True
    return False


def _names_another_of_ours(item: Incoming, community: ActorRow, places: Mapping[str, Place]) -> bool:
    """Besides this one a community of ours is named that the author may know of; others are as if they were not."""
    return any(
        place.actor.id != community.id
        and place.actor.is_local
        and (item.author.id in place.roles or place.actor.answers_anybody)
        for place in _communities_named(item, places)
    )


def explains(item: Incoming) -> bool:
    """A community writes to somebody in private, below the post of theirs that it does not show (`unwelcome.py`)."""
    author, said = item.author, (item.post, item.activity)
    if item.share is not None or not author.is_community or addresses_itself(*said):
        return False
    return not (is_for_everybody(*said) or is_for_followers(*said, author.followers_url))


def apart(item: Incoming, parent: KnownPost | None) -> tuple[Incoming, KnownPost | None]:
    """Something personal with what it answers, which is nothing in a community: whoever writes it need not belong
    there, and no member is told (threats T050). But a community itself says what became of a post in it.
    """
    if parent is None or parent.community_id in (None, item.author.id):
        return item, parent
    return replace(item, post=msgspec.structs.replace(item.post, in_reply_to=None)), None


def _communities_named(item: Incoming, places: Mapping[str, Place]) -> list[Place]:
    """Communities that are known here, the likeliest first."""
    itself = (item.author.uri,) if addresses_itself(item.post, item.activity) else ()
    named = [places[uri] for uri in (*itself, *addressed_groups(item.post, item.activity)) if uri in places]
    return [place for place in named if place.actor.is_community]
