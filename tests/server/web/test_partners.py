"""/partners: what everybody here may know of the other firms."""

from tests.browser.world import filled
from tests.support.firm import App, Document, Firm


def _of(page: str, host: str) -> str:
    """The part of the page that is about one firm."""
    return page.partition(f">{host}</h2>")[2].partition("</section>")[0]


async def test_everybody_reads_which_firms_which_communities_and_what_they_may(firm: Firm) -> None:
    world = await filled(firm)
    page = (await (await firm.browser(world.people["bob"])).get("/partners")).text

    beta, lemmy = _of(page, "beta.test"), _of(page, "lemmy.test")
    assert "Agreement" in beta
    assert "Read and take part" in beta
    assert "24 months" in beta
    assert "December" in beta
    assert 'href="/c/sites"' in beta
    assert "Basic partner" in lemmy
    assert "confirms no deletions" in lemmy
    assert "Suspended since" in lemmy


async def test_what_is_private_is_named_to_nobody_outside(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """T148. A private community is named to who is in it, and to no colleague; without terms it goes nowhere."""
    await firm.community("board", host=alice, visibility="private", scope="all")

    for person in (alice, bob):
        page = (await (await firm.browser(person)).get("/partners")).text
        assert 'href="/c/sites"' in _of(page, "partner.test")
        assert "board" not in page


async def test_nobody_reads_it_without_signing_in(firm: Firm) -> None:
    answer = await (await firm.browser()).get("/partners")

    assert answer.status == 302
    assert answer.headers["Location"].startswith("/sign-in")
