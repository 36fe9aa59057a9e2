"""Who is there in the leak walk, what is said in the closed community, and what of it somebody might ask for.

Something new to say belongs in `say_everything`, a new kind of trace that a member keeps in `keep_traces`, what stands
in a new brace of a path in `fillings_of`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select

from federation.runtime import Budget
from models.actors import Actor, Follow
from models.media import Upload
from models.outbox import Activity
from models.posts import Post
from models.writes import oauth, sessions
from models.writes.audit import OPERATOR
from server.actions import agreements, moderation, visible_entries
from server.actions.agreements import Wanted
from server.actions.officers import Officer
from server.actions.secret_hash import secret_hash
from tests.instances.leak_walk import (
    ACTIVITY,
    HOME,
    Listener,
    Signer,
    Walk,
    as_json,
    bearer,
    everything_in,
    questions,
    unknown,
)
from tests.support import files
from tests.support.api import Api, Document
from tests.support.fake_peer import FakePeer, Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance, keys_of
from tests.support.push_service import PhoneApp, PushService, push_service
from tests.support.signing import Pairs, Signing, signed_headers
from tests.support.waiting import until

WORD = "qzebrafishq"
"""In everything that is said in the community."""
NAME = "kxplansxk"
"""Of the community."""
NAMED_TO_ADMINISTRATORS = tuple(
    f"{signer}: GET /admin/{page}"
    for signer in ("ada", "ada, for pages", "dora", "dora, for pages")
    for page in ("agreements/", "audit", "communities", "moderation/entries", "overview", "retention", "statistics/")
)
"""Who runs the server sees name and size of a private community, and no more of it (product section 3); its name stands
in the agreements that they signed, too."""
RECEIPTS_TO_AUDITORS = ("dora: GET /admin/agreements/", "dora, for pages: GET /admin/agreements/")
"""Auditors see the addresses of what partners were asked to delete (product J10), and nothing of what was there."""
MARK = "wmarkw"
"""In what everybody may read, after everything else."""


@dataclass
class World:
    """alpha, where the community is; beta, where one of its members is or was; two partners and a stranger.

    With a third firm, gamma, whose last member has left.
    """

    alpha: Instance
    beta: Instance
    gamma: Instance | None
    clock: HeldClock
    community: Document
    people: dict[str, Api]
    peers: dict[str, FakePeer]
    phones: dict[str, PhoneApp] = field(default_factory=dict)
    pushes: PushService | None = None
    statuses: dict[str, Document] = field(default_factory=dict)
    at_beta: dict[str, Document] = field(default_factory=dict)
    """Posts of the community as bob's server shows them."""
    alice_and_hanna: dict[str, Document] = field(default_factory=dict)
    kept: dict[str, list[str]] = field(default_factory=dict)
    """Ids that members have seen, for what stands in braces."""

    def __getitem__(self, name: str) -> Api:
        return self.people[name]

    async def rest(self) -> None:
        for _ in range(2):
            for firm in filter(None, (self.alpha, self.beta, self.gamma)):
                await firm.services.peers.refresh(now=True)
                firm.nudge()
                await firm.at_rest()


async def say_everything(world: World, tag: str) -> None:
    """A question with a poll and a link, replies, edits, likes, pins, and what is taken back."""
    hanna, alice = world["hanna"], world["alice"]
    picture = await alice.upload(files.picture(), f"{WORD}{tag}.png", description=f"{WORD}{tag} on a plan")
    opening = await alice.post(
        "/api/v1/statuses",
        status=f"@{NAME} {WORD}{tag} https://intranet.test/{WORD}{tag} #{WORD}{tag}",
        media_ids=[picture["id"]],
    )
    poll = await alice.post(
        "/api/v1/statuses",
        status=f"@{NAME} {WORD}{tag} which?",
        spoiler_text=f"About {WORD}{tag}",
        poll={"options": [f"{WORD}{tag} one", f"{WORD}{tag} two"], "expires_in": 86400},
    )
    reply = await hanna.say(f"{WORD}{tag} as well @alice", answering=opening)
    deeper = await alice.say(f"{WORD}{tag} below", answering=reply)
    edited = await alice.say(f"@{NAME} {WORD}{tag} at first", answering=None)
    await alice.edit(edited, f"@{NAME} {WORD}{tag} in the end")
    gone = await alice.say(f"@{NAME} {WORD}{tag} by mistake")
    for person in (hanna, alice):
        await person.like(opening)
        await person.post(f"/api/v1/statuses/{reply['id']}/bookmark")
    await hanna.post(f"/api/v1/polls/{poll['poll']['id']}/votes", choices=[0])
    await alice.delete(f"/api/v1/statuses/{gone['id']}")
    world.kept.setdefault("uploads", []).append(picture["id"])
    planned = await hanna.post(
        f"/api/entrepairs/v1/communities/{world.community['id']}/rituals",
        title=f"{WORD}{tag} at noon",
        day=(world.clock.now() + timedelta(days=7)).date().isoformat(),
        time="12:00",
        every_weeks=1,
        place=f"Room {WORD}{tag}",
    )
    world.kept.setdefault("rituals", []).append(planned["id"])
    made = {"opening": opening, "poll": poll, "reply": reply, "deeper": deeper, "edited": edited, "gone": gone}
    world.statuses |= {f"{name}{tag}": status for name, status in made.items()}


async def describe_everything(world: World) -> None:
    """Where nobody else may know why it is there: what it is for and which rules it has."""
    if not world.community["discoverable"]:
        words = {"purpose": f"For {WORD}", "charter": f"Speak of {WORD} here alone."}
        address = f"/api/entrepairs/v1/communities/{world.community['id']}"
        assert (await world["hanna"].call("PATCH", address, json=words)).status == 200
    await world.rest()


async def say_from_beta(world: World, tag: str) -> None:
    """What a member at a partner says: a thread, an answer, something edited and something taken back."""
    bob = world["bob"]
    thread = await bob.awaited_thread(NAME.title(), f"{WORD}{tag} https")
    said = await bob.say(f"@{NAME}@alpha.test {WORD}{tag} from beta")
    answer = await bob.say(f"{WORD}{tag} over here", answering=thread)
    gone = await bob.say(f"{WORD}{tag} over here by mistake", answering=thread)
    await bob.like(thread)
    await world.rest()
    await bob.edit(answer, f"{WORD}{tag} over here, in the end")
    await bob.delete(f"/api/v1/statuses/{gone['id']}")
    await world.rest()
    made = {"thread": thread, "said": said, "answer": answer, "gone": gone}
    world.at_beta |= {f"{name}{tag}": status for name, status in made.items()}


async def keep_traces(world: World, person: Api) -> None:
    """What somebody has of a community while they are in it: marks, a filter, a vote, a list, notifications."""
    opening, poll = world.statuses["opening1"], world.statuses["poll1"]
    await person.like(opening)
    await person.post(f"/api/v1/statuses/{opening['id']}/bookmark")
    await person.post(f"/api/v1/statuses/{opening['id']}/mute")
    await person.post(f"/api/v1/polls/{poll['poll']['id']}/votes", choices=[1])
    await person.post("/api/v1/markers", home={"last_read_id": opening["id"]})
    made = await person.post("/api/v2/filters", title="Later", context=["home"])
    await person.post(f"/api/v2/filters/{made['id']}/statuses", status_id=opening["id"])
    await person.say("I know that too", answering=opening)


async def seen_by(world: World, person: Api, routes: list[tuple[str, str]], walk: Walk) -> dict[str, set[str]]:
    """Everything with a name that somebody is shown on routes without braces."""
    found: dict[str, set[str]] = {}
    signer = Signer(person.name, bearer(person.token, person.place.host))
    for method, path in routes:
        if method == "GET" and "{" not in path and "/streaming" not in path:
            answer = await walk.ask(signer, "GET", path)
            for name, value in everything_in(as_json(answer.text)):
                found.setdefault(name, set()).add(value)
    return found


async def secret_ids(firm: Instance, community: Document) -> list[str]:
    """Ids of everything in the community: posts, what shows them, files, activities about them, memberships."""
    community_id = int(community["id"])
    async with firm.db.read() as tx:
        # What rex wrote stays his own.
        others = Actor.username != "rex"
        posts = await tx.select(
            select(Post.id, Post.uri)
            .join(Actor, Actor.id == Post.author_id)
            .where(Post.community_id == community_id, others)
        )
        activities = await tx.select(
            select(Activity.id)
            .join(Actor, Actor.id == Activity.actor_id)
            .where(or_(Activity.community_id == community_id, Activity.actor_id == community_id), others)
        )
        lists = await tx.select(select(Follow.id).where(Follow.target_id == community_id))
        pictures = await tx.select(
            select(Upload.id, Upload.name)
            .join(Post, Post.id == Upload.post_id)
            .where(Post.community_id == community_id)
        )
        rows = [*posts.all(), *activities.all(), *lists.all(), *pictures.all()]
        found = [str(value) for row in rows for value in row]
    return sorted(set(found))


async def signers_of(world: World, names: Sequence[str] = ("olga", "ada", "dora", "rex", "sam")) -> list[Signer]:
    """Everybody who may not know, at alpha."""
    found = [*nobodies(), *[one for name in names for one in await shown_as(world, world.alpha, name)]]
    found.append(Signer("an app", bearer(await app_token(world))))
    for host, peer in world.peers.items():
        found += [
            Signer(f"{actor.name} at {host}", _signing(world, HOME, actor.key, actor.key_id), ACTIVITY, False)
            for actor in peer.actors.values()
        ]
    if world.gamma is not None:
        return found + [of_server(world, HOME, "gamma.test", name) for name in ("actor", "gil")]
    return found + [of_server(world, HOME, "beta.test", name) for name in ("actor", "bob")]


async def signers_at_beta(world: World) -> list[Signer]:
    """Everybody who may not know, at the firm of a member."""
    carol = world.peers["partner.test"].actors["carol"]
    return [
        *nobodies(),
        *await shown_as(world, world.beta, "ben"),
        Signer("carol at partner.test", _signing(world, "http://beta.test", carol.key, carol.key_id), ACTIVITY, False),
        of_server(world, "http://beta.test", "gamma.test", "actor"),
    ]


def nobodies() -> list[Signer]:
    return [Signer("nobody", unknown), Signer("nobody, for pages", unknown, "text/html", may_change=False)]


async def shown_as(world: World, firm: Instance, name: str) -> list[Signer]:
    """Somebody's app, and their browser."""
    secret = firm.services.runtime.tokens.secret()
    account = await world[name].call("GET", "/api/v1/accounts/verify_credentials")
    if account.status == 200:
        async with firm.db.write() as tx:
            await sessions.add_session(
                tx, token_hash=secret_hash(secret), actor_id=int(account.document["id"]), now=world.clock.now()
            )
    headers = bearer(world[name].token, firm.host, secret)
    return [Signer(name, headers), Signer(f"{name}, for pages", headers, "text/html", may_change=False)]


def of_server(world: World, base: str, host: str, name: str) -> Signer:
    """An actor of another firm, or its server."""
    uri = f"http://{host}/actor" if name == "actor" else f"http://{host}/users/{name}"
    signing = _signing(world, base, keys_of(f"{name}@{host}").rsa, f"{uri}#main-key")
    return Signer(f"{name} at {host}", signing, ACTIVITY, may_change=False)


async def acting_signer(world: World) -> Signer:
    """Another community, which hanna leads too: it knows nothing of what she knows."""
    await world.alpha.community("side", host=world["hanna"])
    side = await world["hanna"].find("@side@alpha.test")
    assert side is not None
    hanna = await world["hanna"].get("/api/v1/accounts/verify_credentials")
    secret = world.alpha.services.runtime.tokens.secret()
    async with world.alpha.db.write() as tx:
        await oauth.add_token(
            tx,
            token_hash=secret_hash(secret),
            app_id=None,
            actor_id=int(hanna["id"]),
            community_id=int(side["id"]),
            scopes="read write follow push",
            now=world.clock.now(),
        )
    return Signer("side, through hanna", bearer(secret))


def _signing(world: World, base: str, key: Any, key_id: str) -> Any:
    def headers(method: str, address: str) -> Pairs:
        given = signed_headers(method, f"{base}{address}", None, key, key_id, Signing(at=world.clock.now()))
        return [(name, value) for name, value in given if name != "host"]

    return headers


async def app_token(world: World) -> str:
    anybody = world["olga"]
    fields = {"client_name": "Probe", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"}
    app = await anybody.post("/api/v1/apps", **fields)
    secrets = {name: app[name] for name in ("client_id", "client_secret")}
    token = await anybody.post("/oauth/token", grant_type="client_credentials", scope="read write", **secrets)
    return str(token["access_token"])


@asynccontextmanager
async def a_world(
    alpha: Instance,
    beta: Instance,
    hosts: Hosts,
    clock: HeldClock,
    *,
    gamma: Instance | None = None,
    **settings: str,
) -> AsyncIterator[World]:
    """Everybody is there, and nothing was said yet; `settings` are alpha's."""
    async with AsyncExitStack() as stack:
        names = ("partner.test", "held.test", "stranger.test")
        peers = {host: await stack.enter_async_context(FakePeer.running(host, hosts, clock)) for host in names}
        for peer in peers.values():
            peer.actor("carol")
        pushes = await stack.enter_async_context(push_service())
        hosts["push.test"] = ("127.0.0.1", pushes.port)
        await stack.enter_async_context(alpha.running(**settings))
        for firm in filter(None, (beta, gamma)):
            await stack.enter_async_context(firm.running())
        await alpha.allow("partner.test", "held.test")
        await beta.allow("partner.test")
        await alpha.suspend("held.test")
        people = {name: await alpha.person(name) for name in ("hanna", "alice", "olga", "rex", "sam")}
        people |= {name: await alpha.person(name, role="admin") for name in ("ada", "iris")}
        people["dora"] = await alpha.person("dora", role="auditor")
        people |= {name: await beta.person(name) for name in ("bob", "ben")}
        if gamma is not None:
            people["gil"] = await gamma.person("gil")
        await alpha.community("town", host=people["olga"])
        for name in ("alice", "ada", "rex", "sam"):
            await people[name].join("@town@alpha.test")
        for name in ("olga", "ada", "rex"):
            await people[name].join("@alice@alpha.test")
        yield World(alpha, beta, gamma, clock, {}, people, peers, pushes=pushes)


async def open_up(world: World, visibility: str, *others: str) -> None:
    """hanna founds the community, and the others who belong there join; of partners those who are named."""
    await world.alpha.community(NAME, host=world["hanna"], visibility=visibility, scope="selected")
    community = await world["hanna"].find(f"@{NAME}@alpha.test")
    assert community is not None
    world.community = community
    if others:
        await agree(world, world.beta, NAME)
    if world.gamma is not None:
        await agree(world, world.gamma, NAME)
    for name in ("alice", "rex", "sam", *others):
        await let_in(world, name)


async def enter(world: World) -> str:
    """iris, an administrator, enters by the auditor dora's word, and ada's entry is over; the number of the first."""
    runtime, number = world.alpha.services.runtime, 0
    officers = {name: await _officer(world, name) for name in ("ada", "iris", "dora")}
    async with world.alpha.db.write() as tx:
        for name in ("ada", "iris"):
            by = officers[name]
            number = await visible_entries.propose(tx, runtime, by, NAME, hours=72, reason="A threat is reported")
            await visible_entries.decide(tx, runtime, officers["dora"], number, approves=True)
            if name == "ada":
                await visible_entries.end(tx, runtime, by, number)
    await world.rest()
    return str(number)


async def _officer(world: World, name: str) -> Officer:
    account = await world[name].get("/api/v1/accounts/verify_credentials")
    return Officer(int(account["id"]), f"{name}@alpha.test", "auditor" if name == "dora" else "admin")


async def let_in(world: World, name: str) -> None:
    """Somebody is invited where nobody finds the community by themselves, or asks to join; they are members then."""
    person, hanna, runtime = world[name], world["hanna"], world.alpha.services.runtime
    if not world.community["discoverable"]:
        if person.place.host != "alpha.test":
            await world.alpha.services.discovery.by_handle(name, person.place.host, Budget())
        async with world.alpha.db.write() as tx:
            place = await moderation.operators_seat(tx, runtime, NAME)
            found = await moderation.person_named(tx, runtime, f"{name}@{person.place.host}")
            await moderation.invite(tx, runtime, place, found)
        await world.rest()
    await person.ask_to_join(f"@{NAME}@alpha.test")
    await world.rest()
    for waiting in await hanna.get("/api/v1/follow_requests"):
        await hanna.post(f"/api/v1/follow_requests/{waiting['id']}/authorize")
    await world.rest()


async def agree(world: World, firm: Instance, *names: str) -> None:
    """alpha shares these communities with a firm, whose server is known from then on; a review is due soon."""
    wanted = Wanted(communities=names, review_days=45)
    await agreements.propose(world.alpha.services, firm.host, wanted, by=OPERATOR)
    await world.rest()
    await agreements.accept(firm.services, "alpha.test", (), by=OPERATOR)
    await world.rest()


ALERTS = ("mention", "status", "follow", "follow_request", "favourite", "poll", "update", "reblog")


async def carry_phones(world: World, *names: str) -> None:
    """They are told of everything that there is to tell."""
    for name in names:
        phone = world.phones[name] = PhoneApp(f"http://push.test/send/{name}")
        # Of five pushes a day the one that is waited for must be among hanna's, to whom much is said.
        await world[name].post("/api/v1/push/subscription", **phone.wish(*(ALERTS if name != "hanna" else ALERTS[:1])))


def told_to_phone(world: World, name: str) -> list[str]:
    """What somebody's phone was told, as text, headers included."""
    assert world.pushes is not None
    came = [message for message in world.pushes.came if message.path == f"/send/{name}"]
    return [f"{dict(message.headers)} {world.phones[name].read(message)}" for message in came]


async def leave(world: World, name: str) -> None:
    account = await world[name].find(f"@{NAME}@alpha.test")
    assert account is not None
    await world[name].leave(account)
    await world.rest()


def wishes(lists: Sequence[str]) -> list[dict[str, str]]:
    """Every stream that there is, also of lists that were one's own, and of what was said."""
    plain = ("user", "user:notification", "public", "public:local", "public:remote", "direct")
    tagged = [{"stream": f"hashtag{local}", "tag": f"{WORD}{tag}"} for local in ("", ":local") for tag in (1, 2)]
    return [{"stream": one} for one in plain] + tagged + [{"stream": "list", "list": one} for one in lists]


async def make_list(world: World, name: str, *handles: str) -> str:
    """A list that somebody makes of whom they follow, answers to each other included; its id."""
    person = world[name]
    made = await person.post("/api/v1/lists", title="Whom I read", replies_policy="followed")
    accounts = [await person.find(f"@{handle}@alpha.test") for handle in handles]
    ids = [one["id"] for one in accounts if one is not None]
    await person.post(f"/api/v1/lists/{made['id']}/accounts", account_ids=ids)
    return str(made["id"])


@asynccontextmanager
async def listening(world: World, lists: Sequence[str], own: Mapping[str, str]) -> AsyncIterator[list[Listener]]:
    """Whoever has a token and a list in `own`, on all streams; at the end they have heard what everybody may hear.

    `lists` are others', and those that were theirs.
    """
    port = world.alpha.hosts["alpha.test"][1]
    listeners = [Listener(name) for name in own]
    for listener in listeners:
        asked = wishes([*lists, own[listener.name]])
        await listener.listen(world.alpha.session, port, world[listener.name].token, asked)
    yield listeners
    await world["alice"].say(f"@town {MARK}")
    for listener in listeners:
        for stream in ('"user"', f'"list","{own[listener.name]}"'):
            await until(lambda listener=listener, stream=stream: _has_heard(listener, stream))  # type: ignore[misc]
        await listener.close()


async def _has_heard(listener: Listener, stream: str) -> bool:
    return any(one.startswith(f'{{"stream":[{stream}]') and MARK in one for one in listener.heard)


async def fillings_of(world: World, routes: list[tuple[str, str]], walk: Walk) -> dict[str, list[str]]:
    """What stands in braces at alpha: whatever alice and hanna have seen, and what rex had."""
    seen: dict[str, set[str]] = {}
    for name in ("alice", "hanna"):
        for key, values in (await seen_by(world, world[name], routes, walk)).items():
            seen.setdefault(key, set()).update(values)
    kinds = ("opening1", "poll1", "reply1", "gone1", "opening2", "edited2")
    statuses = [world.statuses[kind]["id"] for kind in kinds]
    async with world.alpha.db.read() as tx:
        shown = await tx.select(select(Post.id).where(Post.shared_post_id == int(statuses[0])))
        told = await tx.select(select(Activity.id).where(Activity.community_id == int(world.community["id"])))
        ids = [*statuses, *(str(row[0]) for row in shown), *(str(row[0]) for row in told.all()[:2])]
    ids += [
        world.community["id"],
        *world.kept["lists"],
        world.kept["uploads"][0],
        *world.kept["entries"],
        *sorted(seen["id"], key=len)[:2],
    ]
    return braces(
        world.community,
        ids,
        statuses,
        lists=world.kept["lists"],
        groups=sorted(seen["group_key"])[:3],
        rituals=world.kept["rituals"][:1],
    )


async def fillings_at_beta(world: World, community: Document) -> dict[str, list[str]]:
    """The same at beta, from what bob has seen there."""
    statuses = [world.at_beta[kind]["id"] for kind in ("thread1", "said1", "gone1", "answer2")]
    lists = [one["id"] for one in await world["bob"].get("/api/v1/lists")]
    async with world.beta.db.read() as tx:
        told = await tx.select(select(Activity.id).where(Activity.community_id == int(community["id"])))
    ids = [*statuses, *(str(row[0]) for row in told.all()[:2]), community["id"], *lists]
    return braces(community, ids, statuses, lists=lists, groups=["x"])


def braces(
    community: Document,
    ids: list[str],
    statuses: list[str],
    *,
    lists: list[str],
    groups: list[str],
    rituals: Sequence[str] = (),
) -> dict[str, list[str]]:
    """Every brace of every path, and what may stand there."""
    return {
        "id": ids,
        "account_id": [community["id"]],
        "list_id": [*lists, community["id"]],
        "post_id": statuses[:2],
        "filter_id": ids[:1],
        "group_key": groups,
        "name": [NAME, f"{NAME}@alpha.test", "alice", f"{WORD}1"],
        "hashtag": [f"{WORD}1", f"{WORD}2"],
        "version": ["2.0", "2.1", "original"],
        "token": ["x"],
        "path": ["base.css"],
        "number": ["0"],
        "viewer_id": [community["id"]],
        "code": ["x"],
        "digest": ["x"],
        "until": ["9999999999"],
        "upload_id": statuses[:1],
        "report_id": statuses[:1],
        "ritual_id": list(rituals) or statuses[:1],
        "host": ["beta.test"],
        "community": [NAME],
        "rest": ["Users", "Groups"],
        "quoting_status_id": statuses[:1],
        "handle": ["alice@alpha.test", "hanna@alpha.test"],
    }


def asked_by_name(opening: Document, community: Document) -> list[str]:
    """Addresses with a query that name what may not be known."""
    words = [WORD, f"{WORD}1", f"#{WORD}1", NAME, f"@{NAME}@alpha.test", opening["uri"], community["url"]]
    around = [
        questions(path, **{bound: opening["id"]}, limit="40")
        for path in ("/api/v1/timelines/home", "/api/v1/timelines/public", "/api/v1/notifications", "/api/v1/bookmarks")
        for bound in ("max_id", "min_id", "since_id")
    ]
    return [
        *(questions("/api/v2/search", q=word, resolve="true") for word in words),
        *(questions("/api/v1/accounts/search", q=word, resolve="true") for word in words),
        questions(f"/api/entrepairs/v1/communities/{community['id']}/similar", text=WORD),
        questions("/api/v1/accounts/lookup", acct=NAME),
        questions("/api/v1/accounts/relationships", **{"id[]": community["id"]}),
        questions("/api/v1/accounts/familiar_followers", **{"id[]": community["id"]}),
        questions("/api/v1/accounts", **{"id[]": community["id"]}),
        questions("/api/v1/statuses", **{"id[]": opening["id"]}),
        questions("/.well-known/webfinger", resource=f"acct:{NAME}@alpha.test"),
        questions("/.well-known/webfinger", resource=community["uri"]),
        *around,
        questions(f"/communities/{NAME}/outbox", page="1"),
        questions("/users/alice/outbox", page="1"),
        questions(f"/communities/{NAME}/followers", page="1"),
    ]


def addresses_in(walk: Walk) -> list[str]:
    """Every address of this server that members were shown."""
    base = f"http://{walk.host}"
    found = {
        value.removeprefix(base)
        for one in walk.heard
        for _, value in everything_in(as_json(one.text))
        if value.startswith(f"{base}/") and " " not in value and "streaming" not in value
    }
    return sorted(found)


def files_of(status: Document) -> list[str]:
    """The addresses of a post's files, as its reader got them."""
    urls = [attachment[name] for attachment in status["media_attachments"] for name in ("url", "preview_url")]
    return sorted({url.removeprefix(HOME) for url in urls if url})


async def told_to_strangers(world: World) -> str:
    """Everything that was ever sent to servers that have no member."""
    sent = [str(asked.target) + asked.body.decode() for peer in world.peers.values() for asked in peer.asked]
    return "\n".join(sent)


def changes(opening: str, community: str) -> dict[str, Any]:
    """Fields of all kinds that name what may not be known, by their ids."""
    return {
        "status": "Well",
        "in_reply_to_id": opening,
        "quoted_status_id": opening,
        "status_id": opening,
        "status_ids": [opening],
        "account_id": community,
        "account_ids": [community],
        "choices": [0],
        "comment": "Look",
        "title": "Mine",
        "context": ["home"],
    }
