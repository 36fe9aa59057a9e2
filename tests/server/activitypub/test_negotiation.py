"""Who gets JSON and who is sent to a page."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from server.activitypub.negotiation import wants_page

_PROFILE = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


@pytest.mark.parametrize(
    "accept",
    [
        [],
        [""],
        ["*/*"],
        ["application/json"],
        ["application/activity+json"],
        ["application/activity+json, application/ld+json"],
        [_PROFILE],
        [f"application/activity+json, {_PROFILE}, text/html;q=0.1"],
        ["text/html;q=0.5, application/activity+json;q=0.5"],
        ["text/html", "application/ld+json"],
        ["TEXT/HTML;Q=0.4, Application/Activity+JSON"],
        ["text/html;q=0"],
        ["text/html;q=0.000"],
        ['application/x; note="text/html", */*'],
        ["application/x-text/html-like"],
    ],
)
def test_programs_get_json(accept: list[str]) -> None:
    assert not wants_page(_asking(accept))


@pytest.mark.parametrize(
    "accept",
    [
        ["text/html"],
        ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
        ["application/xhtml+xml"],
        ["text/html, application/activity+json;q=0.9"],
        ["text/html, application/activity+json;q=0"],
        ["application/json, text/html;q=0.5"],
        ["*/*;q=0.1", "text/html ; q=0.2"],
        ["text/html;q=much"],
    ],
)
def test_browsers_get_a_page(accept: list[str]) -> None:
    assert wants_page(_asking(accept))


def _asking(accept: list[str]) -> web.Request:
    return make_mocked_request("GET", "/users/alice", headers=CIMultiDict([("Accept", value) for value in accept]))
