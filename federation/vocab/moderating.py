"""What hosts and moderators of a community of ours say to partners' servers (spec/group-federation.md 10).

Said by the person and passed on by the community; directly as well to the server of whoever is concerned, which may
hear of it in no other way.
"""

from dataclasses import replace
from datetime import datetime

from federation.vocab import render
from federation.vocab.audience import PUBLIC
from federation.vocab.compose import Composer, Said
from federation.vocab.outgoing import Form, Outgoing, Showing
from federation.vocab.types import Document
from models.communities import NOWHERE
from models.queries.actors import ActorRow
from models.queries.boosts import Boost
from models.queries.posts import PostRow


class Moderating(Composer):
    """Makes activities of moderation, in one community and by one of those who lead it."""

    def pin(self, by: ActorRow, community: ActorRow, post: PostRow, *, pins: bool) -> list[Outgoing]:
        """A thread is put on top, or taken from there."""
        target: Document = {"target": f"{community.uri}/featured"}
        return self._act("Add" if pins else "Remove", by, community, post.uri, post=post, members=target)

    def name_moderator(self, by: ActorRow, community: ActorRow, person: ActorRow, *, names: bool) -> list[Outgoing]:
        """Somebody is made a moderator, or is one no longer."""
        target: Document = {"target": f"{community.uri}/moderators"}
        return self._act("Add" if names else "Remove", by, community, person.uri, concerns=person, members=target)

    def lock(self, by: ActorRow, community: ActorRow, post: PostRow, reason: str) -> list[Outgoing]:
        """A thread, or what is below a comment, is closed."""
        return self._act("Lock", by, community, post.uri, post=post, members={"summary": reason})

    def unlock(self, by: ActorRow, community: ActorRow, post: PostRow) -> list[Outgoing]:
        """It is open again."""
        return self._act("Undo", by, community, self._quoted("Lock", by, community, post.uri), post=post)

    def remove(self, by: ActorRow, community: ActorRow, post: PostRow, author: ActorRow, reason: str) -> list[Outgoing]:
        """Somebody else's post is taken out: that there is a summary says so, whatever is in it."""
        members: Document = {"summary": reason}
        return self._act("Delete", by, community, post.uri, post=post, concerns=author, members=members)

    def restore(
        self, by: ActorRow, community: ActorRow, post: PostRow, author: ActorRow, reason: str
    ) -> list[Outgoing]:
        """It is back."""
        removal = self._quoted("Delete", by, community, post.uri) | {"summary": reason}
        return self._act("Undo", by, community, removal, post=post, concerns=author)

    def boost(self, community: ActorRow, boost: Boost, number: int) -> Outgoing:
        """A thread is shown again, by its id, to members whose software knows no groups."""
        uri = self._boost_uri(number)
        again = self._share(
            community,
            boost.post_uri,
            None,
            form=Form.MICROBLOG,
            is_content=True,
            is_kept=False,
            identity=(number, uri),
        )
        return replace(again, label=boost.label, post_id=boost.post_id)

    def undo_boost(self, community: ActorRow, boost: Boost) -> Outgoing:
        """It is not shown any more: what such software believes of a thread that somebody else wrote
        (spec/group-federation.md 7, 11).
        """
        number, uri = self._new()
        inner = self._inner(self._boost_uri(boost.boost_id), "Announce", community, boost.post_uri)
        document = self._activity(uri, "Undo", community, inner) | self._addressed(community)
        undone = self._outgoing(number, uri, "Undo", community, community, document, followers=True)
        return replace(undone, form=Form.MICROBLOG, label=boost.label, post_id=boost.post_id)

    def _boost_uri(self, number: int) -> str:
        return f"{self._base_url}/activities/{number}"

    def move(self, community: ActorRow, target: ActorRow, post: PostRow, reason: str) -> list[Outgoing]:
        """A post, with what is below it, is a thread of its own in another community of ours, or (the same again) in
        this one. By the community itself and for those alone who have part in the other (spec 12, NodeBB and PieFed).
        """
        if NOWHERE in (community.scope, target.scope):
            return []
        number, uri = self._new()
        document = self._activity(uri, "Move", community, post.uri) | {
            "to": [target.followers_url],
            "origin": community.uri,
            "target": target.uri,
            "context": render.thread_address(target.uri, post.id),
            "summary": reason,
        }
        moved = Outgoing(
            id=number,
            uri=uri,
            type="Move",
            actor_id=community.id,
            document=document,
            at=self._at,
            to_followers_of=target.id,
            # Behind what the community said of it before.
            community_id=community.id,
            label=post.label,
            post_id=post.id,
            form=Form.GROUP_AWARE,
        )
        return [moved]

    def anew(self, said: Said, wrapper: Showing | None) -> list[Outgoing]:
        """A post of ours in its new place: as if it were new, but that nobody who is named in it is told again."""
        return [one for one in self.create(said, wrapper) if one.form is not Form.ADDRESSED]

    def ban(
        self,
        by: ActorRow,
        community: ActorRow,
        person: ActorRow,
        *,
        identity: tuple[int, str],
        reason: str,
        ends_at: datetime | None,
        hides_data: bool,
    ) -> list[Outgoing]:
        """Somebody may not take part. Its end is said twice, since Lemmy reads `endTime` and Mbin `expires`."""
        members: Document = {"target": community.uri, "summary": reason, "removeData": hides_data}
        if ends_at is not None:
            members |= {"endTime": render.instant(ends_at), "expires": render.instant(ends_at)}
        return self._act("Block", by, community, person.uri, concerns=person, members=members, identity=identity)

    def unban(self, by: ActorRow, community: ActorRow, person: ActorRow, *, block_uri: str) -> list[Outgoing]:
        """They may again, and what was hidden is shown."""
        block = self._quoted("Block", by, community, person.uri) | {"id": block_uri, "target": community.uri}
        return self._act("Undo", by, community, block, concerns=person, members={"restoreData": True})

    def invite(self, community: ActorRow, document: Document, person: ActorRow) -> Outgoing:
        """A community asks somebody at a partner to join. Its document is inside, since its name finds nothing there
        (spec/group-federation.md 11).
        """
        number, uri = self._new()
        said = self._activity(uri, "Invite", community, document) | {"target": person.uri, "to": [person.uri]}
        return self._direct(number, uri, "Invite", community, said, person)

    def dissolve(self, by: ActorRow, community: ActorRow) -> list[Outgoing]:
        """The community is deleted: by itself, which everybody believes, and by a person, for group-aware peers."""
        number, uri = self._new()
        document = self._activity(uri, "Delete", community, community.uri) | self._addressed(community)
        farewell = self._outgoing(number, uri, "Delete", community, community, document, followers=True)
        said = self._activity(self._new()[1], "Delete", by, community.uri) | self._addressed(community)
        return [farewell, *self.relay(community, said)]

    def update_group(self, by: ActorRow, community: ActorRow, document: Document) -> list[Outgoing]:
        """The community changed: by itself, as Mastodon wants it, and by a person, for group-aware peers (10.5)."""
        said = self._activity(self._new()[1], "Update", by, document) | self._addressed(community)
        return [self.update_actor(community, document), *self.relay(community, said)]

    def _act(
        self,
        kind: str,
        by: ActorRow,
        community: ActorRow,
        content: object,
        *,
        post: PostRow | None = None,
        concerns: ActorRow | None = None,
        members: Document | None = None,
        identity: tuple[int, str] | None = None,
    ) -> list[Outgoing]:
        number, uri = identity or self._new()
        document = self._activity(uri, kind, by, content) | self._addressed(community) | (members or {})
        passed_on = self.relay(community, document, post, is_kept=post is not None)
        if concerns is None or concerns.is_local or not passed_on:
            return passed_on
        direct = self._outgoing(number, uri, kind, by, community, document, to=concerns)
        return [direct, *passed_on]

    def _outgoing(
        self,
        number: int,
        uri: str,
        kind: str,
        sender: ActorRow,
        community: ActorRow,
        document: Document,
        *,
        to: ActorRow | None = None,
        followers: bool = False,
    ) -> Outgoing:
        return Outgoing(
            id=number,
            uri=uri,
            type=kind,
            actor_id=sender.id,
            document=document,
            at=self._at,
            to_followers_of=community.id if followers else None,
            to_actors=(to.id,) if to else (),
            community_id=community.id,
            form=Form.ALL,
        )

    def _quoted(self, kind: str, by: ActorRow, community: ActorRow, content: str) -> Document:
        """An activity inside its Undo. Peers match by what it is about: its id is a new one."""
        inner = self._inner(self._new()[1], kind, by, content)
        return inner | self._addressed(community)

    @staticmethod
    def _addressed(community: ActorRow) -> Document:
        everybody = [PUBLIC] if render.is_public(community) else []
        return {"to": [community.uri, community.followers_url], "cc": everybody, "audience": community.uri}
