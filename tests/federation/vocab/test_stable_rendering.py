"""What was read of a post and is written again reads the same: no text or tag is lost or made up on the way."""

from contextlib import suppress
from datetime import UTC, datetime

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from federation.errors import Malformed
from federation.inbox.content import Setting, content_of
from federation.vocab import render, types
from federation.vocab.normalise_posts import post
from federation.vocab.types import Document
from models.posts import FOLLOWERS
from models.queries.actors import ActorRow
from models.queries.posts import PostRow

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
BASE = "https://alpha.test"
URI = f"{BASE}/objects/7"

_MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<b>", "</b>", "<br>", "&amp;", "<a href='https://x.test/1'>", "</a>", "<script>", "<"]
    )
    | st.text(max_size=8),
    max_size=8,
).map("".join)
_TAGS = st.lists(
    st.builds(lambda name: {"type": "Hashtag", "name": f"#{name}"}, st.text(min_size=1, max_size=12)), max_size=4
)
DOCUMENTS = st.fixed_dictionaries(
    {"id": st.just(URI), "type": st.sampled_from(["Note", "Page"]), "attributedTo": st.just(f"{BASE}/users/alice")},
    optional={
        "content": _MARKUP,
        "name": st.text(max_size=40),
        "summary": _MARKUP,
        "tag": _TAGS,
        "sensitive": st.booleans() | st.none(),
        "published": st.just("2026-01-30T08:00:00Z"),
        "contentMap": st.just({"fr": "x"}),
        "inReplyTo": st.just("https://x.test/objects/1"),
    },
)


def actor_row() -> ActorRow:
    """The author: only addresses matter."""
    values = {field.name: None for field in msgspec.structs.fields(ActorRow)} | {
        "id": 1, "uri": f"{BASE}/users/alice", "type": "Person", "username": "alice", "host": "alpha.test",
        "followers_url": f"{BASE}/users/alice/followers",
    }  # fmt: skip
    return ActorRow(**values)  # type: ignore[arg-type]


def written(read: types.Post) -> Document:
    """The document that we would make of what was read."""
    content = msgspec.structs.asdict(content_of(read, Setting(BASE)))
    values = {field.name: None for field in msgspec.structs.fields(PostRow)} | content
    values |= {"id": 7, "uri": URI, "url": URI, "author_id": 1, "audience": FOLLOWERS, "mentioned": [], "label": 0}
    values |= {"parent_uri": read.in_reply_to, "published_at": read.published or AT, "is_closed": False}
    row = PostRow(**values)
    return render.post(row, author=actor_row(), community=None, mentioned=(), base_url=BASE, poll=None, at=AT)


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
@example({"id": URI, "type": "Note", "attributedTo": f"{BASE}/users/alice", "summary": "&lt;?"})
@example({"id": URI, "type": "Note", "attributedTo": f"{BASE}/users/alice", "summary": "&amp;lt;b>spoken&lt;/b>"})
def test_what_was_written_reads_and_is_written_the_same(document: Document) -> None:
    once = None
    with suppress(Malformed):
        once = written(post(document))

    assert once is None or written(post(once)) == once
