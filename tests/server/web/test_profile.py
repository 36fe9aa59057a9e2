"""/@{name}: pages of people and communities, ours and partners', for those who are signed in."""

from sqlalchemy import insert

from models.actors import PERSON, Actor
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer, Browser

POSTS = 21


async def remote_person(firm: Firm, name: str) -> int:
    """Somebody at partner.test who is known here."""
    uri = f"https://partner.test/users/{name}"
    number = firm.runtime.tokens.next_id(firm.clock.now())
    async with firm.runtime.db.write() as tx:
        await tx.execute(
            insert(Actor).values(
                id=number,
                uri=uri,
                type=PERSON,
                username=name,
                host="partner.test",
                peer_id=1,
                display_name="Rita Remote",
                summary_html='<p>See <a href="https://partner.test/@rita">me</a></p>',
                url=f"https://partner.test/@{name}",
                inbox_url=f"{uri}/inbox",
                created_at=firm.clock.now(),
            )
        )
    return number


async def test_nobody_reads_a_page_without_signing_in(firm: Firm, sites: Document) -> None:
    """Product rule 2, T161: the same for what is here and for what is not."""
    visitor = await firm.browser()

    pages = [await visitor.get(path) for path in ("/@sites", "/@nobody", "/@sites/1", "/t/1", "/tags/rota")]

    assert [page.status for page in pages] == [302] * 5
    assert pages[0].location == "/sign-in?next=%2F%40sites"


async def test_the_sign_in_leads_back_to_the_page(firm: Firm, alice: App, sites: Document) -> None:
    browser = await firm.browser(alice)

    assert (await browser.get("/@sites?lang=en")).status == 200


async def test_a_community_shows_what_it_is_and_its_threads(firm: Firm, alice: App, bob: App) -> None:
    status = await bob.say("@sites Night shifts?\n\nWe lose <b>people</b>.")
    await alice.answer(status, "Let them draw the rota")
    await alice.post(f"/api/v1/statuses/{status['id']}/favourite")

    page = await (await firm.browser(bob)).get("/@sites")

    assert page.status == 200
    for words in ("Sites", "@sites<wbr>@home.test", "Member", "Open", "2 members", "Night shifts?", "1 reply"):
        assert words in page.text, words
    assert f'href="/@bob/{status["id"]}"' in page.text
    assert "We lose &lt;b&gt;people&lt;/b&gt;." in page.text
    assert "draw the rota" not in page.text


async def test_who_has_not_joined_is_told_how(firm: Firm, alice: App, sites: Document) -> None:
    bea = await firm.person("bea")
    await alice.say("@sites All of the firm reads this")
    closed = await firm.community("circle", host=alice, visibility="on-request")
    await alice.say("@circle Only members read this")
    browser = await firm.browser(bea)

    own, circle = await browser.get("/@sites"), await browser.get(f"/@{closed['acct']}")

    assert "All of the firm reads this" in own.text
    assert "You have not joined" in own.text
    assert "Only members read what is written here." in circle.text
    assert "Only members read this" not in circle.text


async def test_a_private_community_is_as_if_it_were_not(firm: Firm, alice: App, bob: App) -> None:
    """Product section 3: the same "not found" as a wrong address."""
    await firm.community("board", host=alice, visibility="private")
    browser = await firm.browser(bob)

    hidden, wrong = await browser.get("/@board"), await browser.get("/@bored")

    assert (hidden.status, hidden.text.replace("board", "bored")) == (404, wrong.text)
    assert (await (await firm.browser(alice)).get("/@board")).status == 200


async def test_a_person_is_shown_without_a_number(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """Product rule 7: no figure about a person."""
    await alice.call("PATCH", "/api/v1/accounts/update_credentials", json={"note": "Plant 3 <i>"})
    await alice.say("@sites Night shifts?")
    await alice.say("For those who follow me")

    page = await (await firm.browser(bob)).get("/@alice")

    assert "Plant 3 &lt;i&gt;" in page.text
    assert "Night shifts?" in page.text
    assert "For those who follow me" not in page.text
    assert "followers" not in page.text
    assert "1 post" not in page.text.lower()


async def test_what_a_profile_names_leads_to_pages_here(firm: Firm, alice: App, bob: App) -> None:
    fields = [{"name": "Deputy", "value": "@bob"}]
    await alice.call(
        "PATCH", "/api/v1/accounts/update_credentials", json={"note": "On #Heat", "fields_attributes": fields}
    )

    page = await (await firm.browser(bob)).get("/@alice")

    assert '<a href="/tags/heat" class="mention hashtag" rel="tag">#<span>Heat</span></a>' in page.text
    assert '<a href="/@bob" class="u-url mention">@<span>bob</span></a>' in page.text


async def test_a_person_of_a_partner_has_a_page_here(firm: Firm, alice: App) -> None:
    await remote_person(firm, "rita")

    page = await (await firm.browser(alice)).get("/@Rita@Partner.test")

    assert page.status == 200
    assert "Rita Remote" in page.text
    assert "@rita<wbr>@partner.test" in page.text


async def test_a_mention_of_a_partners_person_leads_to_their_page_here(firm: Firm, alice: App) -> None:
    await remote_person(firm, "rita")
    status = await alice.say("Hello @rita@partner.test and @alice")

    page = await (await firm.browser(alice)).get(f"/@alice/{status['id']}")

    assert 'href="/@rita@partner.test" class="u-url mention"' in page.text
    assert 'href="https://partner.test/@rita"' not in page.text
    assert 'href="http://home.test' not in page.text


async def test_no_address_is_turned_into_another_hosts(firm: Firm, alice: App) -> None:
    """T107: an address of ours that goes on with two slashes stays whole."""
    status = await alice.say("See http://home.test//evil.test/ and http://home.test/me")

    page = await (await firm.browser(alice)).get(f"/@alice/{status['id']}")

    assert 'href="//' not in page.text
    assert 'href="http://home.test//evil.test/"' in page.text
    assert 'href="/me" target="_blank"' in page.text


async def test_older_posts_are_on_further_pages_and_each_once(firm: Firm, alice: App, sites: Document) -> None:
    for number in range(POSTS):
        await alice.say(f"@sites Question {number:02}")
    browser = await firm.browser(alice)

    first = await browser.get("/@sites")
    second = await browser.get(older(first))

    assert [words for words in questions() if words in first.text] == questions()[1:]
    assert [words for words in questions() if words in second.text] == questions()[:1]
    assert "Older posts" not in second.text


def questions() -> list[str]:
    return [f"Question {number:02}" for number in range(POSTS)]


def older(page: Answer) -> str:
    return page.text.partition('class="button quiet" href="')[2].partition('"')[0]


async def test_strange_addresses_are_not_found(firm: Firm, alice: App) -> None:
    browser = await firm.browser(alice)
    paths = ["/@", "/@%00", "/@a%00b@partner.test", "/@" + "x" * 600, "/@nobody@nowhere.test", "/@alice/first", "/@@"]
    paths += ["/@alice/99999999999999999999", "/t/first", "/tags/a%20b", "/tags/" + "x" * 101, "/@alice/1"]

    assert {path: page.status for path in paths if (page := await browser.get(path)).status != 404} == {}
    assert (await browser.get("/@sites?max_id=rubbish")).status == 404
    assert (await browser.get("/@alice?max_id=rubbish")).status == 200


async def test_other_servers_are_sent_on_to_the_documents(firm: Firm, alice: App, sites: Document) -> None:
    """The `url` of a profile or a post, pasted into a search box elsewhere, leads to the thing. T155: whether there is
    such a thing is not said."""
    await firm.community("board", host=alice, visibility="private")
    visitor = await firm.browser()

    found = {path: await document(visitor, path) for path in ("/@alice", "/@sites", "/@board", "/@nobody", "/@x/12")}

    assert {path: (answer.status, answer.location) for path, answer in found.items()} == {
        "/@alice": (302, "/users/alice"),
        "/@sites": (302, "/communities/sites"),
        "/@board": (302, "/users/board"),
        "/@nobody": (302, "/users/nobody"),
        "/@x/12": (302, "/objects/12"),
    }
    assert (await document(visitor, "/@rita@partner.test")).status == 404


async def document(browser: Browser, path: str) -> Answer:
    return await browser.get(path, Accept='application/activity+json, application/ld+json; profile="x"')


async def test_pages_are_in_both_languages(firm: Firm, alice: App, sites: Document) -> None:
    browser = await firm.browser(alice)

    french, english = await browser.get("/@sites?lang=fr"), await browser.get("/@sites?lang=en")

    assert "Fils de discussion" in french.text
    assert "Threads" in english.text


async def test_home_leads_to_the_communities(firm: Firm, alice: App, sites: Document) -> None:
    page = await (await firm.browser(alice)).get("/")

    assert 'href="/c/sites"' in page.text


async def test_a_hashtag_leads_to_what_one_may_read(firm: Firm, alice: App, bob: App) -> None:
    """T149."""
    await firm.community("board", host=alice, visibility="private")
    status = await bob.say("@sites Night shifts?\n\nAbout the #Rota")
    await alice.say("@board Figures\n\nAbout the #rota too")
    browser = await firm.browser(bob)

    post = await browser.get(f"/@bob/{status['id']}")
    page = await browser.get("/tags/rota")

    assert 'href="/tags/rota" class="mention hashtag"' in post.text
    assert "Night shifts?" in page.text
    assert "Figures" not in page.text


async def test_somebodys_page_names_the_communities_that_one_shares_with_them(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """Product section 5, T152: of a closed one nobody learns from there who is in it, but those who are."""
    circle = await firm.community("circle", host=alice, visibility="private")
    plans = await firm.community("plans", host=alice, visibility="on-request")
    for other in (bob, await firm.person("carol")):
        await other.follow(plans)
    reader, guest = await firm.browser(bob), await firm.browser(await firm.person("dan"))

    before = (await reader.get("/@alice")).text
    await alice.post(f"/api/entrepairs/v1/communities/{circle['id']}/invitations", account_id=bob.id)
    await bob.follow(circle)
    after = (await reader.get("/@alice")).text
    await bob.post(f"/api/v1/accounts/{circle['id']}/unfollow")

    assert "Communities that you share:" in before
    assert [f'<a href="/@{name}">' in before for name in ("sites", "plans", "circle")] == [True, False, False]
    assert [f'<a href="/@{name}">' in after for name in ("sites", "plans", "circle")] == [True, False, True]
    assert "Circle" not in (await reader.get("/@alice")).text
    for page in (await guest.get("/@alice"), await reader.get("/@carol"), await reader.get("/@bob")):
        assert "Communities that you share:" not in page.text


async def test_people_and_hashtags_in_the_title_of_a_thread_lead_to_their_pages(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    said = await alice.say("@sites <b>Can</b> @bob do #Shifts?")

    page = (await (await firm.browser(bob)).get(f"/@alice/{said['id']}")).text

    heading = page.partition("<h1>")[2].partition("</h1>")[0]
    assert "&lt;b&gt;Can&lt;/b&gt;" in heading
    assert 'href="/@bob"' in heading
    assert 'href="/tags/shifts"' in heading
