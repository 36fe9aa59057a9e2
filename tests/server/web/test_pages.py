"""What all pages have in common: headers, forms that only they can send, and that they work for everybody."""

import re
from html.parser import HTMLParser

import pytest

from server.oauth.routes import ROUTES as OAUTH_ROUTES
from server.web.routes import ROUTES
from tests.support.site import ALICE, Answer, Browser, Site, add_community

WITH_FILES = ["/c/{name}/settings/picture"]
ONE_CLICK = ["/digest/stop/{token}"]
"""Mail programs send it, which have no cookie (RFC 8058): its address is what proves who sends it."""
FORMS = [
    path
    for method, path, _ in [*ROUTES, ("POST", "/oauth/authorize", None)]
    if method == "POST" and path not in (*WITH_FILES, *ONE_CLICK)
]
VOID = {"meta", "link", "input", "br", "img", "wbr", "circle"}


class _Outline(HTMLParser):
    """Tags, ids, and what each input is labelled by."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.inputs: list[dict[str, str | None]] = []
        self.headings: list[int] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag == "label" and given.get("for"):
            self.labels.add(given["for"] or "")
        if tag == "input" and given.get("type") not in ("hidden", "radio") and "hidden" not in given:
            self.inputs.append(given)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def outline(page: Answer) -> _Outline:
    parser = _Outline()
    parser.feed(page.text)
    return parser


async def every_page(site: Site) -> list[Answer]:
    """Each kind of page once."""
    await add_community(site, 2001, "plans", "Plans", member=ALICE)
    app = await site.register("urn:ietf:wg:oauth:2.0:oob")
    visitor, alice = site.browser(), await site.signed_in()
    authorize = f"/oauth/authorize?response_type=code&client_id={app['client_id']}"
    consent = await alice.get(authorize)
    once = await visitor.get(await site.one_time_address())
    return [
        await visitor.get("/sign-in"),
        await visitor.sign_in("alice", "wrong"),
        await visitor.get("/nothing"),
        await visitor.get("/oauth/authorize"),
        once,
        await visitor.follow(await visitor.submit(once)),
        consent,
        await alice.follow(await alice.submit(consent)),
        await alice.follow(await alice.submit(consent, 1)),
        await alice.get("/"),
        await alice.get("/me"),
        await alice.get("/me?done=password"),
        await alice.get("/nothing"),
    ]


async def test_every_page_carries_the_headers_that_protect_it(site: Site) -> None:
    """T113."""
    for page in await every_page(site):
        assert page.headers["Content-Type"] == "text/html; charset=utf-8", page.path
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] in ("same-origin", "no-referrer")
        assert page.headers["Strict-Transport-Security"].startswith("max-age=")
        assert "no-store" in page.headers["Cache-Control"]


async def test_every_page_can_be_read_by_everybody(site: Site) -> None:
    """WCAG 2.2 AA, what can be told from the text: language, landmarks, headings, labels, and no scripts."""
    for page in await every_page(site):
        found = outline(page)
        assert re.search(r'<html lang="(en|fr)">', page.text)
        assert "<title>" in page.text
        assert found.tags.count("main") == found.tags.count("h1") == 1, page.path
        assert found.headings[0] == 1
        assert all(after - before <= 1 for before, after in zip(found.headings, found.headings[1:], strict=False))
        assert 'href="#content"' in page.text
        assert len(found.ids) == len(set(found.ids))
        assert {each["id"] for each in found.inputs} <= found.labels
        assert not {"script", "style", "iframe"} & set(found.tags)
        assert not [name for name, _ in found.attributes if name == "style" or name.startswith("on")]
        described = {
            one for name, value in found.attributes if name == "aria-describedby" for one in (value or "").split()
        }
        assert described <= set(found.ids)
        assert found.open == []


@pytest.mark.parametrize("path", FORMS)
async def test_no_form_is_taken_without_its_token(site: Site, path: str) -> None:
    """T117: every route that changes something, signed in or not."""
    path = path.replace("{token}", "x").replace("{name}", "sites").replace("{id}", "1")
    given = {"csrf": "wrong", "username": "alice", "new_password": "x" * 12, "new_password_again": "x" * 12}

    for browser in (site.browser(), await site.signed_in()):
        assert (await browser.post(path, {})).status == 403
        assert (await browser.post(path, given)).status == 403
        assert (await browser.post(path, given, **{"Content-Type": "text/plain"})).status == 415
        assert (await browser.post(path, given, **{"Content-Type": "multipart/form-data"})).status == 415


@pytest.mark.parametrize("path", WITH_FILES)
async def test_no_file_is_taken_of_a_visitor_or_for_what_is_not_theirs(site: Site, path: str) -> None:
    """T117, T125: nothing of it is read. The token of who may send one is looked at in `test_settings.py`."""
    path = path.replace("{name}", "sites")

    for browser, status in ((site.browser(), 403), (await site.signed_in(), 404)):
        assert (await browser.send_file(path, {"csrf": "wrong"}, b"x" * 100)).status == status
        assert (await browser.post(path, {"csrf": "wrong"})).status == status
        assert (await browser.post(path, {}, **{"Content-Type": "text/plain"})).status == 415


async def test_a_visitors_token_is_no_good_for_somebody_who_is_signed_in(site: Site) -> None:
    """T117."""
    browser = await site.signed_in()
    token = (await browser.get("/sign-in")).forms[0].fields["csrf"]

    assert (await browser.post("/sign-out", {"csrf": token})).status == 403


async def test_a_form_with_too_many_fields_is_refused(browser: Browser) -> None:
    answer = await browser.post("/sign-in", {f"field{number}": "" for number in range(101)})

    assert answer.status == 400


async def test_pages_change_nothing_when_they_are_only_looked_at() -> None:
    """T117: whatever changes something is a POST, here and at the OAuth provider."""
    methods = {
        path: {method for method, other, _ in [*ROUTES, *OAUTH_ROUTES] if other == path} for _, path, _ in ROUTES
    }

    assert methods["/sign-out"] == {"POST"}
    assert all("GET" not in methods[path] for path in ("/me/language", "/me/password", "/me/apps/revoke"))


async def test_programs_get_errors_as_json_and_browsers_as_pages(browser: Browser) -> None:
    page = await browser.get("/nothing")
    program = await browser.get("/nothing", Accept="application/activity+json")

    assert (page.status, program.status) == (404, 404)
    assert page.headers["Content-Type"].startswith("text/html")
    assert program.headers["Content-Type"].startswith("application/json")


async def test_the_style_may_be_kept_for_ever_and_is_found_under_its_content(site: Site, browser: Browser) -> None:
    page = await browser.get("/sign-in")
    address = re.search(r'href="(/static/style\.css\?v=\w+)"', page.text)
    assert address

    style = await browser.get(address[1])
    again = await browser.get(address[1], **{"If-None-Match": style.headers["ETag"]})

    assert style.headers["Content-Type"] == "text/css; charset=utf-8"
    assert style.headers["Cache-Control"] == "public, max-age=31536000"
    assert (style.status, again.status, again.body) == (200, 304, b"")


@pytest.mark.parametrize("name", ["icon.svg", "avatar.png"])
async def test_pictures_are_there(browser: Browser, name: str) -> None:
    answer = await browser.get(f"/static/{name}")

    assert answer.status == 200
    assert answer.headers["Content-Type"] in ("image/svg+xml", "image/png")


@pytest.mark.parametrize("name", ["../sign_in.py", "..%2Fsign_in.py", "nothing.css", "%00"])
async def test_nothing_else_is_served_beside_them(browser: Browser, name: str) -> None:
    assert (await browser.get(f"/static/{name}")).status == 404


async def test_an_address_in_another_language_keeps_its_parameters(site: Site, browser: Browser) -> None:
    page = await browser.get("/sign-in?next=%2Fme%3Fx%3D1&lang=fr")

    assert 'href="/sign-in?next=%2Fme%3Fx%3D1&amp;lang=en"' in page.text
