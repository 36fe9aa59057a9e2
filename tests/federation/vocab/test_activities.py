from datetime import UTC, datetime

import pytest

from federation.errors import Malformed
from federation.vocab.normalise import MAX_REASON_CHARACTERS, activity, any_object
from federation.vocab.types import (
    Accept,
    Activity,
    Actor,
    Add,
    Announce,
    Block,
    Collection,
    Create,
    Delete,
    Dislike,
    Document,
    Flag,
    Follow,
    Invite,
    Like,
    Lock,
    Move,
    Opaque,
    Post,
    Reject,
    Remove,
    Tombstone,
    Undo,
    Unknown,
    Update,
)
from tests.federation.vocab.documents import ALICE, GROUP, POST, a_note, an
from tests.federation.vocab.vectors import vector


@pytest.mark.parametrize(
    ("kind", "struct"),
    [
        ("Follow", Follow),
        ("Accept", Accept),
        ("Reject", Reject),
        ("Undo", Undo),
        ("Create", Create),
        ("Update", Update),
        ("Delete", Delete),
        ("Announce", Announce),
        ("Like", Like),
        ("EmojiReact", Like),
        ("Dislike", Dislike),
        ("Add", Add),
        ("Remove", Remove),
        ("Block", Block),
        ("Lock", Lock),
        ("Flag", Flag),
        ("Move", Move),
        ("Invite", Invite),
        ("Join", Unknown),
        ("View", Unknown),
        ("create", Unknown),
    ],
)
def test_each_type_has_its_struct_and_keeps_what_it_was(kind: str, struct: type[Activity]) -> None:
    document = an(kind, published="2026-02-01T10:00:00+01:00", to=ALICE)

    read = activity(document)

    assert type(read) is struct
    assert (read.id, read.actor, read.object_id, read.to) == (document["id"], ALICE, POST, (ALICE,))
    assert read.published == datetime(2026, 2, 1, 9, tzinfo=UTC)
    assert read.raw is document


def test_an_unknown_type_is_no_error_and_says_what_it_is() -> None:
    read = activity(an("Resolve", target=GROUP))

    assert isinstance(read, Unknown)
    assert (read.kind, read.target) == ("Resolve", GROUP)


# --- Follow and its answers ---


def test_a_follow_with_embedded_actor_and_object_is_read_by_their_ids() -> None:
    read = activity(vector("hubzilla/follow_embedded_actor"))

    assert isinstance(read, Follow)
    assert (read.actor, read.object_id, read.object_kind) == ("https://hub.example/channel/nils", GROUP, "Group")


def test_an_accept_embeds_the_follow() -> None:
    read = activity(vector("piefed/accept_to_null"))

    assert isinstance(read, Accept)
    assert isinstance(read.object, Follow)
    assert read.object.actor == "https://groups.example/u/zoe"
    assert read.object.object_id == read.actor
    assert read.object.to == ()


@pytest.mark.parametrize("name", ["guppe/accept_string", "wordpress/accept_bare"])
def test_an_accept_without_a_whole_follow_is_found_by_its_id(name: str) -> None:
    read = activity(vector(name))

    assert isinstance(read, Accept)
    assert read.object is None
    assert read.object_id == "https://groups.example/activities/follow/1"


def test_a_reject_of_a_reply_is_read_by_its_id() -> None:
    read = activity(an("Reject", object=a_note()))

    assert isinstance(read, Reject)
    assert (read.object, read.object_id, read.object_kind) == (None, POST, "Note")


# --- Undo ---


def test_an_undo_embeds_what_it_undoes_even_without_an_id() -> None:
    read = activity(an("Undo", object={"type": "Like", "actor": "https://peer.example/u/bob", "object": POST}))

    assert isinstance(read, Undo)
    assert isinstance(read.object, Like)
    assert (read.object.id, read.object.actor, read.object.object_id) == ("", "https://peer.example/u/bob", POST)


def test_an_undo_by_id_has_no_object() -> None:
    read = activity(an("Undo", object="https://peer.example/activities/Like/1"))

    assert isinstance(read, Undo)
    assert (read.object, read.object_id) == (None, "https://peer.example/activities/Like/1")


def test_an_undo_of_a_ban_may_restore_data() -> None:
    ban = an("Block", object=ALICE, target=GROUP)

    read = activity(an("Undo", object=ban, restoreData=True))

    assert isinstance(read, Undo)
    assert isinstance(read.object, Block)
    assert read.restore_data is True
    assert read.object.raw is ban


def test_an_undo_of_an_ambiguous_activity_is_malformed() -> None:
    """T052, T033."""
    with pytest.raises(Malformed):
        activity(an("Undo", object={"type": "Like", "actor": [ALICE, POST], "object": POST}))


# --- Create and Update ---


def test_a_create_embeds_its_post() -> None:
    read = activity(vector("lemmy/create_page"))

    assert isinstance(read, Create)
    assert isinstance(read.object, Post)
    assert read.object.name == "How do you run a first meeting?"
    assert (read.object_kind, read.further_votes) == ("Page", ())


@pytest.mark.parametrize("value", [POST, {"id": POST}, [POST]])
def test_a_create_may_give_only_the_id(value: object) -> None:
    read = activity(an("Create", object=value))

    assert isinstance(read, Create)
    assert (read.object, read.object_id) == (None, POST)


def test_a_create_of_an_unknown_type_is_opaque() -> None:
    read = activity(an("Create", object={"id": POST, "type": "Playlist"}))

    assert isinstance(read, Create)
    assert read.object == Opaque(POST, "Playlist")


def test_a_create_of_a_post_without_an_id_is_malformed() -> None:
    with pytest.raises(Malformed):
        activity(an("Create", object={"type": "Note", "attributedTo": ALICE}))


def test_several_votes_come_in_one_create() -> None:
    read = activity(vector("gotosocial/create_votes"))

    assert isinstance(read, Create)
    assert isinstance(read.object, Post)
    assert [vote.name for vote in (read.object, *read.further_votes)] == ["Monday", "Tuesday"]


@pytest.mark.parametrize("value", [[a_note(), a_note()], [POST, POST]])
def test_several_objects_that_are_not_votes_are_malformed(value: object) -> None:
    """T052."""
    with pytest.raises(Malformed):
        activity(an("Create", object=value))


def test_an_update_embeds_a_post_an_actor_or_an_id() -> None:
    of_post = activity(an("Update", object=a_note()))
    of_group = activity(an("Update", object=vector("lemmy/group")))
    of_id = activity(an("Update"))

    assert isinstance(of_post, Update)
    assert isinstance(of_post.object, Post)
    assert isinstance(of_group, Update)
    assert isinstance(of_group.object, Actor)
    assert isinstance(of_id, Update)
    assert of_id.object is None


# --- Delete ---


@pytest.mark.parametrize(
    ("summary", "read"), [({}, None), ({"summary": None}, None), ({"summary": ""}, ""), ({"summary": "spam"}, "spam")]
)
def test_the_presence_of_a_summary_tells_a_removal_from_a_deletion(summary: Document, read: str | None) -> None:
    deletion = activity(an("Delete", **summary))

    assert isinstance(deletion, Delete)
    assert deletion.summary == read


def test_a_removal_may_take_the_replies_along() -> None:
    removal = activity(vector("lemmy/remove_with_empty_summary"))

    assert isinstance(removal, Delete)
    assert (removal.summary, removal.with_replies, removal.remove_data) == ("", True, False)


@pytest.mark.parametrize("value", [POST, {"id": POST, "type": "Tombstone"}, {"id": POST, "type": "Note"}])
def test_what_is_deleted_comes_as_id_tombstone_or_whole(value: object) -> None:
    assert activity(an("Delete", object=value)).object_id == POST


# --- votes, moderation, reports ---


@pytest.mark.parametrize(
    ("name", "emoji"),
    [("lemmy/like_without_recipients", None), ("misskey/like_with_reaction", "🎉"), ("pleroma/emoji_react", "🔥")],
)
def test_all_reactions_are_likes(name: str, emoji: str | None) -> None:
    read = activity(vector(name))

    assert isinstance(read, Like)
    assert read.emoji == emoji


@pytest.mark.parametrize("name", ["endTime", "expires"])
def test_a_ban_ends_when_either_name_of_the_time_says(name: str) -> None:
    read = activity(an("Block", object=ALICE, target=GROUP, summary="spam", removeData=True, **{name: "2026-12-31"}))

    assert isinstance(read, Block)
    assert read.ends_at == datetime(2026, 12, 31, tzinfo=UTC)
    assert (read.target, read.summary, read.remove_data) == (GROUP, "spam", True)


def test_a_block_without_target_and_end_is_personal_and_for_good() -> None:
    read = activity(an("Block", object=ALICE, expires=None))

    assert isinstance(read, Block)
    assert (read.target, read.ends_at) == (None, None)


@pytest.mark.parametrize("kind", ["Add", "Remove"])
def test_a_change_of_a_collection_names_it(kind: str) -> None:
    read = activity(an(kind, target={"type": "OrderedCollection", "id": GROUP + "/featured"}))

    assert isinstance(read, Add | Remove)
    assert read.target == GROUP + "/featured"


def test_a_report_of_a_server_names_several_objects() -> None:
    read = activity(vector("mastodon/flag"))

    assert isinstance(read, Flag)
    assert read.object_ids == ("https://groups.example/u/zoe", POST)
    assert read.reason == "Please look"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"summary": "rude"}, "rude"),
        ({"content": "rude"}, "rude"),
        ({"summary": "rude", "content": "other"}, "rude"),
        ({"summary": "", "content": "rude"}, "rude"),
        ({}, ""),
        ({"summary": "x" * (MAX_REASON_CHARACTERS + 1)}, "x" * MAX_REASON_CHARACTERS),
    ],
)
def test_the_reason_of_a_report_has_two_names_and_is_cut(members: Document, reason: str) -> None:
    """T094."""
    read = activity(an("Flag", **members))

    assert isinstance(read, Flag)
    assert (read.reason, read.object_ids) == (reason, (POST,))


def test_a_move_names_where_to_and_where_from() -> None:
    read = activity(an("Move", target="https://b.example/u/alice", origin={"id": "https://a.example/c/1"}))

    assert isinstance(read, Move)
    assert (read.target, read.origin) == ("https://b.example/u/alice", "https://a.example/c/1")


def test_an_invitation_carries_the_group() -> None:
    group = vector("lemmy/group")

    read = activity(an("Invite", actor=group["id"], object=group, target="https://groups.example/u/zoe"))

    assert isinstance(read, Invite)
    assert read.object is not None
    assert (read.object.id, read.target) == (group["id"], "https://groups.example/u/zoe")


# --- any object ---


@pytest.mark.parametrize(
    ("document", "struct"),
    [
        (an("Like"), Like),
        (a_note(), Post),
        ({"id": POST, "type": "Tombstone"}, Tombstone),
        ({"id": POST, "type": "Collection"}, Collection),
        ({"id": ALICE, "type": "Organization"}, Actor),
        ({"id": ALICE, "type": "Feed", "inbox": ALICE + "/inbox", "outbox": ALICE + "/outbox"}, Actor),
        ({"id": POST, "type": "Conversation"}, Opaque),
    ],
)
def test_any_object_is_read_by_its_type(document: Document, struct: type) -> None:
    assert type(any_object(document)) is struct


@pytest.mark.parametrize("document", [{}, {"id": POST}, {"type": ["Note", "Person"]}, {"links": []}])
def test_an_object_without_one_type_is_malformed(document: Document) -> None:
    with pytest.raises(Malformed):
        any_object(document)


def test_a_tombstone_says_what_and_when_it_was() -> None:
    document: Document = {"id": POST, "type": "Tombstone", "formerType": "Page", "deleted": "2026-02-01T00:00:00Z"}

    assert any_object(document) == Tombstone(id=POST, former_type="Page", deleted=datetime(2026, 2, 1, tzinfo=UTC))
