"""/: what is open and what is new for one person, of what they may read."""

from tests.server.admin.desk import pressed
from tests.support.firm import App, Document, Firm


async def _home(firm: Firm, person: App) -> str:
    return (await (await firm.browser(person)).get("/")).text.partition("<main")[2]


def _section(page: str, name: str) -> str:
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


async def test_home_has_open_questions_and_what_is_new(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    asked = await bob.say("@sites Night shifts?")
    await bob.say("@sites We moved the stand-up to the afternoon")

    asker, colleague = await _home(firm, bob), await _home(firm, alice)

    assert f'href="/t/{asked["id"]}"' in _section(asker, "own-questions")
    assert 'id="questions"' not in asker
    assert f'href="/t/{asked["id"]}"' in _section(colleague, "questions")
    assert 'id="own-questions"' not in colleague
    for page in (asker, colleague):
        assert "We moved the stand-up" in _section(page, "newest")
        assert 'href="/@sites"' in _section(page, "newest")


async def test_a_question_that_is_answered_is_nobodys_task(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    asked = await bob.say("@sites Night shifts?")
    answer = await alice.answer(asked, "Let them draw the rota")
    await bob.call("PUT", f"/api/entrepairs/v1/threads/{asked['id']}/answer", json={"status_id": answer["id"]})

    assert 'id="own-questions"' not in await _home(firm, bob)
    assert 'id="questions"' not in await _home(firm, alice)


async def test_home_shows_nothing_of_where_somebody_is_no_member(firm: Firm, alice: App, bob: App) -> None:
    """T148."""
    await firm.community("board", host=alice, visibility="private")
    await alice.say("@board Who takes over in May?")

    assert "in May?" in await _home(firm, alice)
    assert "in May?" not in await _home(firm, bob)


async def test_an_invitation_stands_at_home_until_it_is_taken_up(firm: Firm, alice: App, bob: App) -> None:
    """Product J3: a private community is in no directory of somebody else's."""
    board = await firm.community("board", host=alice, visibility="private")
    await alice.post(f"/api/entrepairs/v1/communities/{board['id']}/invitations", account_id=bob.id)
    invited, other = await firm.browser(bob), await firm.browser(await firm.person("carol"))

    home, elsewhere = await invited.get("/"), await other.get("/")
    joined = await pressed(invited, home, "/c/board/join")

    assert 'href="/c/board"' in _section(home.text, "invitations")
    assert "board" not in elsewhere.text
    assert "You have joined." in joined.text
    assert 'id="invitations"' not in await _home(firm, bob)


async def test_questions_about_declared_topics_come_first(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """Product section 5: "you could help", by declared topics."""
    asked = [await bob.say(f"@sites {text}") for text in ("Night shifts?", "Which forklift?", "Who hires?")]
    newest, older, oldest = (f'href="/t/{one["id"]}"' for one in asked[::-1])
    before = _section(await _home(firm, alice), "questions")

    await alice.post("/api/v1/featured_tags", name="shift")
    after = _section(await _home(firm, alice), "questions")

    assert before.index(newest) < before.index(older) < before.index(oldest)
    assert after.index(oldest) < after.index(newest) < after.index(older)


async def test_of_a_long_post_a_list_has_the_beginning(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    whole = f"@sites Handover\n\n{'x' * 985}"
    long = f"@sites Night shifts\n\nFirst\n\n{'so and so ' * 200}the very end"
    await bob.say(whole)
    asked = await bob.say(long)

    listed = _section(await _home(firm, alice), "newest")
    page = await (await firm.browser(alice)).get(f"/@bob/{asked['id']}")

    assert "x" * 985 in listed
    assert "First\nso and so" in listed
    assert "the very end" not in listed
    assert listed.count("Read on") == 1
    assert "the very end" in page.text
