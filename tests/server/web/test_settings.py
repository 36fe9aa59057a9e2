"""The page on which a host says what a community is, who may find and read it, and who leads it."""

import re

import pytest

from server.media.workshop import MOST_IMAGE_BYTES
from tests.server.admin.desk import last_entry, press, pressed
from tests.support import files
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer, Browser

PAGE = "/c/sites/settings"
ENDS = ("", "/picture", "/openness", "/role", "/successor")
COMMUNITIES = "/api/entrepairs/v1/communities"


@pytest.fixture
async def host(firm: Firm, alice: App, sites: Document) -> Browser:
    """Where alice, who hosts `sites`, is signed in."""
    return await firm.browser(alice)


def alert(page: Answer) -> str:
    """What went wrong, as the page says it."""
    found = re.search(r'<div class="problem" role="alert"[^>]*>(.*?)</div>', page.text, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]).strip() if found else ""


async def test_a_host_says_what_a_community_is(host: Browser, bob: App, sites: Document) -> None:
    saved = await pressed(
        host, PAGE, PAGE, title="Sites & shifts", purpose="Who runs them: #plants.", charter="Be brief.\r\nBe kind.",
        language="fr", hosts_only="on",
    )  # fmt: skip

    known = await bob.get(f"{COMMUNITIES}/{sites['id']}")
    said = [known[name] for name in ("title", "purpose", "charter", "language", "hosts_only")]
    tag = '<a href="http://home.test/tags/plants" class="mention hashtag" rel="tag">#<span>plants</span></a>'
    assert said == ["Sites & shifts", f"<p>Who runs them: {tag}.</p>", "Be brief.\nBe kind.", "fr", True]
    assert "Saved." in saved.text
    form = next(form for form in saved.forms if form.action == PAGE)
    assert (form.fields["title"], form.fields["hosts_only"]) == ("Sites & shifts", "on")
    assert tag.replace("http://home.test", "") in (await host.get("/c/sites")).text


async def test_a_form_that_says_the_same_changes_nothing(firm: Firm, host: Browser) -> None:
    """Partners are told, and the trail says, only what is other than it was."""
    await pressed(host, PAGE, PAGE, purpose="Once.")
    before = await last_entry(firm)

    await pressed(host, PAGE, PAGE)
    await pressed(host, PAGE, f"{PAGE}/openness", visibility="open", scope="all", label="internal")

    assert await last_entry(firm) == before


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"title": " "}, "The title has 1 to 100 characters."),
        ({"title": "x" * 101}, "The title has 1 to 100 characters."),
        ({"charter": "x" * 5001}, "The purpose and the charter have at most 5000 characters."),
        ({"language": "no language"}, "no language is no language: name it as in fr or pt-BR"),
    ],
)
async def test_what_cannot_be_is_refused_in_words_and_what_was_typed_stays(
    host: Browser, changed: dict[str, str], reason: str
) -> None:
    refused = await press(host, PAGE, PAGE, **{"purpose": "Much <typed>", **changed})

    assert (refused.status, alert(refused)) == (422, f"Nothing was changed. {reason}")
    assert "Much &lt;typed&gt;</textarea>" in refused.text


async def test_the_longest_that_may_be_is_taken_without_characters_that_no_database_stores(
    host: Browser, bob: App, sites: Document
) -> None:
    nul = "\0"
    await pressed(host, PAGE, PAGE, title=nul + "x" * 100, charter=nul + "y" * 5000, language=nul)
    named = await press(host, PAGE, f"{PAGE}/role", person=nul, role=nul)
    noted = await press(host, PAGE, f"{PAGE}/successor", person="ali\0ce", note=nul)

    assert (named.status, noted.status) == (422, 422)
    known = await bob.get(f"{COMMUNITIES}/{sites['id']}")
    assert (known["title"], known["charter"]) == ("x" * 100, "y" * 5000)


async def test_refusals_are_said_in_french(host: Browser) -> None:
    token = (await host.get(PAGE)).forms[0].fields["csrf"]
    refused = await host.post(PAGE, {"csrf": token, "title": ""}, **{"Accept-Language": "fr"})

    assert alert(refused) == "Rien n’a été changé. Le titre a de 1 à 100 caractères."


async def test_a_host_opens_it_less_and_raises_its_label(host: Browser, bob: App, sites: Document) -> None:
    path = f"{PAGE}/openness"
    saved = await pressed(host, PAGE, path, visibility="on-request", scope="none", label="restricted", history="on")
    again = await press(host, PAGE, path, visibility="on-request", scope="none", label="internal")

    known = await bob.get(f"{COMMUNITIES}/{sites['id']}")
    kept = [known[name] for name in ("visibility", "scope", "label", "opens_history")]
    assert kept == ["on-request", "none", "restricted", True]
    assert "Its members can read this, and nobody else." in saved.text
    assert 'value="internal"' not in saved.text
    assert again.status == 422
    assert "it can be raised and not lowered" in alert(again)


@pytest.mark.parametrize(("which", "shape"), [("avatar", (400, 400)), ("header", (1500, 500))])
async def test_a_host_shows_a_picture_and_does_without_again(
    firm: Firm, host: Browser, bob: App, sites: Document, which: str, shape: tuple[int, int]
) -> None:
    form = (await host.get(PAGE)).forms[0].fields | {"which": which}

    sent = await host.send_file(f"{PAGE}/picture", form, files.picture(size=(3000, 2000)))

    shown = await host.follow(sent)
    (address,) = re.findall(r'<img class="chosen" src="([^"]+)" alt="The one shown now"', shown.text)
    answer = await host.get(address)
    assert files.opened(answer.body).size == shape
    assert (await bob.get(f"{COMMUNITIES}/{sites['id']}"))[which].endswith(address)
    removal = next(form for form in shown.forms if "remove" in form.fields)
    gone = await host.send_file(removal.action, removal.fields, b"")
    assert gone.status == 303
    assert (await bob.get(f"{COMMUNITIES}/{sites['id']}"))[which] is None


async def test_what_is_no_picture_is_refused_in_words(host: Browser, bob: App, sites: Document) -> None:
    form = (await host.get(PAGE)).forms[0].fields

    none = await host.send_file(f"{PAGE}/picture", form, b"")
    text = await host.send_file(f"{PAGE}/picture", form, b"%PDF-1.7")
    large = await host.send_file(f"{PAGE}/picture", form, bytes(MOST_IMAGE_BYTES + 2 * 1024 * 1024))

    assert (none.status, alert(none)) == (422, "Nothing was changed. Choose a file first.")
    assert (text.status, "This is no picture" in alert(text)) == (422, True)
    assert large.status == 413
    assert (await bob.get(f"{COMMUNITIES}/{sites['id']}"))["avatar"] is None


async def test_a_host_names_leaders_and_the_last_one_stays(host: Browser, bob: App, sites: Document) -> None:
    await bob.follow(sites)
    shown = await pressed(host, PAGE, f"{PAGE}/role", person="@bob", role="moderator")
    unknown = await press(host, PAGE, f"{PAGE}/role", person="@nobody", role="host")
    none = await press(host, PAGE, f"{PAGE}/role", person="bob", role="king")
    last = await press(host, PAGE, f"{PAGE}/role", person="alice", role="member")

    assert '<span class="badge">Moderator</span>' in shown.text
    assert alert(unknown) == "Nothing was changed. No member is called @nobody."
    assert alert(none) == "Nothing was changed. Choose what they are from now on."
    assert "is the last host of" in alert(last)
    assert (await bob.get(f"{COMMUNITIES}/{sites['id']}"))["membership"]["role"] == "moderator"


async def test_a_host_hands_over_with_a_note(host: Browser, alice: App, bob: App, sites: Document) -> None:
    """Product J8: the successor hosts it, is told in private, and whoever handed over is a member."""
    await bob.follow(sites)
    over = await pressed(host, PAGE, f"{PAGE}/successor", person="@bob", note="Tuesdays are quiet.\r\nGood luck!")

    roles = [(await one.get(f"{COMMUNITIES}/{sites['id']}"))["membership"]["role"] for one in (bob, alice)]
    assert roles == ["host", "member"]
    assert "It is handed over." in over.text
    assert (await host.get(PAGE)).status == 404
    (told,) = [one["last_status"]["content"] for one in await bob.get("/api/v1/conversations")]
    assert "alice@home.test has handed sites@home.test over to you" in told
    assert "Tuesdays are quiet.<br" in told


async def test_nobody_hands_over_to_themselves_or_to_whoever_is_no_member(
    firm: Firm, host: Browser, alice: App, sites: Document
) -> None:
    await firm.person("carl")
    own = await press(host, PAGE, f"{PAGE}/successor", person="alice")
    other = await press(host, PAGE, f"{PAGE}/successor", person="carl", note="Kept")
    long = await press(host, PAGE, f"{PAGE}/successor", person="alice", note="x" * 2001)

    assert alert(own) == "Nothing was changed. You host it already: choose somebody else."
    assert alert(other) == "Nothing was changed. No member is called @carl."
    assert "Kept</textarea>" in other.text
    assert long.status == 422
    assert (await alice.get(f"{COMMUNITIES}/{sites['id']}"))["membership"]["role"] == "host"


async def test_no_form_is_taken_without_its_token(host: Browser) -> None:
    """Threats T117."""
    for end in ENDS:
        path, fields = f"{PAGE}{end}", {"title": "x", "person": "bob", "csrf": "wrong"}
        sent = await (host.send_file(path, fields, b"x") if end == "/picture" else host.post(path, fields))
        assert sent.status == 403, end
    assert (await host.post(f"{PAGE}/picture", {"csrf": "wrong"})).status == 415
