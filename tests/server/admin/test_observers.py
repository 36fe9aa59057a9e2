"""Observers: statistics only, and never a name (product sections 1, 6 and 9)."""

import json
import re

import pytest
from yarl import URL

from models.queries import roster
from models.queries import statistics as reading
from server.admin.routes import ROUTES as ADMIN_ROUTES
from server.api.routes import ROUTES as API_ROUTES
from server.http.csrf import FIELD
from server.mastodon.routes import ROUTES as MASTODON_ROUTES
from server.oauth.routes import ROUTES as OAUTH_ROUTES
from server.statistics import weekly
from server.web.routes import ROUTES as WEB_ROUTES
from tests.server.admin.desk import last_entry, press
from tests.support.firm import App, Document, Firm
from tests.support.site import Browser

PEOPLE = ("ben", "cleo", "dan", "eva", "fay", "gus", "hal", "ida", "jon", "kim", "lou", "max")
OWN = {
    "/admin/statistics",
    "/admin/statistics/{community}",
    "/help/transparency",
    "/me",
    "/me/data",
}
HOME = {"/": "/admin/statistics", "/admin": "/admin/overview", "/admin/overview": "/admin/statistics"}
OWN_FORMS = ("/me/language", "/me/password", "/me/sessions", "/me/apps", "/me/data", "/me/factors")
TO_ANYBODY = re.compile(
    r"^/(sign-in|static/|digest/stop|api/|\.well-known/|oauth/(token|userinfo|authorize/native|authorized_app))"
)
"""Needs nobody to be signed in, and shows the same to all."""


@pytest.fixture
async def vera(firm: Firm) -> App:
    """Of human resources; the token was made before anybody asked what for."""
    return await firm.person("vera", role="observer")


@pytest.fixture
async def observer(firm: Firm, vera: App) -> Browser:
    return await firm.browser(vera)


async def crowd(firm: Firm, host: App, community: Document, *names: str) -> list[App]:
    """Members of a community, invited where they have to be; those who are here already too."""
    people = []
    for name in names:
        token = await firm.token(name, "read write follow") if await _is_here(firm, name) else None
        person = await firm.person(name) if token is None else App(firm.session, firm.port, token, name)
        own = await person.get("/api/v1/accounts/verify_credentials")
        path = f"/api/entrepairs/v1/communities/{community['id']}/invitations"
        await host.call("POST", path, json={"account_id": own["id"]})
        await person.follow(community)
        people.append(person)
    return people


async def _is_here(firm: Firm, name: str) -> bool:
    async with firm.runtime.db.read() as tx:
        return await roster.is_name_used(tx, name)


def filled(path: str) -> str:
    return re.sub(r"{(name|community)[^}]*}", "sites", path).replace("{host}", "partner.test").replace("{id}", "1")


PAGES = [path for table in (ADMIN_ROUTES, WEB_ROUTES, OAUTH_ROUTES) for method, path, *_ in table if method == "GET"]
FORMS = [path for table in (ADMIN_ROUTES, WEB_ROUTES) for method, path, *_ in table if method == "POST"]


async def test_pages_are_closed_to_observers_but_for_their_few(
    firm: Firm, observer: Browser, alice: App, sites: Document
) -> None:
    """Threats T125: whatever is added is closed until it is said to be theirs."""
    await alice.say("@sites the kingfisher is back")
    for path in PAGES:
        # Of the second proof the page is for those who have a password, which nobody here has.
        if TO_ANYBODY.match(path) or path == "/me/factors":
            continue
        page = await observer.get(filled(path))

        if path in HOME:
            assert (page.status, page.location) == (302, HOME[path])
        else:
            assert (page.status in (200, 303, 404)) == (path in OWN), (path, page.status)
            assert page.status == 403 or path in OWN, (path, page.status)
        assert "alice" not in page.text.lower(), path
        assert "kingfisher" not in page.text, path


async def test_no_form_is_taken_from_an_observer_but_of_their_own_account(
    firm: Firm, observer: Browser, sites: Document
) -> None:
    token = (await observer.get("/me")).forms[0].fields[FIELD]
    for path in FORMS:
        if TO_ANYBODY.match(path) or path == "/sign-out" or path.startswith(OWN_FORMS):
            continue
        assert (await observer.post(filled(path), {FIELD: token})).status in (403, 415), path


async def test_apps_have_no_access_in_the_name_of_an_observer(
    firm: Firm, vera: App, observer: Browser, alice: App, sites: Document
) -> None:
    """By API as by page: a token that is there all the same is refused everywhere, and none can be given."""
    await alice.say("@sites the kingfisher is back")
    for table in (API_ROUTES, MASTODON_ROUTES):
        for method, path, *_ in table:
            if method != "GET" or "openapi" in path:
                continue
            url = URL(f"http://127.0.0.1:{firm.port}{filled(path)}", encoded=True)
            headers = {"Authorization": f"Bearer {vera.token}"}
            async with firm.session.get(url, headers=headers, allow_redirects=False) as answer:
                text = (await answer.text(errors="replace")).lower()
                assert "kingfisher" not in text, path
                assert "alice" not in text, path
                assert answer.status == 403 or '"acct"' not in text, path
    consent = await observer.get(
        "/oauth/authorize?response_type=code&client_id=x&redirect_uri=urn:ietf:wg:oauth:2.0:oob&scope=read"
    )

    assert (await vera.call("GET", "/api/v1/timelines/home")).status == 403
    assert consent.status == 403


async def test_an_observer_sees_communities_as_hosts_do_and_private_ones_as_one_total(
    firm: Firm, observer: Browser, alice: App, sites: Document
) -> None:
    """Product section 6. Nothing tells which private communities there are, nor how large one of them is."""
    await crowd(firm, alice, sites, *PEOPLE[:9])
    for name, size in (("veiled", 8), ("secret", 11), ("tiny", 3)):
        await crowd(firm, alice, await firm.community(name, host=alice, visibility="private"), *PEOPLE[:size])
    await firm.community("lonely", host=alice)
    firm.clock.advance(days=2)
    await weekly.measure(firm.runtime)

    page, total = await observer.get("/admin/statistics"), await observer.get("/admin/statistics/~private")
    of_one, of_hidden = await observer.get("/admin/statistics/sites"), await observer.get("/admin/statistics/secret")

    assert re.findall(r'href="/admin/statistics/(\w+)"', page.text) == ["lonely", "sites"]
    assert cells(page.text, "/admin/statistics/~private")[0] == "21"
    assert '<p class="figure">21</p>' in total.text
    assert "Participation" in of_one.text
    assert of_hidden.status == 404
    for text in (page.text, total.text, of_one.text):
        assert not re.search(r"veiled|secret|tiny|alice|\bben\b", text, re.I)


async def test_one_private_community_is_no_total(firm: Firm, observer: Browser, alice: App) -> None:
    """It would be the page of that one; nor does one that is too small make it two."""
    await crowd(firm, alice, await firm.community("quiet", host=alice, visibility="private"), *PEOPLE[:9])
    await crowd(firm, alice, await firm.community("small", host=alice, visibility="private"), *PEOPLE[:2])
    for name in ("one", "two"):
        await firm.community(name, host=alice)
    firm.clock.advance(days=2)
    await weekly.measure(firm.runtime)

    page, total = await observer.get("/admin/statistics"), await observer.get("/admin/statistics/~private")

    assert "10" not in cells(page.text, "/admin/statistics/~private")
    assert '<p class="figure">10</p>' not in total.text


def cells(text: str, address: str) -> list[str]:
    """The cells of the row that has this link."""
    row = text.partition(f'href="{address}"')[2].partition("</tr>")[0]
    return [re.sub("<[^>]*>", "", one).strip() for one in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)]


async def test_who_belongs_to_a_community_does_not_become_an_observer(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """They know names; who belongs to none becomes one, and what was open in their name ends."""
    await bob.follow(sites)
    zoe = await firm.person("zoe")
    admin = await firm.browser(await firm.person("olga", role="admin"))
    of_zoe = await firm.browser(zoe)

    refused = await press(admin, "/admin/people/bob", "/admin/people/bob/role", role="observer")
    named = await press(admin, "/admin/people/zoe", "/admin/people/zoe/role", role="observer")

    assert refused.status == 422
    assert "belongs to a community" in refused.text
    assert named.status == 303
    assert json.loads((await last_entry(firm)).details) == {"before": "member", "after": "observer"}
    assert (await of_zoe.get("/me")).location.startswith("/sign-in")
    assert (await zoe.call("GET", "/api/v1/timelines/home")).status == 403


async def test_the_threshold_is_not_an_observers(firm: Firm, observer: Browser) -> None:
    token = (await observer.get("/me")).forms[0].fields[FIELD]
    answer = await observer.post("/admin/statistics", {FIELD: token, "k": "5"})
    async with firm.runtime.db.read() as tx:
        assert await reading.threshold(tx) == 8
    assert answer.status == 403
