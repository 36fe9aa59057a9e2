"""The page of unsealing: that there is nothing to unseal, and the register as it will be read from the trail."""

from models.audit import UNSEALING
from models.writes import audit
from tests.support.firm import Firm
from tests.support.site import Browser

PAGE = "/admin/unsealing"


async def test_nothing_can_be_unsealed_and_the_register_is_the_trail(
    firm: Firm, auditor: Browser, admin: Browser
) -> None:
    """Product J6 and section 9: auditors alone open it; no form is on it."""
    empty = await auditor.get(PAGE)
    async with firm.runtime.db.write() as tx:
        for number in range(2):
            await audit.append(
                tx,
                at=firm.clock.now(),
                actor="dora@home.test",
                action=UNSEALING if number else "server.notice",
                object=f"http://home.test/objects/{number}",
                details={},
            )
    filled = await auditor.get(PAGE)

    assert "This version has no discreet questions" in empty.text
    assert "Nobody has ever unsealed anything here." in empty.text
    assert [form for form in empty.forms if form.action.startswith("/admin")] == []
    assert "http://home.test/objects/1" in filled.text
    assert "http://home.test/objects/0" not in filled.text
    assert (await admin.get(PAGE)).status == 403
