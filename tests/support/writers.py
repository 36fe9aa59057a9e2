"""People at fake peers who take part in a community: their activities as documents, to be sent in any order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.support.fake_peer import PUBLIC, Document, FakeActor


@dataclass(frozen=True)
class Writer:
    """One of them. Posts are named by a word, which is also what they say in their first line."""

    actor: FakeActor
    community: str
    """Its ActivityPub id."""
    ago: timedelta = timedelta(hours=1)
    """How long ago posts were written when they are sent."""

    def post_uri(self, word: str) -> str:
        """The id of a post."""
        return self.actor.peer.url(f"/objects/{self.actor.name}-{word}")

    def follow(self) -> Document:
        """The wish to join."""
        return self.actor.activity("Follow", object=self.community, to=[self.community])

    def create(self, word: str, *, answering: str | None = None, text: str = "as first written") -> Document:
        """A new post: an opening one, or an answer to the post with this id."""
        return self._about("Create", self._note(word, text, answering))

    def update(self, word: str, text: str, *, after: timedelta, answering: str | None = None) -> Document:
        """The post as edited so long after it was written."""
        updated = _text(self.actor.peer.clock.now() - self.ago + after)
        return self._about("Update", self._note(word, text, answering) | {"updated": updated})

    def delete(self, word: str) -> Document:
        """The post is gone."""
        return self._about("Delete", {"id": self.post_uri(word), "type": "Tombstone"})

    def like(self, post_uri: str) -> Document:
        """A like of anybody's post."""
        return self._about("Like", post_uri)

    def undo(self, activity: Document) -> Document:
        """One of the writer's own activities taken back."""
        return self._about("Undo", {name: activity[name] for name in ("id", "type", "actor", "object")})

    def _note(self, word: str, text: str, answering: str | None) -> Document:
        addressed: Document = {"inReplyTo": answering} if answering else {"name": word}
        return {
            "id": self.post_uri(word),
            "type": "Note" if answering else "Page",
            "attributedTo": self.actor.uri,
            "content": f"<p>{word}: {text}</p>",
            "published": _text(self.actor.peer.clock.now() - self.ago),
            "to": [self.community, PUBLIC],
            "audience": self.community,
            **addressed,
        }

    def _about(self, kind: str, content: Any) -> Document:
        return self.actor.activity(kind, object=content, to=[self.community, PUBLIC], audience=self.community)


def announced(group: FakeActor, activity: Document) -> Document:
    """What a group makes of an activity of its members."""
    return group.activity("Announce", object=activity, to=[f"{group.uri}/followers"], cc=[PUBLIC])


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
