"""What an app and a person do at a login, step by step, for the tests of this folder."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

from tests.support.site import PASSWORD, Answer, Browser, Site

App = dict[str, Any]

ICE_CUBES = "icecubesapp://"
IVORY = "com.tapbots.Ivory.10217:/request_token"
ELK = "https://elk.example/api/home.test/oauth/https%3A%2F%2Felk.example"
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
WEB = "https://app.example/callback"

SCOPES = "read write follow push"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-1234"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


def address(app: App, redirect_uri: str, /, **more: str) -> str:
    """Where the app sends the browser; `more` replaces and adds parameters."""
    given = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": redirect_uri, "scope": SCOPES}
    return f"/oauth/authorize?{urlencode(given | more)}"


async def consent_page(browser: Browser, path: str) -> Answer:
    """From the app's address to the consent page, over the sign-in page where alice is not signed in."""
    page = await browser.get(path)
    if page.status == 200:
        return page
    return await browser.follow(await browser.submit(await browser.follow(page), username="alice", password=PASSWORD))


async def authorized(browser: Browser, path: str) -> Answer:
    """The answer to the first form of the consent page."""
    return await browser.submit(await consent_page(browser, path))


async def code_for(site: Site, app: App, redirect_uri: str = WEB, /, **more: str) -> str:
    """A code that alice gave the app."""
    browser = await site.signed_in()
    page = await browser.get(address(app, redirect_uri, **more))
    answer = page if page.status == 302 else await browser.submit(page)
    return answer.answer["code"]


def exchange(app: App, code: str, redirect_uri: str = WEB, /, **more: str) -> dict[str, str]:
    """The parameters by which the app exchanges a code."""
    return {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": redirect_uri,
        "code": code,
    } | more


async def token_for(site: Site, app: App, redirect_uri: str = WEB, **more: str) -> str:
    """A token that alice gave the app."""
    code = await code_for(site, app, redirect_uri, **more)
    status, body, _ = await site.api("POST", "/oauth/token", json=exchange(app, code, redirect_uri))
    assert status == 200, body
    return str(body["access_token"])
