"""Search: handles, names, hashtags and addresses; what is not there is an empty list and never an error."""

from tests.support.firm import App, Document, Firm

NOTHING: Document = {"accounts": [], "statuses": [], "hashtags": []}

STRANGE = [
    "",
    "   ",
    "from:me",
    "from:@alice has:media is:reply before:2026-01-01",
    "%",
    "_",
    "\\",
    "@",
    "@@",
    "@home.test",
    "@nobody@partner.test",
    "@nobody@unknown.test",
    "https://",
    "https://unknown.test/@x",
    "http://127.0.0.1/admin",
    "x" * 3000,
    "a\0b",
    "😀",
]


async def test_a_handle_finds_the_community_first(firm: Firm, alice: App, sites: Document) -> None:
    await firm.person("sites2")

    for text in ("@sites@home.test", "sites@home.test", "@sites", "!sites", "Sites"):
        found = await alice.get("/api/v2/search", q=text, resolve="true", type="accounts")
        assert found["accounts"][0]["acct"] == "sites", text
        assert (found["statuses"], found["hashtags"]) == ([], [])


async def test_the_old_address_answers_the_same(alice: App, sites: Document) -> None:
    old = await alice.get("/api/v1/search", q="sites")

    assert old == await alice.get("/api/v2/search", q="sites")


async def test_addresses_of_posts_and_profiles_lead_to_them(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?")

    for address in (status["url"], status["uri"]):
        found = await alice.get("/api/v2/search", q=address, resolve="true")
        assert [one["id"] for one in found["statuses"]] == [status["id"]]
    for address in (sites["url"], sites["uri"]):
        found = await alice.get("/api/v2/search", q=address, type="accounts")
        assert [one["id"] for one in found["accounts"]] == [sites["id"]]


async def test_an_address_of_what_one_may_not_see_finds_nothing(firm: Firm, alice: App, bob: App) -> None:
    """T149."""
    board = await firm.community("board", host=alice, visibility="private")
    status = await alice.say("@board Figures")

    for address in (status["url"], status["uri"], board["url"], board["uri"]):
        assert await bob.get("/api/v2/search", q=address, resolve="true") == NOTHING


async def test_hashtags_of_visible_posts_are_found(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    await firm.community("board", host=alice, visibility="private")
    await alice.say("@sites About #rota")
    await alice.say("@board About #rotten")

    for text in ("#rot", "rot"):
        found = await bob.get("/api/v2/search", q=text, type="hashtags")
        assert [(one["name"], one["following"]) for one in found["hashtags"]] == [("rota", False)]


async def test_strange_searches_find_nothing_and_break_nothing(alice: App) -> None:
    found = {text: await alice.call("GET", "/api/v2/search", query={"q": text, "limit": "5"}) for text in STRANGE}

    assert {text: answer.status for text, answer in found.items() if answer.status != 200} == {}
    assert {text: answer.document for text, answer in found.items() if answer.document != NOTHING} == {}


async def test_a_partner_that_cannot_be_reached_is_a_503(alice: App) -> None:
    found = await alice.call("GET", "/api/v2/search", query={"q": "@bob@partner.test", "resolve": "true"})

    assert (found.status, found.error) == (503, "Remote data could not be fetched")


async def test_a_server_that_is_no_partner_is_not_even_asked(alice: App) -> None:
    """Product rule 2: closed by default."""
    for text in ("@bob@unknown.test", "https://unknown.test/@bob", "https://unknown.test/notes/1"):
        assert await alice.get("/api/v2/search", q=text, resolve="true") == NOTHING
