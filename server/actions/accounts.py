"""People of this firm: giving somebody an account, a token, taking the account away, giving it back.

Every act leaves its audit entry in the same transaction (threats T129). `by` is who acts: a handle, or the operator.
"""

import re
from datetime import timedelta

import msgspec

from models.accounts import AUDITOR, GUEST, MEMBER, OBSERVER, OFFICES, ROLES
from models.engine import ReadTx, WriteTx
from models.guests import GUEST_TERM
from models.queries import follows, identity, roster
from models.queries.roster import AccountRow
from models.writes import accounts, audit, factors, mail, oauth, scheduled, sessions, state
from server.actions import auditors, leaving, local_actors, names
from server.actions.local_actors import Here, Keys
from server.actions.refusals import NotThere, Refused
from server.actions.secret_hash import secret_hash
from server.http.languages import to_translate

MAX_EMAIL, MAX_DISPLAY_NAME = 320, 100
LINK_LIFE = timedelta(hours=24)
"""How long a one-time sign-in address is good."""

_IS_SUSPENDED = to_translate("%(name)s is suspended. Resume the account first.")
_IS_LAST_ADMIN = to_translate("%(name)s is the last administrator. Name another one first.")
_KNOWS_NAMES = to_translate(
    "%(name)s belongs to a community or follows somebody, and observers see no names: they leave first."
)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+")


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a person who is to have an account."""

    username: str
    email: str
    display_name: str = ""
    role: str = "member"
    password_hash: str | None = None

    def __repr__(self) -> str:
        return f"NewAccount(username={self.username!r}, role={self.role!r})"


class Made(msgspec.Struct, frozen=True):
    """What was made, by all of its names."""

    id: int
    username: str
    acct: str
    uri: str


async def create_account(tx: WriteTx, here: Here, new: NewAccount, keys: Keys, *, by: str) -> Made:
    """Give a person an actor and an account. Raises `Refused` for a name or an address that cannot be given."""
    at = here.clock.now()
    if new.role not in ROLES:
        raise Refused(to_translate("There is no role “%(role)s”: %(known)s."), role=new.role, known=", ".join(ROLES))
    if len(new.display_name) > MAX_DISPLAY_NAME:
        raise Refused(to_translate("The name has at most %(most)s characters."), most=MAX_DISPLAY_NAME)
    email = _folded_email(new.email)
    actor = local_actors.person(here, names.folded(new.username), new.display_name, at)
    made = Made(actor.id, actor.username, f"{actor.username}@{actor.host}", actor.uri)
    await audit.append(tx, at=at, actor=by, action="user.create", object=made.acct, details={"role": new.role})
    await names.require_free(tx, actor.username)
    await leaving.free_address(tx, email, at)
    if await roster.is_email_used(tx, email):
        raise Refused(to_translate("Somebody here has the address %(email)s already."), email=email)
    await local_actors.add(tx, here, actor, keys)
    await accounts.add(tx, actor_id=actor.id, email=email, password_hash=new.password_hash, role=new.role, at=at)
    return made


def _folded_email(text: str) -> str:
    email = text.strip().lower()
    if len(email) > MAX_EMAIL or not _EMAIL.fullmatch(email):
        raise Refused(to_translate("“%(text)s” is not an e-mail address."), text=text)
    return email


async def create_token(tx: WriteTx, here: Here, username: str, scopes: str, *, by: str) -> str:
    """A token by which a program acts as the person; shown once, of which only the hash is kept.

    The caller has looked that the scopes exist. Raises `Refused` for an unknown or suspended person.
    """
    at = here.clock.now()
    person = await find(tx, username)
    if person.suspended_at is not None:
        raise Refused(_IS_SUSPENDED, name=person.username)
    secret = here.tokens.secret()
    await audit.append(tx, at=at, actor=by, action="user.token", object=_acct(person), details={"scopes": scopes})
    await oauth.add_token(
        tx, token_hash=secret_hash(secret), app_id=None, actor_id=person.actor_id, scopes=scopes, now=at
    )
    return secret


async def create_sign_in_link(tx: WriteTx, here: Here, username: str, *, by: str) -> str:
    """The secret of a one-time address, good for a day, by which the person signs in and chooses a password.

    It takes the place of earlier ones. Raises `Refused` for an unknown or suspended person, and where passwords are
    given up.
    """
    at = here.clock.now()
    person = await find(tx, username)
    if not await identity.may_use_password(tx, person.actor_id):
        raise Refused(to_translate("Passwords are given up here: people sign in at the company."))
    if person.suspended_at is not None:
        raise Refused(_IS_SUSPENDED, name=person.username)
    secret = here.tokens.secret()
    await audit.append(tx, at=at, actor=by, action="user.link", object=_acct(person), details={})
    await accounts.add_sign_in_link(
        tx, token_hash=secret_hash(secret), actor_id=person.actor_id, expires_at=at + LINK_LIFE
    )
    return secret


async def forget_factors(tx: WriteTx, here: Here, username: str, *, by: str) -> AccountRow:
    """A password alone lets this person in again: for who has lost phone, device and paper. Raises `Refused`."""
    person = await find(tx, username)
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by, action="user.forget-factors", object=_acct(person), details={})
    await factors.forget(tx, person.actor_id)
    return person


async def suspend(tx: WriteTx, here: leaving.Here, username: str, *, by: str) -> AccountRow:
    """Close an account: sessions, tokens and codes end with it, and do not come back (threats T119, T120).
    What was to be published later is not, and the person belongs to nothing any more (product J11).

    Suspending twice changes nothing. Raises `Refused` for the last administrator (T232).
    """
    at = here.clock.now()
    person = await find(tx, username)
    if person.suspended_at is not None:
        return person
    # First, because it makes privileged acts queue up: two administrators cannot suspend each other at once.
    await audit.append(tx, at=at, actor=by, action="user.suspend", object=_acct(person), details={})
    if await roster.active_admins(tx) == [person.actor_id]:
        raise Refused(_IS_LAST_ADMIN, name=person.username)
    await accounts.suspend(tx, person.actor_id, at)
    await sessions.end_access(tx, person.actor_id, at)
    await scheduled.cancel_all(tx, person.actor_id)
    await mail.cancel_all(tx, person.actor_id)
    if person.role != GUEST:
        await accounts.change_role(tx, person.actor_id, MEMBER)
    await leaving.depart(tx, here, person.actor_id, at)
    await state.bump_revision(tx, state.ACCOUNTS)
    return await find(tx, username)


async def resume(tx: WriteTx, here: leaving.Here, username: str, *, by: str) -> AccountRow:
    """Open a closed account again, within thirty days: what they belonged to is theirs again, but no session, token or
    office (product J11, threats T239). A guest stays for six months from then. Doing it twice changes nothing. Raises
    `Refused` after that time.
    """
    at = here.clock.now()
    person = await find(tx, username)
    if person.suspended_at is None:
        return person
    await audit.append(tx, at=at, actor=by, action="user.resume", object=_acct(person), details={})
    await leaving.require_return(tx, person.actor_id, at)
    await accounts.resume(tx, person.actor_id)
    await accounts.renew(tx, person.actor_id, at + GUEST_TERM)
    await leaving.come_back(tx, here, person.actor_id, at)
    await state.bump_revision(tx, state.ACCOUNTS)
    return await find(tx, username)


async def change_role(tx: WriteTx, here: leaving.Here, username: str, role: str, *, by: str) -> AccountRow:
    """Make somebody a member, an administrator, an auditor or an observer: one role a person.

    Their browsers are signed out, so that nothing is open that the new role does not allow (T118). An auditor leaves
    every community; who is none any more joins them anew (product section 9). Raises `Refused` for the last
    administrator (T232), for guests: who is hired gets an account as a colleague, for an observer who belongs to a
    community and so knows names, and for who is suspended: whoever returns has no office (J11). Naming the same role
    again changes nothing.
    """
    at = here.clock.now()
    if role not in ROLES:
        raise Refused(to_translate("There is no role “%(role)s”: %(known)s."), role=role, known=", ".join(ROLES))
    person = await find(tx, username)
    if person.role == role:
        return person
    if person.suspended_at is not None:
        raise Refused(_IS_SUSPENDED, name=person.username)
    if person.role == GUEST or role not in OFFICES:
        raise Refused(to_translate("Nobody becomes a guest, and a guest nothing else: make another account."))
    if role == OBSERVER and await follows.follows_any(tx, person.actor_id):
        raise Refused(_KNOWS_NAMES, name=person.username)
    details = {"before": person.role, "after": role}
    await audit.append(tx, at=at, actor=by, action="user.role", object=_acct(person), details=details)
    if await roster.active_admins(tx) == [person.actor_id]:
        raise Refused(_IS_LAST_ADMIN, name=person.username)
    await accounts.change_role(tx, person.actor_id, role)
    if role == AUDITOR:
        await auditors.leave_communities(tx, here, person.actor_id, at)
    await sessions.end_browsers(tx, person.actor_id)
    return await find(tx, username)


async def end_access(tx: WriteTx, here: Here, username: str, *, by: str) -> AccountRow:
    """Sign somebody out of all browsers and apps, as after the loss of a phone; the account stays open (T119)."""
    at = here.clock.now()
    person = await find(tx, username)
    await audit.append(tx, at=at, actor=by, action="user.sign-out", object=_acct(person), details={})
    await sessions.end_access(tx, person.actor_id, at)
    return person


async def find(tx: ReadTx, username: str) -> AccountRow:
    """The person with this name. Raises `Refused`."""
    person = await roster.person(tx, names.folded(username))
    if person is None:
        raise NotThere(to_translate("Nobody here is called %(name)s."), name=username)
    return person


def _acct(person: AccountRow) -> str:
    return f"{person.username}@{person.host}"
