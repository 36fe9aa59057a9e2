"""What a digest says, and the address that stops it (RFC 8058).

Titles stand in it only under a label whose mail may show content, names of places only where they may be named: nothing
of a private community, and neither title nor name under a label that says nothing (`models/labels.py`, product
section 3).
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from federation.vocab.markup import plain_text
from models.communities import PRIVATE
from models.labels import CONTENT, NOTHING, Labels
from models.queries.digests import Digest, Item, Meeting
from models.queries.mail import Addressee
from models.vault import Vault, WrongKey
from server.http.languages import to_translate
from server.notify.letter_box import LetterBox
from server.notify.letters import Letter, one_line

MOST_TITLES: Final = 10
"""Of each part."""
MAX_TITLE: Final = 120

_Told = TypeVar("_Told", Item, Meeting)

_PURPOSE: Final = "digest stop"
_MAX_TOKEN: Final = 200
_SHORTEST_SEAL: Final = 29
"""A nonce, one byte and its tag."""

_HEADINGS: Final = (
    to_translate("Questions that wait for an answer"),
    to_translate("Answers that were accepted"),
    to_translate("Your own questions without an accepted answer"),
)
_MEETINGS: Final = to_translate("When your communities meet")
_IN_PLACE: Final = to_translate("In %(name)s: open it to see which.")
_SOMEWHERE: Final = to_translate("In a place that mail does not name: open your communities to see which.")
_MORE: Final = to_translate("And more, which you find in your communities.")


def stop_path(vault: Vault, actor_id: int) -> str:
    """Where somebody stops their digest without signing in. It is good as long as the account."""
    sealed = vault.seal(str(actor_id).encode(), _PURPOSE)
    return f"/digest/stop/{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"


def stopped_by(vault: Vault, token: str) -> int | None:
    """Whose digest a token stops; None where it is none of ours."""
    if not token.isascii() or len(token) > _MAX_TOKEN:
        return None
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return int(vault.open(sealed, _PURPOSE)) if len(sealed) >= _SHORTEST_SEAL else None
    except (binascii.Error, WrongKey):
        return None


def digest_letter(
    box: LetterBox, to: Addressee, told: Digest, rules: Labels, *, held_back: int, stopped_at: str
) -> Letter:
    """The letter. `stopped_at`: the path of `stop_path`."""
    desk, base = box.desk(to), box.settings.base_url
    stop = f"{base}{stopped_at}"

    def question(one: Item) -> str:
        return f"- {_title(one)} ({one_line(one.community_name)})\n  {base}/t/{one.id}"

    def meeting(one: Meeting) -> str:
        about = f"- {desk.moment(one.at)}: {one_line(one.title)} ({one_line(one.community_name)})"
        return f"{about}\n  {base}/c/{one.community}/rituals"

    parts = zip(_HEADINGS, (told.questions, told.accepted, told.own), strict=True)
    paragraphs = [_part(desk.text, heading, items, rules, question) for heading, items in parts if items]
    if told.meetings:
        paragraphs.append(_part(desk.text, _MEETINGS, told.meetings, rules, meeting))
    if held_back:
        count = to_translate("Notices that were not pushed to you, because five a day are the most: %(count)s.")
        paragraphs.append(desk.text(count) % {"count": held_back})
    paragraphs.append(desk.text(to_translate("How often you get this you choose on your page:")) + f"\n{_me(box)}")
    paragraphs.append(desk.text(to_translate("To get it no more, open this and press the button:")) + f"\n{stop}")
    subject = desk.text(to_translate("Your digest of %(domain)s")) % {"domain": box.settings.domain}
    return desk.written(subject, paragraphs, stop=stop)


def _me(box: LetterBox) -> str:
    return f"{box.settings.base_url}/me#digest"


def _part(
    text: Callable[[str], str], heading: str, items: Sequence[_Told], rules: Labels, line: Callable[[_Told], str]
) -> str:
    """A heading; what may be shown, with its address; then the places of what may not be, each once."""
    shown = [one for one in items if one.visibility != PRIVATE and rules.says(one.label) == CONTENT]
    others = [one for one in items if one not in shown]
    named = [one for one in others if one.visibility != PRIVATE and rules.says(one.label) != NOTHING]
    lines: list[str] = [line(one) for one in shown[:MOST_TITLES]]
    places = dict.fromkeys(one_line(one.community_name) for one in named)
    lines += [f"- {text(_IN_PLACE) % {'name': name}}" for name in places]
    if len(named) < len(others):
        lines.append(f"- {text(_SOMEWHERE)}")
    if len(shown) > MOST_TITLES:
        lines.append(f"- {text(_MORE)}")
    return "\n".join([text(heading), *lines])


def _title(one: Item) -> str:
    """What stands over it: a warning that its author gave, its title, or how it begins."""
    title = one_line(one.spoiler or one.title or plain_text(one.content_html))
    return title if len(title) <= MAX_TITLE else f"{title[: MAX_TITLE - 1]}…"
