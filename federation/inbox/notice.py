"""What the server itself says to one of our people in private, where no app has a place for it; it stays here."""

import re
from datetime import datetime
from typing import Final

import msgspec

from federation.runtime import Maker
from federation.vocab.typed_text import from_text
from models.engine import WriteTx
from models.moderation import APPEAL_DAYS
from models.posts import DIRECT
from models.queries import actors
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from models.writes import conversations, notifications, posts
from models.writes.posts import NewPost

_EXCERPT_CHARACTERS: Final = 80
_NO_BREAK: Final = "\u00a0"
_FRENCH_SPACE: Final = re.compile(r"(?<=«) | (?=[:;?!»])")


async def tell(tx: WriteTx, maker: Maker, person_id: int, text: str, *, at: datetime, label: int = 0) -> None:
    """Say something to one person, in the name of the server: a direct post, and the notification of it.

    `label`: of what it is about; a push shows no more than that allows.
    """
    speaker = await actors.by_uri(tx, maker.config.url("/actor"))
    if speaker is None:
        return
    number = maker.tokens.next_id(at)
    row = NewPost(
        id=number,
        uri=maker.config.url(f"/objects/{number}"),
        url=maker.config.url(f"/t/{number}"),
        author_id=speaker.id,
        audience=DIRECT,
        thread_id=number,
        content_html=from_text(typeset(text), {}, None),
        label=label,
        mentioned=[person_id],
        published_at=at,
        received_at=at,
    )
    await posts.add(tx, [row])
    await notifications.tell(
        tx, [notifications.telling(at=at, author_id=speaker.id, post_id=number, named=[person_id])]
    )
    heard = conversations.heard(row.as_row(), [person_id], maker.tokens.next_id)
    await conversations.add(tx, [one for one in heard if one.actor_id == person_id])


def typeset(text: str) -> str:
    """What the server says in French, where no line begins with a colon or ends with a quotation mark."""
    return _FRENCH_SPACE.sub(_NO_BREAK, text)


async def tell_of_removal(
    tx: WriteTx, maker: Maker, author: ActorRow, community: ActorRow, post: PostRow, reason: str, *, at: datetime
) -> None:
    """A moderator took a post of one of our people out: from where, which one, and why (product J8)."""
    if not author.is_local:
        # Their own server hears of it, and tells them.
        return
    what = _excerpt(post)
    english = f"Your post in {community.acct} was taken out by those who lead it: “{what}”."
    french = f"Votre message dans {community.acct} a été retiré par les personnes qui l'animent : « {what} »."
    await _explain(tx, maker, author, community, english, french, reason, at=at)


def _excerpt(post: PostRow) -> str:
    return (post.title or post.source.strip().partition("\n")[0])[:_EXCERPT_CHARACTERS]


class Relocated(msgspec.Struct, frozen=True):
    """A post that is somewhere else now."""

    source: ActorRow
    target: ActorRow | None
    """The same where it only became a thread of its own; None: its author may not know of it."""
    post: PostRow
    reason: str


async def tell_of_relocation(tx: WriteTx, maker: Maker, author: ActorRow, told: Relocated, *, at: datetime) -> None:
    """Those who lead a community moved a thread of one of our people, or made one of their answer (product J8)."""
    if not author.is_local:
        # Their own server hears of it, and tells them.
        return
    what, source, target = _excerpt(told.post), told.source.acct, told.target.acct if told.target else None
    where, lieu = target or "another community", target or "une autre communauté"
    english = f"Those who lead {source} moved your thread “{what}” to {where}."
    french = f"Les personnes qui animent {source} ont déplacé votre fil « {what} » vers {lieu}."
    if target == source:
        english = f"Those who lead {source} made a thread of its own of your answer “{what}”."
        french = f"Les personnes qui animent {source} ont fait de votre réponse « {what} » un fil à part."
    if told.reason:
        english, french = f"{english} The reason: {told.reason}", f"{french} Le motif : {told.reason}"
    await tell(tx, maker, author.id, f"{english}\n\n{french}", at=at)


async def tell_of_ban(
    tx: WriteTx,
    maker: Maker,
    person: ActorRow,
    community: ActorRow,
    reason: str,
    *,
    ends_at: datetime | None,
    at: datetime,
) -> None:
    """One of our people may not take part in a community for a time, or (None) for good: where, until when, and why."""
    if person.is_local:
        until = f" until {ends_at:%Y-%m-%d %H:%M} UTC" if ends_at else ""
        jusque = f" jusqu'au {ends_at:%Y-%m-%d %H:%M} UTC" if ends_at else ""
        english = f"You may read in {community.acct} but not take part{until}."
        french = f"Vous pouvez lire dans {community.acct} mais pas y participer{jusque}."
        await _explain(tx, maker, person, community, english, french, reason, at=at)


async def tell_of_end(tx: WriteTx, maker: Maker, person: ActorRow, community: ActorRow, *, at: datetime) -> None:
    """One of our people is no member of a community any more, by the word of those who lead it."""
    if person.is_local:
        english = f"You are no member of {community.acct} any more: those who lead it have ended your membership."
        french = f"Vous n'êtes plus membre de {community.acct} : les personnes qui l'animent y ont mis fin."
        await _explain(tx, maker, person, community, english, french, "", at=at)


async def tell_of_withdrawal(tx: WriteTx, maker: Maker, person: ActorRow, community: ActorRow, *, at: datetime) -> None:
    """Our administrators withdrew one of our people from a partner's community (product J9)."""
    english = f"You are no member of {community.acct} any more: the administrators of your firm have withdrawn you."
    french = f"Vous n'êtes plus membre de {community.acct} : l'administration de votre entreprise vous en a retiré·e."
    await tell(tx, maker, person.id, f"{english}\n\n{french}", at=at)


async def tell_of_withdrawn_posts(tx: WriteTx, maker: Maker, person: ActorRow, community: str, *, at: datetime) -> None:
    """Our administrators took back what one of our people wrote in a partner's community (product section 9)."""
    english = f"The administrators of your firm have deleted what you wrote in {community}, there and here."
    french = f"L'administration de votre entreprise a supprimé vos messages dans {community}, là-bas et ici."
    await tell(tx, maker, person.id, f"{english}\n\n{french}", at=at)


async def tell_of_readmission(
    tx: WriteTx, maker: Maker, person: ActorRow, community: ActorRow, *, at: datetime
) -> None:
    """One of our people may ask to join a partner's community again."""
    english = f"The administrators of your firm let you ask to join {community.acct} again."
    french = f"L'administration de votre entreprise vous permet de demander à rejoindre {community.acct}."
    await tell(tx, maker, person.id, f"{english}\n\n{french}", at=at)


async def _explain(
    tx: WriteTx,
    maker: Maker,
    person: ActorRow,
    community: ActorRow,
    english: str,
    french: str,
    reason: str,
    *,
    at: datetime,
) -> None:
    """What was done and why, and how to appeal: of what was done at a partner, by a letter between administrators."""
    if reason:
        english, french = f"{english} The reason: {reason}", f"{french} Le motif : {reason}"
    if community.is_local:
        where = maker.config.url("/me/appeals")
        english = f"{english} You can appeal once, within {APPEAL_DAYS} days: {where}"
        french = f"{french} Vous pouvez faire appel une fois, dans les {APPEAL_DAYS} jours : {where}"
    else:
        english = f"{english} If you disagree, the administrators of your firm can put it to those of {community.host}."
        french = f"{french} Si vous n'êtes pas d'accord, l'administration de votre entreprise peut saisir celle de"
        french = f"{french} {community.host}."
    await tell(tx, maker, person.id, f"{english}\n\n{french}", at=at)
