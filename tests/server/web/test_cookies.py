"""Cookies over plain HTTP, in a laboratory: servers on the ports of one address do not sign each other out."""

from tests.support.site import PASSWORD, running_site


async def test_the_cookie_of_a_laboratory_is_named_after_its_domain(database_url: str) -> None:
    async with running_site(database_url, base_url="http://home.test") as site:
        browser = site.browser()
        await browser.sign_in("alice", PASSWORD)

        assert set(browser.cookies) == {"session-home.test", "form-home.test"}
        assert (await browser.get("/me")).status == 200
