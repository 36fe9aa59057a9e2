"""How a person uses the administrators' pages: opening one, and sending one of its forms."""

from models.queries import audit
from models.queries.audit import AuditRow
from tests.support.firm import Firm
from tests.support.site import Answer, Browser


async def press(browser: Browser, page: str | Answer, action: str, **fields: str) -> Answer:
    """Send the form of a page that leads to this address, with these fields besides its own."""
    shown = await browser.get(page) if isinstance(page, str) else page
    numbers = [number for number, form in enumerate(shown.forms) if form.action == action and form.method == "post"]
    assert numbers, (action, [form.action for form in shown.forms], shown.status)
    return await browser.submit(shown, numbers[0], **fields)


async def pressed(browser: Browser, page: str | Answer, action: str, **fields: str) -> Answer:
    """The page that follows a form which was taken."""
    answer = await press(browser, page, action, **fields)
    assert answer.status == 303, answer.text
    return await browser.follow(answer)


async def last_entry(firm: Firm) -> AuditRow:
    """The newest entry of the audit trail."""
    async with firm.runtime.db.read() as tx:
        found = await audit.last(tx)
    assert found is not None
    return found
