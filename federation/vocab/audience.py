"""To whom something is addressed: the spellings of Public, and the groups an activity may belong to.

Pure reading of what was sent. Whether a candidate is a group, and one of ours, is found out by the caller.
"""

from collections.abc import Iterable, Iterator

from federation.vocab.types import Activity, Post

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"

PUBLIC_SPELLINGS = frozenset({PUBLIC, "as:Public", "Public"})
"""The three legal forms (T048). Any other, also in another case, is an address like any other: not public, and no
error.
"""


def is_public(to: Iterable[str], cc: Iterable[str] = ()) -> bool:
    """Whether `to` or `cc` names everybody, in any of the legal spellings."""
    return not PUBLIC_SPELLINGS.isdisjoint(to) or not PUBLIC_SPELLINGS.isdisjoint(cc)


def addressed_groups(post: Post, activity: Activity | None = None) -> tuple[str, ...]:
    """Ids that may be the group of a thread, each once, the likeliest first (spec/group-federation.md 6.1, "Which
    group?").

    The caller takes the first that is a Group. The Public address, followers collections (by their path) and the author
    (`addresses_itself`) are left out. Of no use for replies: the group of their thread wins over everything.
    """
    authors = {post.attributed_to}
    if activity is not None:
        authors.add(activity.actor)
    found = dict.fromkeys(_in_order(post, activity))
    return tuple(uri for uri in found if uri not in authors and uri not in PUBLIC_SPELLINGS and not _is_followers(uri))


def addresses_itself(post: Post, activity: Activity | None = None) -> bool:
    """The author names itself among those it is for: of a group that is how it speaks in itself (client API 11.5)."""
    return post.attributed_to in _in_order(post, activity)


def _in_order(post: Post, activity: Activity | None) -> Iterator[str]:
    yield from post.audience
    if activity is not None:
        yield from activity.audience
    yield from post.to
    yield from post.cc
    if activity is not None:
        yield from activity.to
        yield from activity.cc
    yield from post.groups
    for mention in post.mentions:
        yield mention.href


def _is_followers(uri: str) -> bool:
    return uri.rstrip("/").endswith("/followers")
