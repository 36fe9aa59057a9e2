"""A host hands a community over to somebody else: choose who, and leave them a note (product J8)."""

from typing import Final

from federation.inbox import notice
from models.communities import HOST_ROLE, MEMBER_ROLE
from models.engine import WriteTx
from models.queries.actors import ActorRow
from server.actions.hosting import set_role
from server.actions.refusals import Invalid
from server.actions.seats import Here, Seat
from server.http.languages import to_translate

MAX_NOTE: Final = 2_000


async def hand_over(tx: WriteTx, here: Here, place: Seat, successor: ActorRow, note: str) -> None:
    """Another member hosts it in the place of whoever acts, who stays a member; they are told, with the note.

    Raises `NotAllowed`, `Invalid`, `NotThere`, as naming leaders does.
    """
    if successor.id == place.actor.id:
        raise Invalid(to_translate("You host it already: choose somebody else."))
    if len(note) > MAX_NOTE:
        raise Invalid(to_translate("A note has at most %(most)s characters."), most=MAX_NOTE)
    await set_role(tx, here, place, successor, HOST_ROLE)
    await set_role(tx, here, place, place.actor, MEMBER_ROLE)
    await notice.tell(tx, here, successor.id, _said(place, note), at=place.at)


def _said(place: Seat, note: str) -> str:
    english = f"{place.by} has handed {place.community.acct} over to you: you host it now."
    french = f"{place.by} vous a confié {place.community.acct} : c'est vous qui l'animez désormais."
    return "\n\n".join(text for text in (english, french, note) if text)
