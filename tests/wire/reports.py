"""Reports: to whom they are shown, whatever form they have."""

from models.actors import Actor
from models.moderation import Report
from models.posts import Post
from tests.support.fake_peer import PUBLIC
from tests.wire.payloads import Payload
from tests.wire.reading import id_of
from tests.wire.shown import listed
from tests.wire.stage import ALICE, SITES, Stage


async def reports_a_post(stage: Stage, payload: Payload) -> None:
    """Somebody reports a post of our community."""
    payload = payload.put({payload.document["to"][0]: SITES})
    document = payload.document
    reporter = stage.play(document["actor"])
    writer = stage.play(stage.at(document["object"], "/users/writer"))
    await stage.our_community(writer, reporter)
    await stage.post_in_ours(writer, document["object"])

    await stage.hear_all(reporter, payload)

    ((post_id,),) = await stage.rows(Post.id, uri=document["object"])
    reason = document.get("summary") or document.get("content") or ""
    assert await stage.rows(Report.post_id, Report.reason) == [(post_id, reason)]
    # Who has to know hears of it, and nobody else.
    told = [one for one in await stage.home.composed("Announce") if id_of(one["object"]) == document["id"]]
    assert [
        uri for one in told for uri in (*one["to"], *one.get("cc", [])) if uri in (PUBLIC, f"{SITES}/followers")
    ] == []


async def reports_a_person(stage: Stage, payload: Payload) -> None:
    """A server reports alice and posts of hers; who asked it to is not said."""
    person, *about = payload.document["object"]
    await stage.our_community()
    posts = [await stage.alice.say(f"@sites Post {number}") for number, _ in enumerate(about)]
    uris = [post["uri"] for post in posts]
    payload = payload.put(dict(zip(about, uris, strict=True)) | {person: ALICE})
    document = payload.document
    server = stage.play(document["actor"], "Application")

    await stage.hear_all(server, payload)

    ids = {number for number, uri in await stage.rows(Post.id, Post.uri) if uri in listed(document["object"])}
    assert {row[0] for row in await stage.rows(Report.post_id)} == ids
    assert {row[0] for row in await stage.rows(Report.reason)} == {document["content"]}
    reporters = {row[0] for row in await stage.rows(Report.reporter_id)}
    assert [(number,) for number in reporters] == await stage.rows(Actor.id, uri=server.uri)
