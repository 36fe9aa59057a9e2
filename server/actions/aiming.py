"""Where a post goes: its thread's community, the one that it mentions, or, of a community that acts, itself."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from federation.peers import PeerBook
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from models.queries.publishing import Named
from server.actions.refusals import Invalid, NotAllowed
from server.actions.writing import handles_in
from server.http.languages import to_translate

UNKNOWN: Final = to_translate(
    "Nobody known here is called %(handle)s, and those who follow you would read this: correct the name, or take it out"
)


def community_of(
    parent: PostRow | None,
    by_id: Mapping[int, Named],
    mentioned: Sequence[Named],
    *,
    acting: Named | None,
    opener: int | None,
    is_direct: bool,
) -> Named | None:
    """The community of a post that mentions these communities. Raises `Invalid`, `NotAllowed` (product J5, T158).

    `opener`: who opened the thread of `parent`.
    """
    if acting is not None:
        if parent is not None and opener != acting.actor.id:
            raise NotAllowed(
                to_translate(
                    "A community answers in the threads that it opened, and in no other: "
                    "reply with the account that is your own"
                )
            )
        return _announced(mentioned, acting, is_direct=is_direct)
    if parent is not None:
        home = by_id.get(parent.community_id) if parent.community_id else None
        if any(home is None or one.actor.id != home.actor.id for one in mentioned):
            raise Invalid(to_translate("A reply stays in its thread: start a new post to ask another community"))
        if home is not None and is_direct:
            raise Invalid(to_translate("A reply in a community is for the whole community: choose another visibility"))
        return home
    if len(mentioned) > 1:
        names = ", ".join(f"@{one.actor.username}" for one in mentioned)
        raise Invalid(
            to_translate("A post goes to one community, and this one names %(names)s: keep one of them"), names=names
        )
    if mentioned and is_direct:
        raise Invalid(to_translate("To ask the community, choose another visibility"))
    return mentioned[0] if mentioned else None


def require_known(text: str, named: Collection[tuple[str, str]], domain: str, peers: PeerBook) -> None:
    """What goes to those who follow its author names nobody, here or at a partner, who is not known: meant for a
    community that they were removed from, or whose name they mistyped, it would be read by others. Raises `Invalid`,
    the same for a private community as for one that never was (product rule 1, threats T153).
    """
    for name, host in handles_in(text, domain):
        if (name, host) not in named and (host == domain or peers.at(host) is not None):
            raise Invalid(UNKNOWN, handle=f"@{name}" if host == domain else f"@{name}@{host}")


def person_answered(parent: PostRow | None, by_id: Mapping[int, Named]) -> ActorRow | None:
    """Who is told of a reply: nobody where the community itself opened the thread."""
    found = by_id.get(parent.author_id) if parent else None
    return None if found is None or found.actor.is_community else found.actor


def meant(parent: PostRow | None, mentioned: Sequence[Named], acting: Named | None) -> int | None:
    """The one community that somebody's post is for, whether or not they may post there; None: none, or several."""
    if acting is not None:
        return None
    if parent is not None:
        return parent.community_id
    return mentioned[0].actor.id if len(mentioned) == 1 else None


def _announced(mentioned: Sequence[Named], acting: Named, *, is_direct: bool) -> Named:
    """A community announces, in itself and to all of it."""
    if is_direct:
        raise Invalid(to_translate("A community announces to all its members: choose another visibility"))
    if any(one.actor.id != acting.actor.id for one in mentioned):
        raise Invalid(to_translate("A community announces in itself alone: take the other community out of the text"))
    return acting
