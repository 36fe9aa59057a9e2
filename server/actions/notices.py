"""Letters to people about their accounts, put into the box in the transaction of what they tell of."""

from datetime import datetime

from models.engine import WriteTx
from models.mail import LOCKED, PASSWORD_CHANGED, PROOF, SIGN_IN
from models.queries import mail
from server.actions import accounts
from server.actions.local_actors import Here
from server.actions.refusals import Refused
from server.http.languages import to_translate
from server.notify.letter_box import LetterBox


async def sign_in_address(tx: WriteTx, here: Here, box: LetterBox, username: str, *, by: str) -> str:
    """Send somebody a one-time address to sign in; to which e-mail address. Raises `Refused`."""
    if not box.is_open:
        raise Refused(to_translate("No mail is set up: set ENTREPAIRS_SMTP_URL, or print the address."))
    secret = await accounts.create_sign_in_link(tx, here, username, by=by)
    person = await accounts.find(tx, username)
    to = await mail.addressee(tx, person.actor_id)
    assert to is not None, "a link was made for an open account"
    letter = box.desk(to).sign_in_address(here.config.url(f"/sign-in/once/{secret}"))
    await box.put(tx, to, letter, kind=SIGN_IN, at=here.clock.now())
    return to.email


async def password_changed(tx: WriteTx, box: LetterBox, actor_id: int, at: datetime) -> None:
    """Tell somebody that their password is another one now."""
    to = await mail.addressee(tx, actor_id) if box.is_open else None
    if to is not None:
        await box.put(tx, to, box.desk(to).password_changed(at), kind=PASSWORD_CHANGED, at=at)


async def proof_added(tx: WriteTx, box: LetterBox, actor_id: int, at: datetime) -> None:
    """Tell somebody that their account has one more second proof (threats T124)."""
    to = await mail.addressee(tx, actor_id) if box.is_open else None
    if to is not None:
        await box.put(tx, to, box.desk(to).proof_added(at), kind=PROOF, at=at)


async def proof_removed(tx: WriteTx, box: LetterBox, actor_id: int, at: datetime) -> None:
    """Tell somebody that a second proof of theirs is none any more (threats T124)."""
    to = await mail.addressee(tx, actor_id) if box.is_open else None
    if to is not None:
        await box.put(tx, to, box.desk(to).proof_removed(at), kind=PROOF, at=at)


async def locked(tx: WriteTx, box: LetterBox, actor_id: int, at: datetime) -> None:
    """Tell somebody that their account takes no password for a while; once an hour (threats T122)."""
    to = await mail.addressee(tx, actor_id) if box.is_open else None
    if to is not None:
        once = f"locked {actor_id} {at:%Y-%m-%dT%H}"
        await box.put(tx, to, box.desk(to).locked(at), kind=LOCKED, at=at, once_key=once)
