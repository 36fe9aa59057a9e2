"""What people and communities say about themselves, as it is shown: links, names and hashtags lead somewhere
(client API section 8).

Unlike a post, a profile is read by people and partners whom nobody chose: a name leads somewhere only where anybody
may know of who has it, so that no link tells that a community exists which is private or kept inside (threats T153).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from federation.vocab.typed_text import MentionLink, from_text, hashtag_url, links_by_handle
from models.actors import APPLICATION
from models.engine import ReadTx
from models.queries import actors
from models.queries.actors import ActorRow
from server.actions.local_actors import Here
from server.actions.writing import handles_in


@dataclass(frozen=True, slots=True)
class Words:
    """Whom the texts of a profile name; makes HTML of them."""

    mentions: dict[str, MentionLink]
    base_url: str

    def html(self, text: str) -> str:
        """Of a note, in paragraphs; empty for blank text."""
        return from_text(text, self.mentions, lambda tag: hashtag_url(self.base_url, tag))

    def line(self, text: str) -> str:
        """Of the value of a field, which stands in no paragraph of its own."""
        return self.html(text).removeprefix("<p>").removesuffix("</p>")


async def words_of(tx: ReadTx, here: Here, texts: Sequence[str]) -> Words:
    """How texts of somebody here are shown. Only names that are known here already are looked up."""
    domain = here.config.domain
    found = await actors.of_handles(tx, handles_in("\n".join(texts), domain))
    known = [one for one in found.values() if _is_known_to_all(one)]
    links = links_by_handle([(one.username, one.host, one.url) for one in known], domain)
    return Words(links, here.config.base_url)


def _is_known_to_all(actor: ActorRow) -> bool:
    """Anybody may know of them (`is_findable`), and their own server has told of them."""
    return actor.type != APPLICATION and actor.is_findable and actor.vouched_by is None
