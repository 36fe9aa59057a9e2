"""Posts from partners that a community of ours does not show: their authors are told why, in private (product J5).

Nobody is told of a community whose actor would not answer them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from federation.errors import Denied
from federation.runtime import Maker
from federation.vocab.compose import Composer
from federation.vocab.outgoing import Outgoing
from models.queries.actors import ActorRow

_WHY = {
    "member": (
        "you are not a member of this community. Follow it first, and send the post again.",
        "vous n'êtes pas membre de cette communauté. Suivez-la d'abord, puis renvoyez le message.",
    ),
    "banned": (
        "you may not take part in this community at the moment. Ask its hosts.",
        "vous ne pouvez pas participer à cette communauté en ce moment. Demandez à ses animateurs.",
    ),
    "closed": (
        "only those who lead this community write there.",
        "seules les personnes qui animent cette communauté y écrivent.",
    ),
    "audience": (
        "it is not addressed to everybody who reads this community. Choose another visibility, and send it again.",
        "il ne s'adresse pas à toutes les personnes qui lisent cette communauté. Choisissez une autre visibilité, puis "
        "renvoyez-le.",
    ),
    "elsewhere": (
        "it says that it belongs to another one. Write to this community in a post of its own.",
        "il indique qu'il appartient à une autre communauté. Écrivez à celle-ci dans un message à part.",
    ),
    "several": (
        "it names several communities of ours, and a post goes to one. Keep one of them, and send it again.",
        "il nomme plusieurs de nos communautés, et un message n'est destiné qu'à une seule. N'en gardez qu'une, puis "
        "renvoyez-le.",
    ),
}


class Unwelcome(Denied):
    """Denied, with what its author is to be told."""

    def __init__(self, message: str, *, uri: str, told: Sequence[Outgoing]) -> None:
        super().__init__(message, reason="not_authorized", uri=uri)
        self.told = list(told)


@dataclass(frozen=True, slots=True)
class Refused:
    """Whose post a community does not show."""

    community: ActorRow
    author: ActorRow
    uri: str


def unwelcome(maker: Maker, at: datetime, message: str, refused: Refused, *, why: str, knows: bool) -> Unwelcome:
    """The refusal of a post. `knows`: the author belongs to the community, so that nothing new is said to them."""
    community, author, uri = refused.community, refused.author, refused.uri
    if not (knows or community.answers_anybody):
        return Unwelcome(message, uri=uri, told=[])
    english, french = _WHY[why]
    name = escape(community.acct, quote=False)
    html = (
        f"<p>@{name}: your post is not shown, because {english}</p><p>Votre message n'est pas publié, car {french}</p>"
    )
    return Unwelcome(message, uri=uri, told=[Composer(maker, at).explain(community, author, uri, html)])
