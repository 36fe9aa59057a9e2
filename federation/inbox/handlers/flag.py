"""Flag: somebody asks the moderators to look at posts, or at a person (group federation 10.6). Never shown outside."""

from federation.inbox.acts import Act
from federation.inbox.context import Received, Tools
from federation.vocab.markup import plain_text
from federation.vocab.outgoing import Outgoing
from federation.vocab.reporting import Reporting
from federation.vocab.types import Flag
from models.actors import APPLICATION
from models.engine import WriteTx
from models.gate import Operation, PeerServer
from models.queries import actors, follows, posts
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from models.writes import reports
from models.writes.reports import NewReport


async def apply(tx: WriteTx, received: Received[Flag], _: None) -> list[Outgoing]:
    """Keep a report for each post meant, and pass it on to who else is to look at it."""
    act = Act.of(received)
    reported = await report(tx, received.tools, act)
    return await _forwarded(tx, received.tools, act, reported)


async def report(tx: WriteTx, tools: Tools, act: Act[Flag]) -> list[PostRow]:
    """Keep one report for each post that is ours or in a community of ours, and that the reporter's server may see;
    of what a partner's community passes on, for each post in it. Without any: of the person of ours that is named, or,
    if it is the server that reports, of the community of ours, for our administrators (threats T237).

    What cannot be seen from there is as absent as what never was (threats T051).
    """
    flag = act.activity
    known = await posts.of_uris(tx, flag.object_ids, Operation())
    meant = [post for post in known if await _may_report(tx, act, post)]
    people = await actors.of_uris(tx, flag.object_ids) if not meant and act.via is None else {}
    rows = [_row(tools, act, post.author_id, post) for post in meant]
    by_server = act.actor.type == APPLICATION
    rows += [
        _row(tools, act, one.id, None)
        for one in people.values()
        if one.is_local and (by_server or not one.is_community)
    ]
    await reports.add(tx, rows)
    return meant


async def _may_report(tx: WriteTx, act: Act[Flag], post: PostRow) -> bool:
    if act.via is not None:
        return post.community_id == act.via.id
    if act.actor.peer_id is None:
        return False
    if post.community_id is not None and await follows.members_at(tx, post.community_id, act.actor.peer_id):
        community = await actors.by_id(tx, post.community_id)
        return community is not None and community.is_local
    return post.peer_id is None and await posts.by_uri(tx, post.uri, PeerServer(act.actor.peer_id)) is not None


def _row(tools: Tools, act: Act[Flag], target_id: int, post: PostRow | None) -> NewReport:
    return NewReport(
        id=tools.runtime.tokens.next_id(act.at),
        activity_uri=act.activity.id,
        reporter_id=act.actor.id,
        target_id=target_id,
        post_id=post.id if post else None,
        community_id=post.community_id if post else None,
        reason=plain_text(act.activity.reason),
        created_at=act.at,
    )


async def _forwarded(tx: WriteTx, tools: Tools, act: Act[Flag], reported: list[PostRow]) -> list[Outgoing]:
    """A community of ours tells its moderators' servers and the author's, and nobody else."""
    compose, outgoings = Reporting(tools.runtime, act.at), list[Outgoing]()
    by_community: dict[int, list[PostRow]] = {}
    for post in reported:
        if post.community_id is not None:
            by_community.setdefault(post.community_id, []).append(post)
    for community_id, theirs in by_community.items():
        community = await actors.by_id(tx, community_id)
        if community is None or not community.is_local or act.raw is None:
            continue
        receivers = await concerned(tx, community, theirs)
        outgoings += compose.forward(community, act.raw, receivers)
        outgoings += await for_authors(tx, compose, theirs, plain_text(act.activity.reason))
    return outgoings


async def concerned(tx: WriteTx, community: ActorRow, reported: list[PostRow]) -> list[ActorRow]:
    """Those elsewhere whose servers hear of a report: who leads the community, and the authors."""
    authors = await actors.of_ids(tx, [post.author_id for post in reported])
    found = {one.id: one for one in (*await follows.leaders(tx, community.id), *authors.values()) if not one.is_local}
    return list(found.values())


async def for_authors(tx: WriteTx, compose: Reporting, reported: list[PostRow], reason: str) -> list[Outgoing]:
    """The same for authors whose servers know no groups: by our server itself, so that nobody is named."""
    server, found = await actors.server_actor(tx), list[Outgoing]()
    authors = await actors.of_ids(tx, [post.author_id for post in reported])
    for author in authors.values():
        theirs = [post.uri for post in reported if post.author_id == author.id]
        if server is not None and not author.is_local:
            found.append(compose.anonymous(server, author, theirs, reason, only_microblogs=True))
    return found
