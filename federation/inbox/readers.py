"""For whom an incoming post is, as it and what brings it say: the narrower of the two counts (threats T047)."""

from typing import TypeGuard

from federation.vocab import types
from federation.vocab.audience import is_public


def is_for_everybody(post: types.Post, activity: types.Activity | None) -> bool:
    """Addressed to everybody, by both."""
    return is_public(post.to, post.cc) and (not _is_addressed(activity) or is_public(activity.to, activity.cc))


def is_for_followers(post: types.Post, activity: types.Activity | None, followers_url: str | None) -> bool:
    """Addressed to the author's followers, or to everybody, by both alike."""
    said = [(post.to, post.cc)]
    if _is_addressed(activity):
        said.append((activity.to, activity.cc))
    return all(is_public(to, cc) or followers_url in (*to, *cc) for to, cc in said)


def mentioned_uris(post: types.Post) -> list[str]:
    """Whom it names, each once."""
    named = [mention.href for mention in post.mentions]
    if not is_public(post.to, post.cc):
        # Lemmy and Mbin name the readers of a message nowhere but in its recipients.
        named += [*post.to, *post.cc]
    return list(dict.fromkeys(named))


def _is_addressed(activity: types.Activity | None) -> TypeGuard[types.Activity]:
    return activity is not None and bool(activity.to or activity.cc)
