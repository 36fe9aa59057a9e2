"""Reports on their way (spec/group-federation.md 10.6): to a community's home, to its moderators, to an author's home.

They stand in no outbox and are served to nobody.
"""

from collections.abc import Sequence

import msgspec

from federation.vocab.compose import Composer
from federation.vocab.outgoing import Form, Outgoing
from federation.vocab.types import Document
from models.queries.actors import ActorRow


class Reporting(Composer):
    """Makes reports at one instant."""

    def flag(self, by: ActorRow, community: ActorRow, post_uri: str, reason: str) -> tuple[Document, Outgoing]:
        """What one of our people says of a post in a community, to the community; Mbin reads `content` alone."""
        number, uri = self._new()
        document = self._activity(uri, "Flag", by, post_uri) | {
            "to": [community.uri],
            "audience": community.uri,
            "summary": reason,
            "content": reason,
        }
        return document, self._owed(number, uri, "Flag", by, document, [community], Form.ALL)

    def forward(
        self, community: ActorRow, flag: Document | msgspec.Raw, receivers: Sequence[ActorRow]
    ) -> list[Outgoing]:
        """A community of ours shows a report to these alone, not to its members."""
        if not receivers:
            return []
        number, uri = self._new()
        document = self._activity(uri, "Announce", community, flag) | {
            "to": [one.uri for one in receivers],
            "audience": community.uri,
        }
        return [self._owed(number, uri, "Announce", community, document, receivers, Form.GROUP_AWARE)]

    def anonymous(
        self,
        server: ActorRow,
        author: ActorRow,
        post_uris: Sequence[str],
        reason: str,
        *,
        only_microblogs: bool = False,
    ) -> Outgoing:
        """A report to the author's server as Mastodon sends it: by the server, so that the reporter is not named."""
        number, uri = self._new()
        document = self._activity(uri, "Flag", server, [author.uri, *post_uris]) | {
            "to": [author.uri],
            "content": reason,
        }
        form = Form.MICROBLOG if only_microblogs else Form.ALL
        return self._owed(number, uri, "Flag", server, document, [author], form)

    def _owed(
        self,
        number: int,
        uri: str,
        kind: str,
        sender: ActorRow,
        document: Document,
        receivers: Sequence[ActorRow],
        form: Form,
    ) -> Outgoing:
        return Outgoing(
            id=number,
            uri=uri,
            type=kind,
            actor_id=sender.id,
            document=document,
            at=self._at,
            to_actors=tuple(one.id for one in receivers),
            form=form,
        )
