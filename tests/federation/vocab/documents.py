"""Documents for tests, with defaults for what a test does not speak of."""

from federation.vocab.types import Document

ALICE = "https://peer.example/u/alice"
MALLORY = "https://peer.example/u/mallory"
GROUP = "https://groups.example/c/main"
POST = "https://groups.example/post/7"


def an(kind: str, **members: object) -> Document:
    """An activity of Alice's about a post."""
    return {"id": f"https://peer.example/activities/{kind}/1", "type": kind, "actor": ALICE, "object": POST, **members}


def a_note(**members: object) -> Document:
    """A post by Alice."""
    return {"id": POST, "type": "Note", "attributedTo": ALICE, "content": "<p>Hi</p>", **members}
