"""Rows to what the product's own API shows."""

from collections.abc import Mapping, Sequence

from models.alphabets import mixes_alphabets
from models.communities import LABELS, OPEN
from models.details import pictures_of
from models.queries.actors import ActorRow
from models.queries.appeals import OwnAct
from models.queries.communities import CommunityRow, MemberRow, ThreadRow
from models.queries.moderation import ReportRow
from models.queries.moderation_log import LogRow
from models.queries.readers import Readers
from models.queries.trials import TrialRow
from models.trials import OFFICIAL, TRIAL
from server.actions import readers, trials
from server.api.shapes import (
    ActEntity,
    AppealEntity,
    BecomingOfficial,
    CommunityDetails,
    CommunityEntity,
    LogEntryEntity,
    MemberEntity,
    Membership,
    PersonEntity,
    ReadersEntity,
    ReportEntity,
    ThreadEntity,
)
from server.http.answers import instant
from server.media.addresses import MediaAddresses

People = Mapping[int, ActorRow]

UNKNOWN = PersonEntity(id="0", acct="", display_name="", url="", firm="", mixes_alphabets=False)
"""Somebody who is gone."""


def person(row: ActorRow | None) -> PersonEntity:
    """Somebody, in short."""
    if row is None:
        return UNKNOWN
    acct = row.username if row.is_local else row.acct
    return PersonEntity(
        id=str(row.id),
        acct=acct,
        display_name=row.display_name,
        url=row.url,
        firm=row.host,
        mixes_alphabets=mixes_alphabets(f"{row.display_name} {row.username}"),
    )


def membership(row: CommunityRow) -> Membership:
    """The reader's place."""
    if row.role is not None:
        since = instant(row.joined_at) if row.joined_at else None
        role = row.role if row.is_accepted else None
        return Membership(state="joined" if row.is_accepted else "requested", role=role, since=since)  # type: ignore[arg-type]  # stored words
    return Membership(state="invited" if row.is_invited else "none", role=None, since=None)


def _facts(row: CommunityRow, media: MediaAddresses) -> dict[str, object]:
    actor, pictures = row.actor, pictures_of(row.actor.pictures)
    return {
        "id": str(actor.id),
        "name": actor.username,
        "acct": actor.username if actor.is_local else actor.acct,
        "uri": actor.uri,
        "url": actor.url,
        "firm": actor.host,
        "title": actor.display_name,
        "purpose": actor.summary_html,
        "charter": row.charter,
        "visibility": actor.visibility or "",
        "scope": actor.scope or "",
        "label": LABELS[actor.label or 0],
        "hosts_only": bool(actor.hosts_only),
        "opens_history": row.opens_history,
        "allows_discreet": row.allows_discreet,
        "language": actor.language,
        "avatar": media.of_picture(pictures.icon) if pictures.icon else None,
        "header": media.of_picture(pictures.image) if pictures.image else None,
        "members": row.members,
        "founded_at": instant(row.founded_at),
        "kind": OFFICIAL if row.trial_ends_at is None else TRIAL,
        "trial_ends_at": instant(row.trial_ends_at) if row.trial_ends_at else None,
        "membership": membership(row),
    }


def community(row: CommunityRow, media: MediaAddresses) -> CommunityEntity:
    """A community."""
    return CommunityEntity(**_facts(row, media))  # type: ignore[arg-type]  # stored words are those of the shapes


def details(
    row: CommunityRow,
    hosts: Sequence[ActorRow],
    moderators: Sequence[ActorRow],
    media: MediaAddresses,
    who_reads: ReadersEntity | None,
    trial: TrialRow | None,
    topics: list[str],
) -> CommunityDetails:
    """A community with those who lead it, and who reads there; `trial`: for its hosts, where it is one."""
    return CommunityDetails(
        **_facts(row, media),  # type: ignore[arg-type]  # as above
        hosts=[person(one) for one in hosts],
        moderators=[person(one) for one in moderators],
        topics=topics,
        readers=who_reads,
        becoming_official=_becoming_official(trial) if trial else None,
    )


def _becoming_official(trial: TrialRow) -> BecomingOfficial:
    return BecomingOfficial(
        missing=[str(one) for one in trials.missing(trial)],
        asked_at=instant(trial.asked_at) if trial.asked_at else None,
        due_at=instant(trial.due_at) if trial.due_at else None,
        refusal=trial.refusal,
    )


def readers_of(row: CommunityRow, found: Readers) -> ReadersEntity:
    """Who reads what is written there."""
    return ReadersEntity(
        sentence=" ".join(str(one) for one in readers.sentences(row, found)),
        everybody_at=row.actor.host if row.actor.visibility == OPEN else None,
        members_at=found.firms,
        lets_read=found.lets_read,
    )


def member(row: MemberRow) -> MemberEntity:
    """A membership."""
    return MemberEntity(id=str(row.id), account=person(row.actor), role=row.role, since=instant(row.since))  # type: ignore[arg-type]  # as above


def thread(row: ThreadRow, people: People) -> ThreadEntity:
    """A thread with its state; without a title it has none, and what it says is not repeated here."""
    post = row.post
    return ThreadEntity(
        id=str(post.id),
        community_id=str(post.community_id),
        author=person(people.get(post.author_id)),
        url=post.url,
        title=post.title or "",
        created_at=instant(post.published_at),
        replies=row.replies,
        lived_too=row.likes,
        has_lived_too=row.is_liked,
        is_question=post.is_question,
        accepted_answer_id=str(post.answer_id) if post.answer_id else None,
        is_closed=post.is_closed,
        is_pinned=row.is_pinned,
        label=LABELS[post.label],  # type: ignore[arg-type]  # as above
    )


def report(row: ReportRow, people: People) -> ReportEntity:
    """A report."""
    return ReportEntity(
        id=str(row.id),
        status_id=str(row.post_id) if row.post_id else None,
        account=person(people.get(row.target_id)),
        reporter=person(people.get(row.reporter_id)),
        category=row.category,
        reason=row.reason,
        is_resolved=row.resolved_at is not None,
        created_at=instant(row.created_at),
    )


def log_entry(row: LogRow, people: People) -> LogEntryEntity:
    """An entry in a moderation log."""
    return LogEntryEntity(
        id=str(row.id),
        act=row.act,  # type: ignore[arg-type]  # as above
        at=instant(row.at),
        role=row.role,  # type: ignore[arg-type]  # as above
        account=person(people[row.person_id]) if row.person_id and row.person_id in people else None,
        reason=row.reason,
        ends_at=instant(row.ends_at) if row.ends_at else None,
        detail=row.detail,
    )


def own_act(row: OwnAct) -> ActEntity:
    """What was done to the reader, with their appeal."""
    return ActEntity(
        id=str(row.id),
        act=row.act,  # type: ignore[arg-type]  # as above
        at=instant(row.at),
        role=row.role,  # type: ignore[arg-type]  # as above
        reason=row.reason,
        ends_at=instant(row.ends_at) if row.ends_at else None,
        community_id=str(row.community_id),
        community_acct=f"{row.community_name}@{row.community_host}",
        appeal=_appeal(row),
    )


def _appeal(row: OwnAct) -> AppealEntity | None:
    if row.appealed_at is None:
        return None
    return AppealEntity(
        text=row.text or "",
        filed_at=instant(row.appealed_at),
        outcome=row.outcome,  # type: ignore[arg-type]  # as above
        answer=row.answer or "",
        decided_at=instant(row.decided_at) if row.decided_at else None,
    )
