"""Who will read what somebody is about to write, in words (product rule 1 and section 3).

Sentences are English with their values apart; pages say them in the reader's language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.communities import LABELS, OPEN
from models.engine import ReadTx
from models.gate import Person
from models.queries import communities, readers
from models.queries.communities import CommunityRow
from models.queries.posts import PostRow
from models.queries.readers import Readers
from server.actions.barred import BY_ROLE, NO_PART, is_withheld
from server.actions.refusals import Refused
from server.http.languages import to_translate


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text of the catalogues, and what stands in its places."""

    message: str
    values: Mapping[str, str]

    def __str__(self) -> str:
        return self.message % self.values


async def of_community(tx: ReadTx, row: CommunityRow, label: int = 0) -> tuple[Readers, list[Sentence]]:
    """Who reads something with this label, or with the community's where that is higher; and the words for it."""
    found = await readers.of_community(tx, row.actor.id, max(label, row.actor.label or 0))
    return found, sentences(row, found)


async def explained(
    tx: ReadTx, viewer: Person, refused: Refused, community_id: int | None, parent: PostRow | None, wanted: str | None
) -> Refused:
    """A refusal to post in a community, with who would read it, where this person reads themselves.

    `wanted`: the label that they chose.
    """
    row = await communities.one(tx, community_id, viewer) if community_id is not None else None
    if row is None or not row.is_read or is_withheld(row.actor) or str(refused) in BY_ROLE:
        return refused
    label = max(LABELS.index(wanted) if wanted in LABELS else 0, parent.label if parent else 0)
    found = await readers.of_community(tx, row.actor.id, max(label, row.actor.label or 0))
    said = " ".join(str(one) for one in _who_reads(row, found))
    told = type(refused)(f"{refused}. Who would read it: {said}")
    # Pages say beside the form who would read it, and the reason in the language of who reads it.
    told.message, told.values = refused.message, refused.values
    return told


def sentences(row: CommunityRow, found: Readers) -> list[Sentence]:
    """The words: who reads here, who at other firms, where that is not ours to say, and which links rest."""
    if is_withheld(row.actor):
        return [Sentence(NO_PART, {"host": row.actor.host})]
    rests = to_translate("The link with %(firm)s is suspended since %(day)s: nothing goes either way for now.")
    days = {host: since.strftime("%Y-%m-%d") if since else "–" for host, since in found.resting}
    return _who_reads(row, found) + [Sentence(rests, {"firm": host, "day": day}) for host, day in days.items()]


def _who_reads(row: CommunityRow, found: Readers) -> list[Sentence]:
    firm = {"firm": row.actor.host}
    said = [Sentence(to_translate("Its members can read this, and nobody else."), {})]
    if row.actor.visibility == OPEN:
        said = [Sentence(to_translate("Everybody at %(firm)s who is signed in can read this."), firm)]
    if row.has_guests:
        said.append(Sentence(to_translate("Among those who read it are guests from outside the firm."), {}))
    if not row.actor.is_local:
        said.append(Sentence(to_translate("Which firms have members there is up to %(firm)s."), firm))
    elif found.firms:
        firms = {"firms": _listed(found.firms)}
        said.append(Sentence(to_translate("Members at %(firms)s read it as well."), firms))
    if found.lets_read:
        firms = {"firms": _listed(found.lets_read)}
        said.append(Sentence(to_translate("And so does whoever %(firms)s lets read, on public pages, too."), firms))
    return said


def _listed(hosts: Sequence[str]) -> str:
    return ", ".join(hosts)
