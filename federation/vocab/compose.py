"""Activities of ours, as `Outgoing`: who says it, what, and who is to hear it.

In a community of ours the community speaks: it announces every activity whole to group-aware peers, and a new thread's
id to microblog peers (spec/group-federation.md 7). In a partner's community our people speak to the community, which
announces it to everybody else, us included.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from federation.runtime import Maker, Prover
from federation.vocab import render
from federation.vocab.audience import PUBLIC
from federation.vocab.context import POST_CONTEXT
from federation.vocab.microblogs import for_microblogs
from federation.vocab.outgoing import Form, Outgoing, Showing
from federation.vocab.types import Document
from models.communities import NOWHERE
from models.posts import DIRECT
from models.queries.actors import ActorRow
from models.queries.polls import PollRow
from models.queries.posts import PostRow


@dataclass(frozen=True, slots=True)
class Said:
    """A post with everybody that matters for sending something about it."""

    post: PostRow
    author: ActorRow
    community: ActorRow | None
    mentioned: tuple[ActorRow, ...] = ()
    parent_author: ActorRow | None = None
    poll: PollRow | None = None
    """Of a Question."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One answer that somebody chose: the ids of the activity and of the vote in it, the answer's number and text."""

    number: int
    activity_uri: str
    uri: str
    choice: int
    name: str


class Composer:
    """Makes activities with fresh ids at one instant."""

    def __init__(self, runtime: Maker, at: datetime) -> None:
        self._runtime = runtime
        self._base_url = runtime.config.base_url
        self._at = at

    def _new(self) -> tuple[int, str]:
        number = self._runtime.tokens.next_id(self._at)
        return number, f"{self._base_url}/activities/{number}"

    # --- follows ---

    def follow(self, uri: str, number: int, follower: ActorRow, target: ActorRow) -> Outgoing:
        """A wish to follow, or to join; `uri` and `number` are those stored with the follow."""
        document = self._activity(uri, "Follow", follower, target.uri) | {"to": [target.uri]}
        return _in_turn(self._direct(number, uri, "Follow", follower, document, target), target)

    def new_follow(self, follower: ActorRow, target: ActorRow) -> Outgoing:
        """A wish to follow under a fresh id, in place of one that was not answered."""
        number, uri = self._new()
        return self.follow(uri, number, follower, target)

    def undo_follow(
        self, follow_uri: str, follower: ActorRow, target: ActorRow, *, by: ActorRow | None = None
    ) -> Outgoing:
        """Leave; the Follow is embedded, since some peers make up new ids for it. `by`: our server, which withdraws."""
        number, uri = self._new()
        sender, inner = by or follower, self._inner(follow_uri, "Follow", follower, target.uri)
        document = self._activity(uri, "Undo", sender, inner) | {"to": [target.uri]}
        return _in_turn(self._direct(number, uri, "Undo", sender, document, target), target)

    def answer(self, kind: str, follow_uri: str, follower: ActorRow, target: ActorRow) -> Outgoing:
        """`Accept` or `Reject` a Follow, quoting the peer's own id exactly (threats T202)."""
        number, uri = self._new()
        inner = self._inner(follow_uri, "Follow", follower, target.uri)
        document = self._activity(uri, kind, target, inner) | {"to": [follower.uri]}
        return self._direct(number, uri, kind, target, document, follower)

    def welcome(self, follow_uri: str, follower: ActorRow, target: ActorRow) -> Outgoing:
        """`Accept` a Follow that was not accepted before."""
        accepted = self.answer("Accept", follow_uri, follower, target)
        return replace(accepted, opens_history=target.is_community)

    def block(self, uri: str, number: int, blocker: ActorRow, target: ActorRow) -> Outgoing:
        """A personal block, for the blocked person's server alone (spec/group-federation.md 10.3)."""
        document = self._activity(uri, "Block", blocker, target.uri) | {"to": [target.uri]}
        return self._direct(number, uri, "Block", blocker, document, target)

    def undo_block(self, block_uri: str, blocker: ActorRow, target: ActorRow) -> Outgoing:
        """Take a personal block back."""
        number, uri = self._new()
        inner = self._inner(block_uri, "Block", blocker, target.uri)
        document = self._activity(uri, "Undo", blocker, inner) | {"to": [target.uri]}
        return self._direct(number, uri, "Undo", blocker, document, target)

    def _direct(
        self, number: int, uri: str, kind: str, sender: ActorRow, document: Document, receiver: ActorRow
    ) -> Outgoing:
        return Outgoing(
            id=number,
            uri=uri,
            type=kind,
            actor_id=sender.id,
            document=document,
            at=self._at,
            to_actors=(receiver.id,),
        )

    # --- posts ---

    def create(self, said: Said, showing: Showing | None = None) -> list[Outgoing]:
        """A new post of ours, and what our community makes of it."""
        return self._about(said, "Create", self._object(said), is_content=True, showing=showing)

    def update(self, said: Said) -> list[Outgoing]:
        """A changed post of ours."""
        return self._about(said, "Update", self._object(said), is_content=True)

    def explain(self, community: ActorRow, author: ActorRow, post_uri: str, html: str) -> Outgoing:
        """A private message of a community to somebody at a partner: why it does not show what they sent (J5)."""
        number, uri = self._new()
        note: Document = {
            "id": f"{uri}#note",
            "type": "Note",
            "attributedTo": community.uri,
            "to": [author.uri],
            "content": html,
            "mediaType": "text/html",
            "published": render.instant(self._at),
            "inReplyTo": post_uri,
            "tag": [{"type": "Mention", "href": author.uri, "name": f"@{author.acct}"}],
        }
        document = self._activity(uri, "Create", community, note) | {"to": [author.uri]}
        return self._direct(number, uri, "Create", community, document, author)

    def accepted(self, said: Said, answer_uri: str | None) -> list[Outgoing]:
        """Who asked accepted an answer, or (None) takes it back: the question as it was, with that."""
        return self._about(said, "Update", self._object(said) | {"acceptedAnswer": answer_uri}, is_content=True)

    def delete(self, said: Said, by: ActorRow, reason: str | None = None) -> list[Outgoing]:
        """A post is gone; with a reason where somebody else than the author removed it."""
        tombstone: Document = {"id": said.post.uri, "type": "Tombstone"}
        extra: Document = {} if reason is None else {"summary": reason}
        return self._about(said, "Delete", tombstone, by=by, extra=extra)

    def delete_for(self, post_uri: str, by: ActorRow, receiver: ActorRow) -> Outgoing:
        """A post that somebody's server may no longer have is gone for it; for no other server."""
        number, uri = self._new()
        tombstone: Document = {"id": post_uri, "type": "Tombstone"}
        document = self._activity(uri, "Delete", by, tombstone) | {"to": [receiver.uri]}
        return self._direct(number, uri, "Delete", by, document, receiver)

    def like(self, said: Said, by: ActorRow, uri: str, number: int) -> list[Outgoing]:
        """A like; `uri` and `number` are those stored with it."""
        return self._about(said, "Like", said.post.uri, by=by, identity=(number, uri))

    def new_vote(self) -> tuple[int, str, str]:
        """The ids of a `Vote`."""
        number, uri = self._new()
        return number, uri, f"{uri}#vote"

    def vote(self, question: PostRow, author: ActorRow, voter: ActorRow, vote: Vote) -> Outgoing:
        """A vote, for the server alone that counts: that of the poll's author (spec/group-federation.md 9)."""
        note: Document = {
            "id": vote.uri,
            "type": "Note",
            "attributedTo": voter.uri,
            "to": [author.uri],
            "name": vote.name,
            "inReplyTo": question.uri,
        }
        document = self._activity(vote.activity_uri, "Create", voter, note) | {"to": [author.uri]}
        return self._direct(vote.number, vote.activity_uri, "Create", voter, document, author)

    def undo_like(self, said: Said, by: ActorRow, like_uri: str) -> list[Outgoing]:
        """A like taken back."""
        return self._about(said, "Undo", self._inner(like_uri, "Like", by, said.post.uri), by=by)

    def _object(self, said: Said) -> Document:
        return render.post(
            said.post,
            author=said.author,
            community=said.community,
            mentioned=said.mentioned,
            base_url=self._base_url,
            poll=said.poll,
            at=self._at,
        )

    def _about(
        self,
        said: Said,
        kind: str,
        content: object,
        *,
        by: ActorRow | None = None,
        identity: tuple[int, str] | None = None,
        extra: Document | None = None,
        is_content: bool = False,
        showing: Showing | None = None,
    ) -> list[Outgoing]:
        """One activity about a post, addressed as the post is, and our community's announcement of it."""
        sender, community = by or said.author, said.community
        number, uri = identity or self._new()
        people, kept = said.mentioned, said.post.audience
        to, cc = render.addressing(audience=kept, author=said.author, community=community, mentioned=people)
        audience: Document = {"audience": community.uri} if community is not None else {}
        document = self._activity(uri, kind, sender, content) | {"to": to, "cc": cc} | audience | (extra or {})
        own = Outgoing(
            id=number,
            uri=uri,
            type=kind,
            actor_id=sender.id,
            document=document,
            at=self._at,
            to_followers_of=self._followers_concerned(said, sender),
            to_actors=self._direct_receivers(said, sender),
            community_id=community.id if community else None,
            label=said.post.label,
            post_id=said.post.id,
            has_content=is_content,
            in_outbox=kind == "Create",
            prover=self._prover(community),
        )
        itself = [own, *for_microblogs(own, said.post, said.author, community, said.mentioned)]
        if community is None or not community.is_local:
            return itself
        return [*itself, *self.announce(community, document, said, inner_type=kind, showing=showing)]

    def _prover(self, community: ActorRow | None) -> Prover | None:
        """Proofs are for what anybody may be shown: a proof can be passed on, and cannot be denied (signatures 6.3)."""
        return self._runtime.prover if community is not None and render.is_public(community) else None

    @staticmethod
    def _followers_concerned(said: Said, sender: ActorRow) -> int | None:
        """The author's followers hear what the author says outside of communities, other than directly."""
        is_personal = said.community is None and said.post.audience != DIRECT
        return said.author.id if is_personal and sender.id == said.author.id else None

    @staticmethod
    def _direct_receivers(said: Said, sender: ActorRow) -> tuple[int, ...]:
        """A partner's community hears of it directly; so do the people concerned where no community speaks."""
        receivers: list[ActorRow] = []
        if said.community is not None:
            receivers.append(said.community)
        elif sender.id == said.author.id:
            receivers += [*said.mentioned, *([said.parent_author] if said.parent_author else [])]
        if sender.id != said.author.id:
            receivers.append(said.author)
        return tuple(receiver.id for receiver in receivers if not receiver.is_local)

    # --- what a community announces ---

    def announce(
        self,
        community: ActorRow,
        activity: Document | msgspec.Raw,
        said: Said,
        *,
        inner_type: str,
        showing: Showing | None = None,
    ) -> list[Outgoing]:
        """A local community passes an accepted activity on, byte for byte where it came from outside."""
        if community.scope == NOWHERE:
            return []
        is_content = inner_type in ("Create", "Update")
        whole = self._share(
            community,
            activity,
            said.post,
            by=said.author if isinstance(activity, msgspec.Raw) else None,
            form=Form.GROUP_AWARE,
            is_content=is_content,
            is_kept=is_content or inner_type == "Delete",
            identity=showing and showing.whole,
        )
        if inner_type != "Create" or said.post.parent_uri is not None or not render.is_public(community):
            # The id alone is of no use where the post cannot be fetched (spec/group-federation.md 11).
            return [whole]
        by_id = self._share(
            community,
            said.post.uri,
            said.post,
            form=Form.MICROBLOG,
            is_content=True,
            is_kept=False,
            identity=showing and showing.by_id,
            also_to=said.author.uri,
        )
        return [whole, by_id]

    def relay(
        self,
        community: ActorRow,
        activity: Document | msgspec.Raw,
        post: PostRow | None = None,
        *,
        by: ActorRow | None = None,
        is_kept: bool = False,
    ) -> list[Outgoing]:
        """A local community passes on what was done in it, whole: only group-aware peers understand it.

        `by`: whoever did it, elsewhere. `is_kept`: stands in its outbox, for peers that were away. Never votes, bans
        and reports.
        """
        if community.scope == NOWHERE:
            return []
        form = Form.GROUP_AWARE
        return [self._share(community, activity, post, by=by, form=form, is_content=False, is_kept=is_kept)]

    def _share(
        self,
        community: ActorRow,
        content: object,
        post: PostRow | None,
        *,
        form: Form,
        is_content: bool,
        is_kept: bool,
        by: ActorRow | None = None,
        identity: tuple[int, str] | None = None,
        also_to: str | None = None,
    ) -> Outgoing:
        number, uri = identity or self._new()
        document = self._activity(uri, "Announce", community, content) | {
            "to": [community.uri, community.followers_url],
            "cc": [*([PUBLIC] if render.is_public(community) else []), *([also_to] if also_to else [])],
            "audience": community.uri,
        }
        if by is not None and not by.is_local:
            document |= render.vouching(by)
        return Outgoing(
            id=number,
            uri=uri,
            type="Announce",
            actor_id=community.id,
            document=document,
            at=self._at,
            to_followers_of=community.id,
            community_id=community.id,
            label=post.label if post else 0,
            post_id=post.id if post else None,
            form=form,
            has_content=is_content,
            in_outbox=is_kept,
            prover=self._prover(community),
        )

    # --- the actor itself ---

    def update_actor(self, actor: ActorRow, document: Document) -> Outgoing:
        """A changed profile, signed by the actor itself: nobody believes it from anyone else."""
        number, uri = self._new()
        activity = self._activity(uri, "Update", actor, document) | {"to": [actor.followers_url or PUBLIC], "cc": []}
        return Outgoing(
            id=number,
            uri=uri,
            type="Update",
            actor_id=actor.id,
            document=activity,
            at=self._at,
            to_followers_of=actor.id,
            community_id=actor.id if actor.is_community else None,
            prover=self._prover(actor if actor.is_community else None),
        )

    # --- shapes ---

    def _activity(self, uri: str, kind: str, sender: ActorRow, content: object) -> Document:
        return {
            "@context": POST_CONTEXT,
            "id": uri,
            "type": kind,
            "actor": sender.uri,
            "object": content,
            "published": render.instant(self._at),
        }

    @staticmethod
    def _inner(uri: str, kind: str, sender: ActorRow, target: str) -> Document:
        return {"id": uri, "type": kind, "actor": sender.uri, "object": target}


def _in_turn(outgoing: Outgoing, target: ActorRow) -> Outgoing:
    """Joining and leaving a community are in order with what is said there: only members may say it."""
    return replace(outgoing, ordered_in=target.id if target.is_community else None)
