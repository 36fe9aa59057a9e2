"""Documents that are fetched and are no posts: what a server runs, whom a handle names."""

import json
from typing import Any
from urllib.parse import urlsplit

from models.peers import Peer
from tests.support.fake_peer import document as answer
from tests.wire.payloads import Document, Payload
from tests.wire.players import Player
from tests.wire.stage import ALICE, USUAL_HOST, Stage

_JRD = "application/jrd+json"
_LIST = "/.well-known/nodeinfo"
_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"


async def names_software(stage: Stage, payload: Payload) -> None:
    """A NodeInfo document says what a partner runs."""
    document = payload.document
    version = document["version"]
    address = f"http://{USUAL_HOST}/nodeinfo/{version}"
    _serve_json(stage, f"http://{USUAL_HOST}{_LIST}", {"links": [{"rel": f"{_SCHEMA}{version}", "href": address}]})
    _serve_json(stage, address, document)

    await _gets_to_know(stage, USUAL_HOST)

    assert await stage.rows(Peer.software, host=USUAL_HOST) == [(document["software"]["name"],)]


async def leads_to_software(stage: Stage, payload: Payload) -> None:
    """Of the NodeInfo documents of a list the newest counts; other links do no harm."""
    links = [link for link in payload.document["links"] if link["rel"].startswith(_SCHEMA)]
    host = urlsplit(links[0]["href"]).netloc
    _serve_json(stage, f"http://{host}{_LIST}", payload.document)
    for link in links:
        _serve_json(stage, link["href"], {"software": {"name": f"as of {link['rel'].removeprefix(_SCHEMA)}"}})

    await _gets_to_know(stage, host)

    newest = max(link["rel"] for link in links).removeprefix(_SCHEMA)
    assert await stage.rows(Peer.software, host=host) == [(f"as of {newest}",)]


async def _gets_to_know(stage: Stage, host: str) -> None:
    somebody = stage.play(f"http://{host}/users/somebody")
    await stage.hear_all(somebody, somebody.activity("Follow", object=ALICE))


async def names_an_actor(stage: Stage, payload: Payload) -> None:
    """Whom a handle names is found by WebFinger, among whatever other links."""
    jrd = _jrd_of(payload)
    actor, name, host = _named(stage, jrd)
    _serve_jrd(stage, host, jrd)

    account = await stage.alice.find(f"@{name}@{host}")

    assert account is not None
    assert account["acct"] == f"{name.lower()}@{host}"
    assert (await stage.account(actor))["id"] == account["id"]


async def claims_another_domain(stage: Stage, payload: Payload) -> None:
    """A handle of another domain than the actor's: not taken on the word of the actor's server."""
    jrd = _jrd_of(payload)
    actor, name, domain = _named(stage, jrd)
    _serve_jrd(stage, actor.peer.host, jrd)

    assert await stage.alice.find(f"@{name}@{domain}") is None
    assert await stage.alice.find(f"@{name}@{actor.peer.host}") is None
    await stage.hear_all(actor, actor.activity("Follow", object=ALICE))
    assert (await stage.account(actor))["acct"] == f"{name}@{actor.peer.host}"


async def names_a_server(stage: Stage, payload: Payload) -> None:
    """Somebody's server answers for itself in place of a person: nobody is found, and nothing breaks."""
    jrd = _jrd_of(payload)
    host = urlsplit(jrd["subject"]).netloc
    _serve_jrd(stage, host, jrd)

    assert await stage.alice.find(f"@somebody@{host}") is None


def _jrd_of(payload: Payload) -> Document:
    """The document, which may be the text of a captured answer."""
    document = payload.document
    return dict(json.loads(document["body"]) if "body" in document else document)


def _named(stage: Stage, jrd: Document) -> tuple[Player, str, str]:
    """The actor that a JRD leads to, and the name and the domain that it claims."""
    (link,) = [link for link in jrd["links"] if link["rel"] == "self" and "activity+json" in link["type"]]
    name, _, domain = jrd["subject"].removeprefix("acct:").partition("@")
    domain = domain if domain in stage.peers else f"{domain.replace('.', '-')}.test"
    jrd["subject"] = f"acct:{name}@{domain}"
    return stage.play(link["href"], "Person", {"preferredUsername": name, "type": "Person"}), name, domain


def _serve_jrd(stage: Stage, host: str, jrd: Any) -> None:
    stage.peers[host].serve("/.well-known/webfinger", answer(jrd, content_type=_JRD))


def _serve_json(stage: Stage, address: str, content: Document) -> None:
    parts = urlsplit(address)
    stage.peers[parts.netloc].serve(parts.path, answer(content, content_type="application/json"))
