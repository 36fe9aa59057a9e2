"""A firm with something on every page: people of every role, communities, partners in every state, reports, apps."""

from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from federation.agreements import terms
from federation.agreements.records import add_version, settle
from federation.agreements.terms import Party, Share, Terms
from federation.signatures.key_formats import generate_ed25519, public_multibase
from federation.signatures.sign import SigningKey
from models import measures
from models.engine import WriteTx
from models.measures import Figure
from models.posts import COMMUNITY
from models.proposals import OPEN_CASE
from models.queries import agreements as reading
from models.queries import proposals
from models.queries.rules import Rules
from models.trials import LASTS
from models.writes import accounts as account_rows
from models.writes import actors, identity, posts, state, trials
from models.writes import agreements as rows
from models.writes import statistics as weeks
from models.writes.posts import NewPost
from server.actions import backed_up, cases, checkpoints, data_requests, delegates, retention, visible_entries
from server.actions.agreements import office
from server.actions.backed_up import LastBackup
from server.actions.cases import Wanted
from server.actions.officers import Officer
from server.actions.partners import allow, suspend
from server.siem.destination import FACT, Destination
from tests.support.firm import OPERATOR, App, Document, Firm

BETA = "http://beta.test/actor"


@dataclass
class World:
    """The firm and who is in it."""

    firm: Firm
    people: dict[str, App]
    """By name: the administrators olga and otto, the auditor dora, the host alice, the member bob."""
    report_id: str
    numbers: dict[str, str]
    """What stands for `{id}` in addresses of a part of the administration."""
    thread: Document

    @property
    def olga(self) -> App:
        return self.people["olga"]

    @property
    def dora(self) -> App:
        return self.people["dora"]


async def _try_out(firm: Firm, host: App) -> None:
    """Trials: one that goes on, two that ask to become official (one has all it takes), one whose time is up."""
    now = firm.clock.now()
    over = now - timedelta(days=1)
    for name, ends in (("tryout", now + LASTS), ("asking", now + LASTS), ("ready", now + LASTS), ("over", over)):
        made = await firm.community(name, host=host, scope="none")
        if name == "ready":
            await _make_ready(firm, host, made)
        async with firm.runtime.db.write() as tx:
            await trials.begin(tx, int(made["id"]), ends)
            if name in ("asking", "ready"):
                await trials.ask(tx, int(made["id"]), int(host.id), at=now, due_at=now + timedelta(days=7))


async def _make_ready(firm: Firm, host: App, made: Document) -> None:
    """Eight members, of whom two host it, a purpose and a charter."""
    path = f"/api/entrepairs/v1/communities/{made['id']}"
    people = [await firm.person(f"guide{number}") for number in range(7)]
    for person in people:
        await person.follow(made)
    await host.call("PATCH", f"{path}/members/{people[0].id}", json={"role": "host"})
    await host.call("PATCH", path, json={"purpose": "Mentors for first-time managers", "charter": "Be kind"})
    async with firm.runtime.db.write() as tx:
        await delegates.name(tx, firm.runtime, "guide1", by=OPERATOR)


async def filled(firm: Firm) -> World:
    """The firm with all that."""
    roles = {"olga": "admin", "otto": "admin", "dora": "auditor"}
    names = ("olga", "otto", "dora", "alice", "bob", "zoe", "yves")
    people = {name: await firm.person(name, role=roles.get(name, "member")) for name in names}
    alice, bob = people["alice"], people["bob"]
    sites = await firm.community("sites", host=alice)
    await firm.community("quiet", host=alice, visibility="private")
    ask = await firm.community("ask", host=alice, visibility="on-request", label="restricted", scope="selected")
    await people["yves"].follow(ask)
    await firm.community("orphan", host=people["zoe"])
    await _try_out(firm, alice)
    await bob.follow(sites)
    thread = await bob.say("@sites How do you run night shifts?\n\nWe are two short every week.")
    await alice.answer(thread, "@sites @bob We draw lots, and swap freely.")
    await bob.say("I am away on Friday")
    await bob.say("@sites Who trains new team leads?")
    reported = {"account_id": bob.id, "status_ids": [thread["id"]], "comment": "Off topic"}
    await people["yves"].post("/api/v1/reports", **reported)
    report = await alice.post("/api/v1/reports", account_id=bob.id, comment="Is this his tone?", category="violation")
    await alice.post("/api/v1/reports", account_id=people["yves"].id, comment="Advertising", category="spam")
    await firm.nobody.post("/api/v1/apps", client_name="Ice Cubes", redirect_uris="https://ice.example/back")
    async with firm.runtime.db.write() as tx:
        await account_rows.suspend(tx, int(people["zoe"].id), firm.clock.now())
        await allow(tx, firm.runtime, ["lemmy.test"], by=OPERATOR)
        await suspend(tx, firm.runtime, "lemmy.test", by=OPERATOR)
        await identity.add_provider(
            tx,
            name="Corp",
            issuer="https://login.firm.example",
            client_id="entrepairs",
            secret_sealed=None,
            at=firm.clock.now(),
        )
        await identity.propose_role(tx, int(bob.id), "admin")
        await _agreements(tx, firm, people)
        await _ideas(tx, firm, int(people["yves"].id))
        await _weeks(tx, firm, int(sites["id"]))
        await backed_up.note(tx, firm.runtime, LastBackup(firm.clock.now(), 412_000_000, "database.pgdump", 1204))
        to = Destination(address="syslog+tls://logs.firm.example", problem="logs.firm.example has no address")
        await state.put(tx, FACT, msgspec.json.encode(to).decode())
        await checkpoints.make(tx, firm.runtime, firm.clock.now())
    numbers = {
        "cases": await _cases(firm, people),
        "requests": await _requests(firm, people),
        "appeals": await _appeals(people),
        "entries": await _entries(firm, people),
    }
    return World(firm, people, str(report["id"]), numbers, thread)


async def _appeals(people: dict[str, App]) -> str:
    """Two posts of bob's are taken out, and he appeals against one of the removals; the number of the appeal."""
    for text in ("@sites Second-hand bikes, good prices", "@sites And skis"):
        post = await people["bob"].say(text)
        await people["alice"].call("DELETE", f"/api/v1/statuses/{post['id']}", json={"reason": "No advertising"})
    (act, *_) = await people["bob"].get("/api/entrepairs/v1/appeals")
    await people["bob"].post("/api/entrepairs/v1/appeals", act_id=act["id"], text="It was a joke among us")
    (told, *_) = await people["otto"].get("/api/v1/notifications")
    address: str = told["status"]["content"]
    return address.partition("/admin/moderation/appeals/")[2][:18]


async def _entries(firm: Firm, people: dict[str, App]) -> str:
    """Olga reads in a private community, and has asked for another; the number of the entry that goes on."""
    await people["alice"].say("@quiet I am worn out\n\nSince the merger nobody says what counts.")
    olga = Officer(int(people["olga"].id), "olga@home.test", "admin")
    dora = Officer(int(people["dora"].id), "dora@home.test", "auditor")
    async with firm.runtime.db.write() as tx:
        number = await visible_entries.propose(tx, firm.runtime, olga, "quiet", hours=24, reason="A threat is reported")
        await visible_entries.decide(tx, firm.runtime, dora, number, approves=True)
        await visible_entries.propose(tx, firm.runtime, olga, "ask", hours=1, reason="The works council asks for it")
    return str(number)


async def _requests(firm: Firm, people: dict[str, App]) -> str:
    """Somebody wants to be erased, somebody else their data; the number of the first request."""
    dora = Officer(int(people["dora"].id), "dora@home.test", "auditor")
    async with firm.runtime.db.write() as tx:
        number = await data_requests.ask_for(tx, firm.runtime, dora, "bob", "erasure", "content")
        await data_requests.ask_for(tx, firm.runtime, dora, "yves", "access", "")
        given = await data_requests.ask_for(tx, firm.runtime, dora, "alice", "access", "")
        await data_requests.give_access(tx, firm.runtime, dora, given)
    return str(number)


async def _cases(firm: Firm, people: dict[str, App]) -> str:
    """A case that is open, one that waits, and rules of retention that somebody proposes; the number of the first."""
    olga = Officer(int(people["olga"].id), "olga@home.test", "admin")
    dora = Officer(int(people["dora"].id), "dora@home.test", "auditor")
    about = {"reason": "A claim by a customer", "communities": "sites", "begins": "2026-01-01", "ends": ""}
    async with firm.runtime.db.write() as tx:
        number = await cases.propose(tx, firm.runtime, olga, Wanted(title="The pump", people="bob", **about))
        (asked,) = await proposals.of_kind(tx, OPEN_CASE)
        await cases.decide_opening(tx, firm.runtime, dora, asked.id, approves=True)
        await cases.propose(tx, firm.runtime, olga, Wanted(title="The second pump", people="yves", **about))
        await cases.propose_export(tx, firm.runtime, olga, number, "For the court")
        await retention.propose_rules(tx, firm.runtime, olga, Rules(365, 30), "The works council asks for it")
    return str(number)


async def _weeks(tx: WriteTx, firm: Firm, community_id: int) -> None:
    """Figures of half a year: shown, in bands, standing still, and hidden."""
    last = date(2026, 1, 25)
    for number in range(20):
        size = 24 + 8 * (number // 5)
        figures = {
            measures.SIZE: Figure(value=size, change=8 if number and number % 5 == 0 else 0),
            measures.PARTICIPATION: Figure(least=60, most=100) if number % 7 == 6 else Figure(value=45 + number),
            measures.BREADTH: Figure(value=20 + 5 * (number % 4)),
            measures.ANSWERS: Figure(value=60 + 5 * (number % 6)),
            measures.ACCEPTANCE: Figure(value=35) if number > 3 else Figure(),
            measures.FIRST_ANSWER: Figure(value=1 + number % 3),
            measures.WELCOME: Figure(least=0, most=40),
            measures.TRANSVERSALITY: Figure(value=30, since=last - timedelta(weeks=3)),
            measures.CROSS_FIRM: Figure(),
            measures.OFF_HOURS: Figure(least=0, most=50),
        }
        day, at = last - timedelta(weeks=19 - number), firm.clock.now()
        await weeks.keep(tx, community_id, day, k=8, figures=figures, grounds={}, at=at)
    await weeks.settle(tx, last, None)


async def _ideas(tx: WriteTx, firm: Firm, author_id: int) -> None:
    """A community of beta's, in which somebody of the firm wrote."""
    uri, at = "http://beta.test/communities/ideas", firm.clock.now()
    standing = await reading.standing_for_change(tx, "beta.test")
    assert standing is not None
    community_id = await actors.save(
        tx,
        {
            "id": firm.runtime.tokens.next_id(at),
            "uri": uri,
            "type": "Group",
            "username": "ideas",
            "host": "beta.test",
            "peer_id": standing.id,
            "display_name": "Ideas",
            "url": uri,
            "inbox_url": f"{uri}/inbox",
            "created_at": at,
        },
    )
    facts = {"is_local": False, "visibility": "open", "scope": "all", "label": 0, "hosts_only": False}
    await actors.save_community(tx, {"actor_id": community_id, "created_at": at} | facts)
    number = firm.runtime.tokens.next_id(at)
    said = NewPost(
        id=number,
        uri=f"http://home.test/objects/{number}",
        url=f"http://home.test/t/{number}",
        author_id=author_id,
        audience=COMMUNITY,
        community_id=community_id,
        thread_id=number,
        content_html="<p>Saffron in the canteen</p>",
        published_at=at,
        received_at=at,
    )
    await posts.add(tx, [said])


async def _agreements(tx: WriteTx, firm: Firm, people: dict[str, App]) -> None:
    """With beta one in force and a new version of theirs; for gamma a draft."""
    at, runtime = firm.clock.now(), firm.runtime
    await rows.add_peer(tx, "beta.test", at, is_named=True)
    desk, private = await office(tx, runtime), generate_ed25519()
    key = public_multibase(private.public_key())
    theirs = SigningKey(f"{BETA}#ed25519-key", private)
    standing = await reading.standing_for_change(tx, "beta.test")
    assert standing is not None
    first = Terms(
        context=terms.CONTEXT,
        id="http://home.test/agreements/1",
        type="Agreement",
        version=1,
        supersedes=None,
        parties=(
            Party(server=desk.actor.uri, key=desk.public_key, admin="it@home.test", dpo="dpo@home.test"),
            Party(server=BETA, key=key, admin="it@beta.test", dpo="dpo@beta.test"),
        ),
        shares=(
            Share(by=desk.actor.uri, communities=("http://home.test/communities/sites",)),
            Share(by=BETA, communities=("http://beta.test/communities/ideas",)),
        ),
        rights="take-part",
        ceiling="internal",
        retention_months=24,
        retraction_hours=24,
        history=False,
        data_requests="each firm for its own people",
        review_date=date(2026, 12, 31),
    )
    document = terms.signed(terms.signed(terms.write(first), theirs, at=at), desk.key, at=at)
    row = await add_version(tx, desk, standing, first, document, is_ours=True, at=at)
    await settle(tx, row, document, at=at)
    second = Terms(
        **{name: getattr(first, name) for name in first.__struct_fields__ if name not in ("version", "ceiling")},
        version=2,
        ceiling="restricted",
    )
    await add_version(
        tx, desk, standing, second, terms.signed(terms.write(second), theirs, at=at), is_ours=False, at=at
    )
    await rows.add_peer(tx, "gamma.test", at, is_named=True)
    await rows.put_draft(
        tx,
        draft_id=runtime.tokens.next_id(at),
        host="gamma.test",
        wanted='{"communities":["sites"],"ceiling":"internal","admin":"it@home.test"}',
        answers=None,
        code="4711 0815",
        by_id=int(people["olga"].id),
        at=at,
    )
