"""What partners send: activities of a usual size, signed beforehand, so that signing is not in the way of sending.

All actors of all partners share one key: checking costs the same, and making fifty keys would take ten seconds.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.load.http_load import request
from tests.support.signing import ACTIVITY_TYPE, Signing, pem_of, rsa_key, signed_headers

Document = dict[str, object]

DOMAIN = "alpha.test"
BASE_URL = f"http://{DOMAIN}"
"""The server that everything is sent to."""

PRIVATE_KEY = rsa_key("load")
PUBLIC_PEM = pem_of(PRIVATE_KEY)

PARAGRAPH = (
    "We lose two nurses a month on the night shift, and everybody says that pay is the reason. I am not sure: the "
    "last three who left told me about the rota, which comes out on a Friday for the Monday after. Has anybody here "
    "let the team draw its own rota, and did it hold through the summer? What did you do about those who never swap?"
)
"""Some 300 characters, which is what a post on a small screen has."""

_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def key_id(actor_uri: str) -> str:
    """The key of an actor at a partner."""
    return f"{actor_uri}#main-key"


def create(actor_uri: str, name: str, community_uri: str, at: datetime) -> bytes:
    """A Create of an opening post in a community, about 2 KiB, written then. `name` makes its ids."""
    return written(activity(actor_uri, name, "Create", opening_post(actor_uri, name, community_uri, at), community_uri))


def opening_post(actor_uri: str, name: str, community_uri: str, at: datetime) -> Document:
    """What such a Create is about."""
    origin = _origin(actor_uri)
    return {
        "id": f"{origin}/objects/{name}",
        "type": "Page",
        "attributedTo": actor_uri,
        "name": f"How do you plan night shifts? ({name})",
        "content": f"<p>{PARAGRAPH}</p><p>{PARAGRAPH}</p>",
        "mediaType": "text/html",
        "source": {"content": PARAGRAPH, "mediaType": "text/markdown"},
        **_addressed(community_uri),
        "url": f"{origin}/@{actor_uri.rpartition('/')[2]}/{name}",
        "published": instant(at),
        "sensitive": False,
        "language": {"identifier": "en", "name": "English"},
        "tag": [{"type": "Hashtag", "name": "#nightshift", "href": f"{origin}/tags/nightshift"}],
        "attachment": [],
    }


def activity(actor_uri: str, name: str, kind: str, content: object, community_uri: str) -> Document:
    """An activity in a community; `name` makes its id."""
    return {
        "@context": ["https://www.w3.org/ns/activitystreams", {"Hashtag": "as:Hashtag", "sensitive": "as:sensitive"}],
        "id": activity_id(actor_uri, name),
        "type": kind,
        "actor": actor_uri,
        "object": content,
        **_addressed(community_uri),
    }


def activity_id(actor_uri: str, name: str) -> str:
    """The id of somebody's activity of this name."""
    return f"{_origin(actor_uri)}/activities/{name}"


def written(document: Document) -> bytes:
    """As it is sent."""
    return json.dumps(document, separators=(",", ":")).encode()


def instant(at: datetime) -> str:
    """To the millisecond."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _origin(actor_uri: str) -> str:
    return "/".join(actor_uri.split("/")[:3])


def _addressed(community_uri: str) -> Document:
    return {"to": [community_uri, f"{community_uri}/followers"], "cc": [_PUBLIC], "audience": community_uri}


def deliveries(host: str, bodies: Sequence[tuple[str, bytes]]) -> list[bytes]:
    """Signed POSTs of (actor, body) to the shared inbox of the server called `host`, ready to be written."""
    return [_signed("POST", f"http://{host}/inbox", actor_uri, body) for actor_uri, body in bodies]


def signed_gets(url: str, actor_uris: Sequence[str]) -> list[bytes]:
    """GETs of one document, each signed by one of the actors."""
    return [_signed("GET", url, actor_uri, None) for actor_uri in actor_uris]


def _signed(method: str, url: str, actor_uri: str, body: bytes | None) -> bytes:
    how = Signing(at=datetime.now(UTC))
    headers = signed_headers(method, url, body, PRIVATE_KEY, key_id(actor_uri), how)
    if body is None:
        headers.append(("accept", ACTIVITY_TYPE))
    return request(method, "/" + url.split("/", 3)[3], headers, body or b"")
