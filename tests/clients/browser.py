"""A person at a browser without scripts: follows redirects, fills in the forms of our pages, copies the code."""

import re
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from tests.support.laboratory import PASSWORD
from tests.support.site import Answer
from tests.support.waiting import PATIENCE_SECONDS


def authorize(browser: requests.Session, address: str, username: str, **chosen: str) -> str:
    """Open the address that an app gives, sign in, press the first button of the consent page; the code.

    `chosen`: what is filled in there.
    """
    return code_in(_submit(browser, _consent_page(browser, address, username), **chosen))


def authorize_by_redirect(browser: requests.Session, address: str, username: str) -> dict[str, str]:
    """The same, for an app that waits at an address of its own; what it is told there."""
    page = _consent_page(browser, address, username)
    form = page.forms[0]
    sent = browser.post(
        urljoin(page.path, form.action), data=form.fields, allow_redirects=False, timeout=PATIENCE_SECONDS
    )
    assert sent.status_code == 302, sent.text
    query = parse_qs(urlsplit(sent.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def code_in(page: Answer) -> str:
    """The code that the page shows, the only thing on it that looks like one."""
    found = re.findall(r'<input id="code"[^>]* value="([^"]+)"', page.text)
    assert len(found) == 1, page.text
    return str(found[0])


def _consent_page(browser: requests.Session, address: str, username: str) -> Answer:
    sign_in = _read(browser.get(address, timeout=PATIENCE_SECONDS))
    page = _submit(browser, sign_in, username=username, password=PASSWORD)
    assert 'name="decision"' in page.text, page.text
    return page


def _submit(browser: requests.Session, page: Answer, **fields: str) -> Answer:
    form = page.forms[0]
    assert form.method == "post"
    return _read(browser.post(urljoin(page.path, form.action), data=form.fields | fields, timeout=PATIENCE_SECONDS))


def _read(response: requests.Response) -> Answer:
    assert response.status_code == 200, response.text
    return Answer(response.status_code, response.headers, response.content, response.url)
