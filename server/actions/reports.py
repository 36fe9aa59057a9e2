"""Reporting posts and people to those who are to look at it: a community's moderators, wherever they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from federation.outbox.publish import publish
from federation.vocab.outgoing import Outgoing
from federation.vocab.reporting import Reporting
from models.engine import WriteTx
from models.gate import Person
from models.queries import actors, follows, posts
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from models.writes import reports
from models.writes.reports import NewReport
from server.actions.refusals import Invalid, NotThere
from server.services import Services

MAX_REASON = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a person reports: somebody, or posts of theirs, or (an account that is a community) posts in it."""

    account_id: int
    post_ids: Sequence[int]
    reason: str
    category: str
    forwards: bool
    """A person's own server is to hear of what they wrote outside of communities."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A report as it was kept."""

    id: int
    at: datetime
    target: ActorRow
    post_ids: list[int]
    was_forwarded: bool


async def report(services: Services, viewer: Person, wanted: Complaint) -> Filed:
    """Keep a report, and send it where the posts are moderated. Nobody else learns of it.

    Raises `NotThere` for what the viewer cannot see, whether it exists or not (threats T051), and `Invalid`.
    """
    if len(wanted.reason) > MAX_REASON:
        raise Invalid(f"Validation failed: Comment is too long (maximum is {MAX_REASON} characters)")
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        target = await actors.known_by_id(tx, wanted.account_id, viewer)
        entries = await posts.of_ids(tx, wanted.post_ids, viewer)
        found = list({entries[one].post.id: entries[one].post for one in wanted.post_ids if one in entries}.values())
        if target is None or len(entries) < len(set(wanted.post_ids)):
            raise NotThere()
        if any(target.id not in (post.author_id, post.community_id) for post in found):
            raise NotThere()
        reporter = await actors.by_id(tx, viewer.actor_id)
        if reporter is None:
            raise NotThere()
        compose = Reporting(services.runtime, at)
        sent = await _sent(tx, compose, reporter, target, found, wanted)
        ids = await _keep(tx, services, reporter, target, found, wanted, at, was_forwarded=bool(sent))
        await publish(tx, sent)
    return Filed(ids[0], at, target, [post.id for post in found], bool(sent))


async def _keep(
    tx: WriteTx,
    services: Services,
    reporter: ActorRow,
    target: ActorRow,
    found: Sequence[PostRow],
    wanted: Complaint,
    at: datetime,
    *,
    was_forwarded: bool,
) -> list[int]:
    """One row for each post, or one of the person; their ids."""
    about: list[PostRow | None] = [*found] or [None]
    rows: list[NewReport] = []
    for post in about:
        number = services.runtime.tokens.next_id(at)
        community_id = post.community_id if post else target.id if target.is_community else None
        rows.append(
            NewReport(
                id=number,
                activity_uri=services.runtime.config.url(f"/activities/{number}"),
                reporter_id=reporter.id,
                target_id=post.author_id if post else target.id,
                post_id=post.id if post else None,
                community_id=community_id,
                reason=wanted.reason,
                category=wanted.category,
                is_forwarded=was_forwarded,
                created_at=at,
            )
        )
    await reports.add(tx, rows)
    return [row.id for row in rows]


async def _sent(
    tx: WriteTx,
    compose: Reporting,
    reporter: ActorRow,
    target: ActorRow,
    found: Sequence[PostRow],
    wanted: Complaint,
) -> list[Outgoing]:
    """What other servers hear of it (spec/group-federation.md 10.6)."""
    communities = await actors.of_ids(tx, [post.community_id for post in found if post.community_id])
    authors = await actors.of_ids(tx, [post.author_id for post in found])
    server = await actors.server_actor(tx)
    outgoings: list[Outgoing] = []
    for post in found:
        community, author = communities.get(post.community_id or 0), authors.get(post.author_id)
        if author is None:
            continue
        if community is not None:
            outgoings += await _in_community(tx, compose, reporter, community, author, post, wanted.reason)
        # A third server, which neither has the community nor is this one; or that of somebody outside of communities.
        is_third = not community.is_local and author.peer_id != community.peer_id if community else wanted.forwards
        if server is not None and not author.is_local and is_third:
            outgoings.append(compose.anonymous(server, author, [post.uri], wanted.reason))
    if not found and wanted.forwards and server is not None and not target.is_local and not target.is_community:
        outgoings.append(compose.anonymous(server, target, [], wanted.reason))
    return outgoings


async def _in_community(
    tx: WriteTx,
    compose: Reporting,
    reporter: ActorRow,
    community: ActorRow,
    author: ActorRow,
    post: PostRow,
    reason: str,
) -> list[Outgoing]:
    """To the community's home; ours tells its moderators' servers and the author's."""
    flag, to_home = compose.flag(reporter, community, post.uri, reason)
    if not community.is_local:
        return [to_home]
    leaders = await follows.leaders(tx, community.id)
    receivers = {one.id: one for one in (*leaders, author) if not one.is_local}
    outgoings = compose.forward(community, flag, list(receivers.values()))
    server = await actors.server_actor(tx)
    if server is not None and not author.is_local:
        outgoings.append(compose.anonymous(server, author, [post.uri], reason, only_microblogs=True))
    return outgoings
