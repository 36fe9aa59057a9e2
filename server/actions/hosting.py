"""What hosts do in a community of ours beside moderating it: its settings, its people, the state of its threads.

Who may do what `models/authority.py` says in one table; each act stands in the audit trail.
"""

from datetime import datetime

import msgspec

from federation.outbox.publish import publish
from federation.vocab import render
from federation.vocab.moderating import Moderating
from federation.vocab.shapes import MAX_LANGUAGE_CHARACTERS, language_code
from models.authority import may_as_administrator
from models.communities import HOST_ROLE, MEMBER_ROLE
from models.details import as_stored
from models.engine import WriteTx
from models.gate import Verb, may
from models.moderation import REPORT_CLOSED, REPORT_PASSED_ON, ROLE_GIVEN
from models.queries import actors, follows
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from models.queries.rules import rules
from models.writes import actors as actor_writes
from models.writes import communities, invitations, questions, reports
from models.writes import follows as follow_writes
from models.writes.moderation_log import About
from server.actions import openness, retention, succession
from server.actions.communities import MAX_TITLE
from server.actions.profile_words import words_of
from server.actions.profiles import Picture, pictures_after
from server.actions.refusals import Invalid, NotAllowed, NotThere
from server.actions.seats import Here, Seat, log_act, note, require_no_guest
from server.http.languages import to_translate

MAX_TEXT = 5_000
_OF_COMMUNITY = ("charter", "hosts_only", "allows_discreet")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What of a community is to be otherwise, beside how open it is; None: stays."""

    title: str | None = None
    purpose: str | None = None
    charter: str | None = None
    hosts_only: bool | None = None
    allows_discreet: bool | None = None
    language: str | None = None
    """A BCP 47 tag; empty: none in particular."""
    avatar: Picture | None = None
    header: Picture | None = None


async def configure(tx: WriteTx, here: Here, place: Seat, wanted: Settings) -> bool:
    """Change settings; partners with members there are told. False: nothing is to be changed.

    Raises `NotAllowed`, `Invalid`.
    """
    changed = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
    if not changed:
        return False
    _check(wanted)
    place.require(Verb.CONFIGURE)
    await log_act(tx, place, "configure", place.community.uri, changed=sorted(changed))
    await actor_writes.change_profile(tx, place.community.id, await _profile(tx, here, place, wanted))
    own: dict[str, object] = {name: changed[name] for name in _OF_COMMUNITY if name in changed}
    if wanted.language is not None:
        own["language"] = _language(wanted.language)
    if own:
        await communities.change(tx, place.community.id, own)
    fresh = await actors.by_id(tx, place.community.id)
    assert fresh is not None, "the same transaction has just changed it"
    document = render.actor(fresh, await actors.keys_of(tx, fresh.id), here.config.base_url)
    await publish(tx, Moderating(here, place.at).update_group(place.actor, fresh, document))
    return True


def _check(wanted: Settings) -> None:
    if wanted.title is not None and not 1 <= len(wanted.title.strip()) <= MAX_TITLE:
        raise Invalid(to_translate("The title has 1 to %(most)s characters."), most=MAX_TITLE)
    if any(len(text or "") > MAX_TEXT for text in (wanted.purpose, wanted.charter)):
        raise Invalid(to_translate("The purpose and the charter have at most %(most)s characters."), most=MAX_TEXT)


async def _profile(tx: WriteTx, here: Here, place: Seat, wanted: Settings) -> dict[str, object]:
    pictures = await pictures_after(tx, place.community, {"icon": wanted.avatar, "image": wanted.header}, place.at)
    profile: dict[str, object] = {"updated_at": place.at, "pictures": as_stored(pictures)}
    if wanted.title is not None:
        profile["display_name"] = wanted.title.strip()
    if wanted.purpose is not None:
        words = await words_of(tx, here, [wanted.purpose])
        profile |= {"summary_source": wanted.purpose, "summary_html": words.html(wanted.purpose)}
    return profile


def _language(given: str) -> str | None:
    code = language_code(given)
    if given and (code is None or len(code) > MAX_LANGUAGE_CHARACTERS):
        wrong = given[:MAX_LANGUAGE_CHARACTERS]
        raise Invalid(to_translate("%(name)s is no language: name it as in fr or pt-BR"), name=wrong)
    return code


async def show_health(tx: WriteTx, place: Seat, is_shown: bool) -> None:
    """Members see the figures of the community too, or no more (product section 6). Raises `NotAllowed`."""
    place.require(Verb.CONFIGURE)
    await log_act(tx, place, "health", place.community.acct, shown=is_shown)
    await communities.change(tx, place.community.id, {"shows_health": is_shown})


async def set_retention(tx: WriteTx, place: Seat, days: int) -> None:
    """How long threads are kept, shorter than on the server; 0: as there. Raises `NotAllowed`, `Invalid`."""
    place.require(Verb.CONFIGURE)
    wanted = retention.checked_for_community(days, await rules(tx))
    await retention.keep_in_community(tx, place.at, place.by, place.community.id, place.community.acct, wanted)


# --- people ---


async def set_role(tx: WriteTx, here: Here, place: Seat, person: ActorRow, role: str) -> None:
    """Make a member a host, a moderator, or neither. Raises `NotAllowed`, `Invalid`, `NotThere`.

    A community keeps a host; only people of this firm host it.
    """
    is_orphan = await follows.hosts(tx, place.community.id) == 0
    if not may(place.standing, Verb.NAME_LEADERS) and not (
        await openness.is_administrator(tx, place) and may_as_administrator(Verb.NAME_LEADERS, is_orphan=is_orphan)
    ):
        raise NotAllowed(to_translate("Only those who host %(community)s may do this"), community=place.community.acct)
    # First, because it makes privileged acts queue up: two hosts cannot make each other members at once.
    await log_act(tx, place, "role", person.acct, role=role)
    membership = await follows.find(tx, person.id, place.community.id)
    if membership is None or not membership.is_accepted:
        raise NotThere()
    if membership.role == role:
        return
    require_no_guest(membership, person)
    if role == HOST_ROLE and not person.is_local:
        raise Invalid(
            to_translate("%(name)s is at a partner: only people of this firm host a community of it"), name=person.acct
        )
    if membership.role == HOST_ROLE and await follows.hosts(tx, place.community.id) <= 1:
        raise Invalid(
            to_translate("%(name)s is the last host of %(community)s: name another one first"),
            name=person.acct,
            community=place.community.acct,
        )
    await follow_writes.change(tx, membership.id, role=role)
    await succession.pass_on(tx, place.at)
    await note(tx, place, ROLE_GIVEN, About(person_id=person.id, detail=role))
    if role != HOST_ROLE:
        await invitations.end_with(tx, place.community.id, person.id)
    led, leads = membership.role != MEMBER_ROLE, role != MEMBER_ROLE
    if led != leads:
        compose = Moderating(here, place.at)
        await publish(tx, compose.name_moderator(place.actor, place.community, person, names=leads))


async def withdraw_invitation(tx: WriteTx, place: Seat, person: ActorRow) -> None:
    """Somebody is not invited any more. Raises `NotAllowed`, `NotThere`."""
    place.require(Verb.INVITE)
    await log_act(tx, place, "uninvite", person.acct)
    if not await invitations.take(tx, place.community.id, person.id):
        raise NotThere()


# --- threads ---


async def mark_question(tx: WriteTx, place: Seat, thread: PostRow, *, is_question: bool) -> None:
    """A thread is a question, or is none. Raises `NotAllowed`."""
    place.require(Verb.MARK_QUESTION)
    if await questions.mark(tx, thread.id, is_question=is_question):
        await log_act(tx, place, "question" if is_question else "no-question", thread.uri)


# --- reports ---


async def resolve_report(tx: WriteTx, place: Seat, report_id: int, at: datetime) -> None:
    """Somebody who leads the community has seen to it; twice changes nothing. Raises `NotAllowed`, `NotThere`."""
    place.require(Verb.READ_REPORTS)
    await log_act(tx, place, "report.resolve", str(report_id))
    by_id, community_id = place.standing.actor_id, place.community.id
    is_done = await reports.resolve(tx, report_id, community_id=community_id, by_id=by_id, at=at)
    if is_done is None:
        raise NotThere()
    if is_done:
        await note(tx, place, REPORT_CLOSED, About())


async def pass_report_on(tx: WriteTx, place: Seat, report_id: int) -> None:
    """The server's administrators decide instead. Raises `NotAllowed`, and `NotThere` for another community's."""
    place.require(Verb.READ_REPORTS)
    await log_act(tx, place, "report.pass-on", str(report_id))
    if not await reports.pass_on(tx, report_id, at=place.at, community_id=place.community.id):
        raise NotThere()
    await note(tx, place, REPORT_PASSED_ON, About())
