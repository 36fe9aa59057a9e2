"""What a push says: who wrote what, where something happened, or that something did, as the firm chose for the label
(`models/labels.py`). Above the lowest it is never content, and a private community is never named (product section 3).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from federation.vocab.markup import plain_text
from models.communities import PRIVATE
from models.labels import CONTENT, NOTHING, PLACE, Labels
from models.notifications import (
    ADMIN_REPORT,
    ADMIN_SIGN_UP,
    FAVOURITE,
    FOLLOW,
    FOLLOW_REQUEST,
    MENTION,
    POLL,
    STATUS,
    UPDATE,
)
from models.queries.pushes import Ready, Said
from server.http.languages import LANGUAGES, known, to_translate, translations

MAX_CHARACTERS: Final = 140

_TITLES: Final = {
    MENTION: to_translate("%(name)s mentioned you"),
    STATUS: to_translate("New in %(name)s"),
    FOLLOW: to_translate("%(name)s follows you now"),
    FOLLOW_REQUEST: to_translate("%(name)s asks to follow or to join"),
    FAVOURITE: to_translate("%(name)s likes your post"),
    POLL: to_translate("A poll has ended"),
    UPDATE: to_translate("%(name)s changed a post"),
    ADMIN_REPORT: to_translate("%(name)s asks you to look at something"),
    ADMIN_SIGN_UP: to_translate("%(name)s has an account here now"),
}
_NEWS: Final = to_translate("New notification from %(name)s")
_SEVERAL: Final = to_translate("%(count)s new notifications")
_SOMEWHERE: Final = to_translate("New activity in %(name)s")
_NOWHERE: Final = to_translate("New activity")


class PushMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The clear text, as apps read it (client API section 6)."""

    access_token: str
    preferred_locale: str
    notification_id: str
    notification_type: str
    icon: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Words:
    """Title and text of a push, and whether they show who did what."""

    title: str
    body: str
    shows_who: bool


class Wording:
    """The texts in both languages, read once."""

    def __init__(self, language: str) -> None:
        """`language` is for people who have chosen none."""
        self._language = language
        self._texts: Mapping[str, Callable[[str], str]] = {name: translations(name).gettext for name in LANGUAGES}

    def language_of(self, message: Ready) -> str:
        """The reader's language."""
        return known(message.language) or self._language

    def of_several(self, message: Ready, count: int) -> Words:
        """What stands for several that waited: how many."""
        text = self._texts[self.language_of(message)]
        return Words(text(_SEVERAL) % {"count": count}, "", shows_who=False)

    def of(self, message: Ready, labels: Labels) -> Words:
        """What the message says, under the labels as they are."""
        text = self._texts[self.language_of(message)]
        says, place = _says(message, labels), _place(message)
        if says != CONTENT:
            return Words(_cut(_where(place if says == PLACE else None, text)), "", shows_who=False)
        title = text(_TITLES.get(message.type, _NEWS)) % {"name": message.actor_name}
        return Words(_cut(title), _cut(_body(message.said)), shows_who=True)


def _says(message: Ready, labels: Labels) -> str:
    """What speaks of neither a post nor a community has no label: that somebody follows one now. What a private
    community does itself would name it, and what the server says tells of communities whatever their label.
    """
    if message.is_from_server or message.sender_visibility == PRIVATE:
        return NOTHING
    label = message.sender_label if message.said is None else message.said.label
    return CONTENT if label is None else labels.says(label)


def _place(message: Ready) -> str | None:
    """The community that it is about; None: there is none, or it is private."""
    if (said := message.said) is not None:
        return None if said.community_visibility == PRIVATE else said.community_name
    return None if message.sender_visibility == PRIVATE else message.actor_name


def _where(name: str | None, text: Callable[[str], str]) -> str:
    return text(_NOWHERE) if name is None else text(_SOMEWHERE) % {"name": name}


def _body(said: Said | None) -> str:
    if said is None:
        return ""
    if said.spoiler:
        return said.spoiler
    return " ".join(part for part in (said.title, plain_text(said.content_html)) if part)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 1]}…"
