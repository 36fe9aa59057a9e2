"""Who wants ActivityPub JSON and who a page, and what JSON answers look like (spec/group-federation.md section 2).

`Accept` is taken apart by hand, since most parsers lose the profile parameter of `application/ld+json`. Some peers
compare the content type of an answer as text: it is exactly `ACTIVITY_TYPE`.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec
from aiohttp import web

from federation.vocab.types import Document

ACTIVITY_TYPE: Final = "application/activity+json; charset=utf-8"

VARY: Final = "Accept, Signature, Signature-Input"

BY_SIGNATURE: Final[Mapping[str, str]] = {"Vary": VARY, "Cache-Control": "private, no-store"}
"""Headers of an answer that depends on who asks (threats T114)."""

_DOCUMENTS: Final = frozenset({"application/activity+json", "application/ld+json"})
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
_QUOTED: Final = re.compile(r'"[^"]*+"')
_QUALITY: Final = re.compile(r"[01](?:\.[0-9]{0,3})?")

_encode: Final = msgspec.json.Encoder().encode


def wants_page(request: web.Request) -> bool:
    """A browser asks: HTML is named and preferred to every form of ActivityPub. Nothing named at all means JSON."""
    accepted = ",".join(request.headers.getall("Accept", ()))
    if "html" not in accepted:
        return False
    page = document = 0.0
    for media_range in _QUOTED.sub("", accepted).split(","):
        media_type, *parameters = media_range.lower().split(";")
        if media_type.strip() in _PAGES:
            page = max(page, _quality(parameters))
        elif media_type.strip() in _DOCUMENTS:
            document = max(document, _quality(parameters))
    return page > document


def _quality(parameters: list[str]) -> float:
    """The weight of one media range; 1 where none is given, or none that can be read."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q" and _QUALITY.fullmatch(value.strip()):
            return min(float(value), 1.0)
    return 1.0


def activity_json(
    document: Document | bytes, *, status: int = 200, headers: Mapping[str, str] = BY_SIGNATURE
) -> web.Response:
    """A document, or one that was encoded before, as an answer; `headers` say how far it may be kept."""
    body = document if isinstance(document, bytes) else _encode(document)
    return web.Response(status=status, body=body, headers={"Content-Type": ACTIVITY_TYPE, **headers})


def see_page(path: str) -> web.Response:
    """Send a browser to the page for people. It is sent there whether the thing exists or not."""
    return web.Response(status=303, headers={"Location": path, "Vary": "Accept"})
