"""Threats T186, CVE-2023-41335: no password in clear in any table, queue row, session or line of the log."""

import pytest
from sqlalchemy import select, text

from models.base import Base
from tests.support.site import PASSWORD, Browser, Site

NEW = "qzebrafish and a longer password"
WRONG = "qzebrafish but a wrong password"
SECRETS = (PASSWORD, NEW, WRONG)


async def everything_stored(site: Site) -> str:
    """Every value of every row."""
    found: list[str] = []
    async with site.db.read() as tx:
        for table in Base.metadata.sorted_tables:
            found += [repr(tuple(row)) for row in await tx.select(select(text("*")).select_from(table))]
    return "\n".join(found)


async def test_no_step_of_a_password_leaves_it_in_clear(
    site: Site, browser: Browser, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Signing in, failing to, changing it wrongly and rightly, choosing one after a one-time address."""

    async def look(step: str) -> None:
        stored = await everything_stored(site)
        assert len(stored) > 100
        assert [one for one in SECRETS if one in stored] == [], step

    await browser.sign_in(password=WRONG)
    await look("a wrong one")
    await browser.sign_in()
    await look("the right one")
    page = await browser.get("/me")
    change = next(one.fields for one in page.forms if one.action.startswith("/me/password"))
    for old, again in ((WRONG, NEW), (PASSWORD, WRONG), (PASSWORD, NEW)):
        await browser.post("/me/password", change | {"password": old, "new_password": NEW, "new_password_again": again})
        await look(f"a change by {old!r}")
    once = site.browser()
    choice = await once.follow(await once.submit(await once.get(await site.one_time_address())))
    chosen = await once.submit(choice, new_password=PASSWORD, new_password_again=PASSWORD)
    await look("a choice")

    assert chosen.status == 303
    said = capsys.readouterr()
    assert [one for one in SECRETS if one in said.out + said.err + caplog.text] == []


def test_no_column_is_named_for_a_password_but_the_one_of_its_hash() -> None:
    """A new one is looked at before it is stored."""
    columns = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if "password" in column.name
    }

    assert columns == {"accounts.password_hash"}
