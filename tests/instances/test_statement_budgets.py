"""How many statements things may cost, on either database, however much there is to show and however many
hear of it."""

import pytest
from sqlalchemy import column, select, table, text

from models.engine import Columns
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import INBOX, Scene
from tests.support.api import Api, Document
from tests.support.fake_peer import FakePeer
from tests.support.statements import Counted, counted
from tests.support.writers import Writer

FEED, PUBLICATION, INCOMING_CREATE = 5, 6, 8
"""Of architecture section 13: a page of a feed; the transaction of a publication, and that of an incoming post."""

TURN = 3
"""What the receiving loop asks before it applies anything: whose turn it is, what has come, who sent it."""

MANY = 20

TURNS = 5
_COMPILED = text("PRAGMA compile_options")
_PREPARED: Columns = select(column("sql"), column("run"), column("reprep")).select_from(table("sqlite_stmt"))
"""What the connection keeps prepared. https://www.sqlite.org/stmt.html"""


async def test_a_page_of_home_costs_the_same_whatever_is_on_it(ours: Scene) -> None:
    path = "/api/v1/timelines/home"
    empty = await reading(ours, path)
    await fill(ours)

    full = await reading(ours, path)

    assert len(full.statements) <= FEED, full.statements
    assert len(empty.statements) <= len(full.statements)


async def test_a_page_of_a_communitys_list_costs_the_same_whatever_is_on_it(ours: Scene) -> None:
    (kept,) = await ours.alice.get("/api/v1/lists")
    path = f"/api/v1/timelines/list/{kept['id']}"
    await ours.arrive([ours.bob.create("alone")])
    almost_empty = await reading(ours, path)
    await fill(ours)

    full = await reading(ours, path)

    assert len(full.statements) <= FEED, full.statements
    assert len(almost_empty.statements) == len(full.statements)


async def test_files_cost_a_page_no_statement_and_polls_one(ours: Scene) -> None:
    path = "/api/v1/timelines/home"
    await ours.arrive([ours.bob.create("plain")])
    plain = await reading(ours, path)
    picture = {"type": "Image", "url": "http://partner.test/1.png"}
    await ours.arrive([with_more(ours.bob.create(f"picture{number}"), attachment=[picture]) for number in range(5)])
    files = await reading(ours, path)
    options = [{"type": "Note", "name": name} for name in ("Yes", "No")]
    polls = [with_more(ours.bob.create(f"poll{number}"), type="Question", oneOf=options) for number in range(5)]
    await ours.arrive(polls)

    all_kinds = await reading(ours, path)

    assert len(files.statements) == len(plain.statements)
    assert len(all_kinds.statements) == len(plain.statements) + 1 <= FEED, all_kinds.statements


async def test_publishing_costs_the_same_whoever_hears_of_it(ours: Scene, partner: FakePeer) -> None:
    ada, unheard = await ours.home.person("ada"), "@sites @ada Who knows?"
    few = await publishing(ours, unheard)
    await gather_audience(ours, partner, ada)

    many = await publishing(ours, "@sites @ada @bob@partner.test Who knows? #rota")

    assert len(many) <= PUBLICATION, many
    assert len(few) <= len(many)


async def test_answering_costs_no_more_than_asking(ours: Scene, partner: FakePeer) -> None:
    ada = await ours.home.person("ada")
    await gather_audience(ours, partner, ada)
    question = await ada.say("@sites Who knows?")

    answering = await publishing(ours, "@ada I do", answering=question)

    assert len(answering) <= PUBLICATION, answering


async def test_an_incoming_post_is_applied_within_its_budget(ours: Scene) -> None:
    await ours.receive(ours.bob.create("question"))

    cost = await applying(ours)

    assert len(cost.transaction_with("INSERT INTO posts")) <= INCOMING_CREATE, cost.statements


async def test_an_incoming_reply_of_which_somebody_hears_is_applied_within_its_budget(ours: Scene) -> None:
    question = await ours.alice.say("@sites Who knows?")
    await ours.receive(ours.bob.create("answer", answering=question["uri"]))

    cost = await applying(ours)

    assert len(await ours.alice.notified_of("mention")) == 1
    assert len(cost.transaction_with("INSERT INTO posts")) <= INCOMING_CREATE, cost.statements


async def test_posts_that_come_together_cost_hardly_more_than_one(ours: Scene, partner: FakePeer) -> None:
    await gather_audience(ours, partner, await ours.home.person("ada"))
    await ours.receive(ours.bob.create("alone"))
    alone = await applying(ours)
    for number in range(MANY):
        await ours.receive(ours.bob.create(f"question{number}"))

    together = await applying(ours)

    assert len(together.statements) == len(alone.statements)
    assert len(together.statements) < MANY


@ON_SQLITE
async def test_sqlite_prepares_nothing_anew_that_publishing_and_receiving_run(ours: Scene, partner: FakePeer) -> None:
    """It would where it plans by a parameter's value: what a partial index holds, or follows LIKE."""
    if ("ENABLE_STMTVTAB",) not in await ours.home.rows(_COMPILED):
        pytest.skip("this SQLite does not tell of its statements")
    await gather_audience(ours, partner, await ours.home.person("ada"))

    for number in range(TURNS):
        await ours.alice.say(f"@sites @ada @bob@partner.test Who knows? ({number})")
        await ours.receive(ours.bob.create(f"question{number}"))
        await ours.home.apply()

    found = [(words, again) for words, run, again in await ours.home.rows(_PREPARED) if run >= TURNS]
    assert [words for words, again in found if again > 1 and not words.startswith("PRAGMA")] == []
    for name in ("feed_entries", "deliveries", "posts"):
        assert any(f"INSERT INTO {name} " in words for words, _ in found), found


def with_more(create: Document, **members: object) -> Document:
    """The same post with more to it."""
    return create | {"object": create["object"] | members}


async def reading(ours: Scene, path: str) -> Counted:
    """What a whole request costs, nothing being remembered from an earlier one."""
    ours.home.clock.advance(hours=1)
    with counted(ours.home.db) as found:
        await ours.alice.get(path, limit="40")
    return found


async def publishing(ours: Scene, text: str, *, answering: Document | None = None) -> list[str]:
    """The transaction in which a post of alice's is published."""
    with counted(ours.home.db) as found:
        await ours.alice.say(text, answering=answering)
    return found.transaction_with("INSERT INTO posts")


async def applying(ours: Scene) -> Counted:
    """What it costs to apply all that has come, in one turn of the loop."""
    with counted(ours.home.db) as found:
        assert await ours.home.take_turn()
    return found


async def fill(ours: Scene) -> None:
    """More than a page of posts by several people, with replies and likes."""
    bob, carol = ours.bob, ours.carol
    posts = [(bob, carol)[number % 2].create(f"question{number}") for number in range(45)]
    answers = [carol.create(f"answer{number}", answering=bob.post_uri("question44")) for number in range(3)]
    await ours.arrive([*posts, *answers, carol.like(bob.post_uri("question44"))], one_by_one=False)


async def gather_audience(ours: Scene, partner: FakePeer, ada: Api) -> None:
    """Members at the partner, with inboxes of their own, and one here who wants to hear of everything."""
    for number in range(MANY):
        member = Writer(partner.actor(f"member{number}", endpoints=None), ours.bob.community)
        await member.actor.post(INBOX, member.follow())
    await ours.home.apply()
    sites = await ada.join("@sites@alpha.test")
    await ada.post(f"/api/v1/accounts/{sites['id']}/follow", notify=True)
