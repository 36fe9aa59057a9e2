"""Redirect URIs: which may be registered, when one is the registered one, and how an answer is put onto it.

They are raw text from registration to redirect: some clients put a whole address, percent-encoded, into the path of
theirs, and decoding or normalising it breaks them. Pure functions.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

OUT_OF_BAND: Final = "urn:ietf:wg:oauth:2.0:oob"
"""No redirect: the person copies the code from a page."""

MAX_CHARACTERS: Final = 2000

QUERY, FRAGMENT, FORM_POST = "query", "fragment", "form_post"
MODES: Final = (QUERY, FRAGMENT, FORM_POST)
"""How an answer reaches the app (`response_mode`)."""

_ABSOLUTE: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):[\x21-\x7e]+")
_UNSAFE_CHARACTERS: Final = re.compile(r'[#\\<>"`{}|^]')
# Schemes that run something, read something here, or start a message instead of giving an app its answer (T134).
_REFUSED_SCHEMES: Final = frozenset(
    {
        *("about", "blob", "content", "data", "file", "filesystem", "ftp", "intent", "jar", "javascript", "mailto"),
        *("resource", "sms", "ssh", "tel", "vbscript", "view-source", "ws", "wss"),
    }
)
_WEB: Final = ("http", "https")
_LOOPBACK: Final = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]|localhost))(?::([0-9]{1,5}))?(/.*|\?.*)?")


def may_be_registered(uri: str) -> bool:
    """An absolute URI without a fragment, of a scheme that can belong to an app; addresses of the web need a host."""
    match = _ABSOLUTE.fullmatch(uri)
    if match is None or len(uri) > MAX_CHARACTERS or _UNSAFE_CHARACTERS.search(uri):
        return False
    scheme = match[1].lower()
    return scheme not in _REFUSED_SCHEMES and (scheme not in _WEB or _has_host(uri))


def _has_host(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        return bool(parts.hostname) and "@" not in parts.netloc and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def matching(registered: Iterable[str], given: str) -> bool:
    """Whether the app may be answered there: the whole text is the same, but for the port on loopback (T133).

    An app on the person's own machine cannot know which port will be free (RFC 8252, 7.3).
    """
    return any(given == one or _differs_in_port(one, given) for one in registered)


def _differs_in_port(registered: str, given: str) -> bool:
    ours, theirs = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(given)
    if ours is None or theirs is None or not may_be_registered(given):
        return False
    return ours[1] == theirs[1] and ours[3] == theirs[3] and (theirs[2] is None or 0 < int(theirs[2]) < 65536)


def is_https(uri: str) -> bool:
    """Only the holder of that host's certificate gets the answer; a private scheme any app can claim (T141)."""
    return uri[:8].lower() == "https://"


def host_of(uri: str) -> str | None:
    """The host, with a port, to which an address of the web leads; None for an app's own scheme."""
    return urlsplit(uri).netloc.rpartition("@")[2] if uri.partition(":")[0].lower() in _WEB else None


def with_answer(uri: str, answer: Mapping[str, str], mode: str) -> str:
    """The redirect URI with the answer appended, in its query or its fragment; the rest of it stays as it is."""
    encoded = urlencode(answer)
    if mode == FRAGMENT:
        return f"{uri}#{encoded}"
    if "?" not in uri:
        return f"{uri}?{encoded}"
    return f"{uri}{encoded}" if uri.endswith(("?", "&")) else f"{uri}&{encoded}"
