"""A partner on Fedify, as it is on npm: it joins a community of ours, reads, writes, and goes; one of ours follows it.

Every step is looked at from both sides: through our client API, and in what Fedify made of what it was sent.
The whole goes over TLS between processes, once for each scheme of signatures: Fedify signs in it first, and turns away
deliveries that are signed in the other.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
import trustme
from aiohttp import ClientSession, DummyCookieJar

from tests.foreign import fedify_server
from tests.foreign.fedify_server import HOST, FedifyServer, Foreigners, Scheme
from tests.support.api import Api, Document
from tests.support.ports import free_ports
from tests.support.processes import RunningFirm, laboratory
from tests.support.waiting import until

pytestmark = pytest.mark.process

SITES = "@sites@alpha.test"
GROUP = "https://alpha.test/communities/sites"
ADA = "https://alpha.test/users/ada"
FREYA = f"https://{HOST}/users/freya"


@dataclass(frozen=True)
class Two:
    """Our firm and the foreign server, running."""

    alpha: RunningFirm
    fedify: FedifyServer
    scheme: Scheme


@pytest.fixture(scope="module", params=["cavage", "rfc9421"])
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """alpha.test, where alice hosts the community, with fedify.test as a basic partner."""
    folder, authority = tmp_path_factory.mktemp(request.param), trustme.CA()
    fedify_server.packages()
    (port,) = free_ports(1)
    with laboratory(folder, ["alpha.test"], authority=authority, guests={HOST: port}) as (alpha,):
        alpha.ask("partner", "allow", HOST)
        alpha.add_people("alice", "ada")
        alpha.ask("community", "create", "sites", "--title", "Sites", "--host", "alice", "--scope", "all")
        alpha.start()
        places = {"alpha.test": alpha.tap.port}
        with fedify_server.running(folder, port, authority, hosts=places, first_knock=request.param) as fedify:
            yield Two(alpha, fedify, request.param)


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    """What all apps, and the orders to the foreign server, are sent with."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as made:
        yield made


@pytest.fixture
async def foreigners(two: Two, session: ClientSession) -> Foreigners:
    """freya and finn, whose server understands one scheme only."""
    people = two.fedify.people_by(session)
    await people.understand_only(two.scheme)
    return people


@pytest.fixture
async def ada(two: Two, session: ClientSession) -> Api:
    """A member of alpha's community."""
    person = two.alpha.person(session, "ada")
    await person.join(SITES)
    return person


async def join(foreigners: Foreigners, ada: Api, who: str) -> str:
    """Let somebody follow the community, and wait until both sides say so; the id of the Follow."""
    follow = await foreigners.do("follow", who=who, whom=SITES)

    await until(lambda: is_member(ada, who))
    await applied(foreigners, types=["Accept", "Follow", "Group"], actor=GROUP)
    return str(follow["id"])


async def is_member(ada: Api, who: str) -> bool:
    """Whether somebody of the foreign server has joined, as alpha shows it."""
    return f"{who}@{HOST}" in await ada.members(SITES)


async def applied(foreigners: Foreigners, **members: object) -> Document:
    """The first activity with these members that Fedify verified and gave to its server, once it is there."""

    async def found() -> Document | None:
        for one in await foreigners.seen("applied"):
            if all(one.get(name) is not None and _fits(one[name], wanted) for name, wanted in members.items()):
                return one
        return None

    seen = await until(found)
    assert seen is not None
    return seen


async def awaited(ada: Api, thread: Document, words: str) -> Document:
    """The reply below a thread that says these words, once ada sees it."""

    async def found() -> Document | None:
        return next((one for one in await ada.replies(thread) if words in one["content"]), None)

    seen = await until(found)
    assert seen is not None
    return seen


async def test_a_foreign_member_reads_and_verifies_what_is_posted_answered_edited_and_deleted(
    two: Two, foreigners: Foreigners, ada: Api
) -> None:
    await join(foreigners, ada, "freya")

    post = await ada.say(f"{SITES} Who runs nights?\n\nWe do not.")
    read = await applied(foreigners, types=["Announce", "Create", "Page"], title="Who runs nights?")
    assert (read["object"], read["by"], read["content"]) == (post["uri"], ADA, "<p>We do not.</p>")

    answer = await ada.say("Nobody, it seems.", answering=post)
    read = await applied(foreigners, types=["Announce", "Create", "Note"], object=answer["uri"])
    assert "Nobody, it seems." in read["content"]

    await ada.edit(answer, "Nobody, it seems, at all.")
    await applied(foreigners, types=["Announce", "Update", "Note"], content="at all")

    await ada.delete(f"/api/v1/statuses/{answer['id']}")
    await applied(foreigners, types=["Announce", "Delete", "Tombstone"], object=answer["uri"])

    delivered = await foreigners.seen("delivered")
    assert {(one["scheme"], one["signer"], one["status"]) for one in delivered} == {(two.scheme, GROUP, 202)}


async def test_a_foreign_member_posts_answers_likes_edits_deletes_and_leaves(
    two: Two, foreigners: Foreigners, ada: Api
) -> None:
    follow = await join(foreigners, ada, "finn")

    made = await foreigners.do("post", who="finn", community=SITES, text="Do you rotate welders?")
    thread = await ada.awaited_thread("Sites", "rotate welders")
    assert (thread["uri"], thread["account"]["acct"]) == (made["object"], f"finn@{HOST}")

    question = await ada.say("What for?", answering=thread)
    said = {"who": "finn", "community": SITES}
    answer = await foreigners.do("post", **said, text="For the eyes.", answering=question["uri"])
    shown = await awaited(ada, thread, "For the eyes")
    assert shown["in_reply_to_id"] == question["id"]

    like = await foreigners.do("like", **said, object=question["uri"])
    await has_likes(ada, question, 1)
    await foreigners.do("unlike", **said, like=like["id"])
    await has_likes(ada, question, 0)

    await foreigners.do("edit", **said, note=answer["object"], text="For the eyes, above all.")
    await awaited(ada, thread, "above all")

    await foreigners.do("remove", **said, note=answer["object"])

    async def is_gone() -> bool:
        return [one["id"] for one in await ada.replies(thread)] == [question["id"]]

    await until(is_gone)

    await foreigners.do("leave", who="finn", whom=SITES, follow=follow)

    async def has_left() -> bool:
        return f"finn@{HOST}" not in await ada.members(SITES)

    await until(has_left)
    await foreigners.do("post", **said, text="From outside")
    await foreigners.do("follow", who="finn", whom=SITES)
    await until(lambda: is_member(ada, "finn"))
    assert await ada.thread("Sites", "From outside") is None, "the Follow came after it, and is applied"


async def test_one_of_ours_follows_somebody_at_a_foreign_server_and_reads_them(
    two: Two, foreigners: Foreigners, ada: Api
) -> None:
    freya = await ada.join(f"@freya@{HOST}")
    assert (freya["acct"], freya["url"]) == (f"freya@{HOST}", FREYA)

    told = await foreigners.do("tell", who="freya", text="Gone fishing")

    async def is_home() -> bool:
        return [one["uri"] for one in await ada.home() if "Gone fishing" in one["content"]] == [told["object"]]

    await until(is_home)
    await ada.leave(freya)
    await applied(foreigners, types=["Undo", "Follow", "Person"], actor=ADA)


async def test_all_that_it_signs_is_understood_in_either_scheme(two: Two, foreigners: Foreigners, ada: Api) -> None:
    """But for addresses with a fragment in RFC 9421: Fedify signs it as part of @target-uri, and no request carries it.

    (RFC 9110, 7.1.) It asks for those once more in the other scheme.
    """
    await join(foreigners, ada, "freya")
    await foreigners.do("post", who="freya", community=SITES, text="Understood?")
    await ada.awaited_thread("Sites", "Understood?")

    asked = [one for one in await foreigners.seen("asked") if one["scheme"] is not None]
    whole = [one for one in asked if "#" not in one["url"]]
    assert {"GET", "POST"} == {one["method"] for one in whole}
    assert {(one["scheme"], one["status"] // 100) for one in whole} == {(two.scheme, 2)}
    assert {one["status"] // 100 for one in asked if one["scheme"] == "cavage"} <= {2}


async def test_a_scheme_that_a_partner_does_not_understand_is_tried_once(
    two: Two, foreigners: Foreigners, ada: Api
) -> None:
    """Which one it understands is remembered (signatures, section 6)."""
    await join(foreigners, ada, "freya")
    await join(foreigners, ada, "finn")

    turned_away = await foreigners.seen("turned away")

    assert [one["scheme"] for one in turned_away] == ([] if two.scheme == "cavage" else ["cavage"])


async def has_likes(person: Api, status: Document, count: int) -> None:
    """Wait until a post has been liked so many times."""

    async def has() -> bool:
        return bool((await person.read(status))["favourites_count"] == count)

    await until(has)


def _fits(value: object, wanted: object) -> bool:
    return wanted in value if isinstance(value, str) and isinstance(wanted, str) else value == wanted
