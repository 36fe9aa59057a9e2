"""The page of labels: what is chosen is what pages, the API and pushes go by; what section 3 forbids is refused."""

import pytest

from models.labels import DEFAULT, Labels
from models.queries import labels
from server.actions.labels import LONGEST_NAME
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.firm import App, Firm
from tests.support.site import Browser

PAGE = "/admin/labels"
SAYS = {"internal_says": "content", "restricted_says": "place", "confidential_says": "place"}
API = "/api/entrepairs/v1/labels"


async def labels_of(firm: Firm) -> Labels:
    async with firm.runtime.db.read() as tx:
        return await labels.labels(tx)


async def test_what_is_chosen_stands_on_pages_in_the_api_and_in_the_trail(
    firm: Firm, admin: Browser, auditor: Browser, alice: App
) -> None:
    await firm.community("plans", host=alice, label="restricted")
    host = await firm.browser(alice)
    before = await host.get("/c/plans?lang=fr")
    offered = await alice.get(API)

    longest = "é" * LONGEST_NAME
    typed = {"restricted_fr": "Diffusion  limitée", "restricted_en": "Limited", "confidential_fr": longest}
    typed |= {"internal_says": "place", "confidential_says": "nothing"}
    saved = await pressed(admin, PAGE, PAGE, **(SAYS | typed))
    entry = await last_entry(firm)
    renamed = await alice.get(API)

    assert '<span class="badge">Restreint</span>' in before.text
    assert [(one["label"], one["names"]["en"], one["says"]) for one in offered] == [
        ("internal", "Internal", "content"),
        ("restricted", "Restricted", "place"),
        ("confidential", "Confidential", "place"),
    ]
    assert "These names and rules count from now on." in saved.text
    assert [(one["label"], one["names"]["fr"], one["says"]) for one in renamed] == [
        ("internal", "Interne", "place"),
        ("restricted", "Diffusion limitée", "place"),
        ("confidential", longest, "nothing"),
    ]
    assert (entry.action, entry.object, entry.actor) == ("server.labels", "labels", "olga@home.test")
    assert '"says":"nothing"' in entry.details
    for path in ("/c/plans?lang=fr", "/communities?lang=fr"):
        assert '<span class="badge">Diffusion limitée</span>' in (await host.get(path)).text
    assert "Limited" in (await auditor.get(f"{PAGE}?lang=en")).text
    for path in ("/admin/communities", "/admin/agreements/~new"):
        assert "Limited" in (await admin.get(f"{path}?lang=en")).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"restricted_says": "content"}, "Above the lowest label"),
        ({"confidential_says": "content"}, "Above the lowest label"),
        ({"internal_says": "nothing"}, "A higher label cannot say more"),
        ({"restricted_says": "nothing"}, "A higher label cannot say more"),
        ({"restricted_says": "everything"}, "Choose for each label"),
        ({"internal_en": " "}, "Every label has a name"),
        ({"internal_en": "CONFIDENTIAL"}, "cannot have the same name"),
        ({"internal_fr": "x" * (LONGEST_NAME + 1)}, "is no name of a label"),
        ({"internal_fr": "a\u202eb"}, "is no name of a label"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_was_typed(
    firm: Firm, admin: Browser, wrong: dict[str, str], said: str
) -> None:
    """Product section 3: threats T160, a rule can be stricter than the product's and never weaker."""
    refused = await press(admin, PAGE, PAGE, **(SAYS | wrong))

    assert refused.status == 422
    assert said in refused.text
    assert await labels_of(firm) == DEFAULT


async def test_an_auditor_looks_and_does_not_choose(firm: Firm, auditor: Browser) -> None:
    page = await auditor.get(PAGE)
    token = (await auditor.get("/me")).forms[0].fields["csrf"]
    refused = await auditor.post(PAGE, {"csrf": token, "internal_en": "Mine"})

    assert [form for form in page.forms if form.action == PAGE] == []
    assert refused.status == 403
    assert await labels_of(firm) == DEFAULT
