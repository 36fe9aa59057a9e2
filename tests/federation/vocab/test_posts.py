from datetime import UTC, datetime

import pytest

from federation.errors import Malformed
from federation.vocab.normalise import activity
from federation.vocab.normalise_posts import (
    MAX_POLL_OPTIONS,
    post,
)
from federation.vocab.types import Attachment, Create, Document, Emoji, Happening, Mention, Poll, PollOption, Post
from tests.federation.vocab.vectors import vector

ALICE = "https://peer.example/u/alice"
MALLORY = "https://peer.example/u/mallory"
GROUP = "https://groups.example/c/main"
NOTE = "https://peer.example/post/1"


def note(**members: object) -> Document:
    return {"id": NOTE, "type": "Note", "attributedTo": ALICE, **members}


def created(name: str) -> Post:
    create = activity(vector(name))
    assert isinstance(create, Create)
    assert isinstance(create.object, Post)
    return create.object


# --- author ---


@pytest.mark.parametrize(
    "attributed",
    [
        ALICE,
        [ALICE],
        {"id": ALICE},
        {"type": "Person", "id": ALICE},
        [{"type": "Person", "id": ALICE}],
        [{"type": "Person", "id": ALICE}, {"type": "Group", "id": GROUP}],
        [{"type": "Group", "id": GROUP}, {"type": "Person", "id": ALICE}],
        [{"type": "Group", "id": GROUP}, ALICE],
    ],
)
def test_one_author_comes_in_every_shape(attributed: object) -> None:
    """T029: a group in the list may name the community, never the author."""
    assert post(note(attributedTo=attributed)).attributed_to == ALICE


@pytest.mark.parametrize(
    "attributed",
    [
        None,
        "",
        [],
        {},
        17,
        [ALICE, MALLORY],
        [MALLORY, ALICE],
        [ALICE, ALICE],
        [{"type": "Person", "id": ALICE}, {"type": "Person", "id": MALLORY}],
        {"id": [ALICE]},
        [[ALICE, MALLORY]],
        {"type": "Group", "id": GROUP},
        ALICE + " x",
        [ALICE] * 10_000,
    ],
)
def test_no_author_or_two_is_malformed(attributed: object) -> None:
    """T029."""
    with pytest.raises(Malformed):
        post(note(attributedTo=attributed))


def test_the_author_may_be_named_as_actor() -> None:
    assert post(note(attributedTo=None, actor=ALICE)).attributed_to == ALICE


@pytest.mark.parametrize(
    "members",
    [
        {"id": None},
        {"id": ""},
        {"id": {"id": NOTE}},
        {"type": None},
        {"type": ["Note", "Page"]},
        {"inReplyTo": [NOTE, GROUP]},
        {"@type": "Page"},
        {"@context": {"attributedTo": "as:actor"}},
    ],
)
def test_a_post_that_could_be_two_is_malformed(members: Document) -> None:
    """T052."""
    with pytest.raises(Malformed):
        post(note(**members))


# --- what each software sends ---


def test_a_thread_of_lemmy() -> None:
    read = created("lemmy/create_page")

    assert read == Post(
        id=NOTE,
        kind="Page",
        attributed_to=ALICE,
        context=NOTE + "/context",
        name="How do you run a first meeting?",
        content="<p>I have <strong>six</strong> people.</p>\n",
        source="I have **six** people.",
        language="en",
        published=datetime(2026, 2, 1, 9, 0, 0, 123456, tzinfo=UTC),
        to=(GROUP, "https://www.w3.org/ns/activitystreams#Public"),
        audience=(GROUP,),
        attachments=(Attachment(kind="Link", url="https://example.com/meeting"),),
    )


def test_a_thread_of_mastodon() -> None:
    read = created("mastodon/create_note_to_group")

    assert (read.name, read.in_reply_to, read.summary, read.is_vote) == (None, None, None, False)
    assert read.context == "tag:micro.example,2026-02-01:objectId=1:objectType=Conversation"
    assert (read.language, read.url) == ("fr", "https://micro.example/@bea/1")
    assert read.mentions == (Mention(GROUP, "@main@groups.example"),)
    assert read.hashtags == ("Hiring",)
    assert read.emojis == (Emoji("wave", "https://micro.example/emoji/wave.png"),)
    assert read.attachments == (
        Attachment(
            kind="Document",
            url="https://micro.example/media/1.png",
            media_type="image/png",
            name="A room",
            blurhash="LEHV6nWB2yk8",
            width=640,
            height=480,
            focal_point=(0.5, -1.0),
        ),
    )


def test_a_video_of_peertube() -> None:
    read = post(vector("peertube/video"))

    assert read.attributed_to == "https://tube.example/accounts/lea"
    assert read.groups == ("https://tube.example/video-channels/ops",)
    assert read.url == "https://tube.example/w/1"
    assert (read.content, read.media_type, read.language) == ("**Short**", "text/markdown", "fr")


def test_an_event_of_mobilizon() -> None:
    assert post(vector("mobilizon/event")).happening == Happening(
        starts_at=datetime(2026, 3, 1, 7, tzinfo=UTC),
        ends_at=datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
        place="Café, 1 rue X, 75001, Paris, France",
    )


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("Room 4", "Room 4"),
        ({"name": "Room 4"}, "Room 4"),
        ([{"name": "Room 4", "address": "1 rue X"}], "Room 4, 1 rue X"),
        ({"address": {}}, None),
        ([], None),
        (17, None),
    ],
)
def test_places_come_in_every_shape(location: object, place: str | None) -> None:
    happening = post(note(type="Event", location=location)).happening

    assert happening is not None
    assert happening.place == place


def test_the_owner_of_the_wall_posted_to_may_be_the_group() -> None:
    assert post(vector("fep/400e_note")).groups == ("https://smith.example/groups/2",)


# --- replies, votes, polls ---


@pytest.mark.parametrize(
    ("parent", "read"),
    [(NOTE, NOTE), ([NOTE], NOTE), ({"id": NOTE, "type": "Note"}, NOTE), (None, None), ("", None), ([], None)],
)
def test_a_reply_is_what_has_a_parent(parent: object, read: str | None) -> None:
    assert post(note(inReplyTo=parent)).in_reply_to == read


def test_a_vote_has_a_name_and_a_parent_but_no_text_and_no_time() -> None:
    assert created("mastodon/vote").is_vote


@pytest.mark.parametrize(
    "members",
    [
        {"content": "<p>Yes</p>"},
        {"published": "2026-02-01T12:00:00Z"},
        {"name": None},
        {"inReplyTo": None},
        {"type": "Page"},
    ],
)
def test_a_named_reply_is_no_vote(members: Document) -> None:
    vote = note(name="Yes", inReplyTo="https://peer.example/post/9")

    assert post(vote).is_vote
    assert not post({**vote, **members}).is_vote


def test_a_poll() -> None:
    assert created("mastodon/create_question").poll == Poll(
        options=(PollOption("Monday", 2), PollOption("Tuesday", 1), PollOption("Never", 0)),
        is_multiple=True,
        ends_at=datetime(2026, 2, 3, 8, tzinfo=UTC),
        closed_at=datetime(2026, 2, 3, 8, tzinfo=UTC),
        is_closed=True,
        voters=3,
    )


def test_a_poll_may_be_closed_without_a_time_and_have_no_answers() -> None:
    closed = post(note(type="Question", closed=True, oneOf=[])).poll
    with_one = post(note(type="Question", oneOf={"name": "Yes"})).poll

    assert closed == Poll(options=(), is_multiple=False, is_closed=True)
    assert with_one == Poll(options=(PollOption("Yes", 0),), is_multiple=False)


def test_a_poll_of_single_and_multiple_choice_is_malformed() -> None:
    """T052."""
    with pytest.raises(Malformed):
        post(note(type="Question", oneOf=[{"name": "Yes"}], anyOf=[{"name": "No"}]))


def test_a_poll_has_twenty_answers_at_most() -> None:
    """T094, CVE-2026-23962."""
    options = [{"type": "Note", "name": str(number)} for number in range(MAX_POLL_OPTIONS + 1)]

    poll = post(note(type="Question", oneOf=options[:-1])).poll

    assert poll is not None
    assert len(poll.options) == MAX_POLL_OPTIONS
    with pytest.raises(Malformed):
        post(note(type="Question", oneOf=options))
