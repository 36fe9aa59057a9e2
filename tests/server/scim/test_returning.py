"""Who returns to the firm after thirty days, and signs in at the company, is somebody new there too (product J11)."""

import pytest

from models.queries import identity as providers
from models.writes import identity
from server.actions import company, leaving
from server.actions.company import Newcomer
from server.actions.officers import Officer
from server.actions.refusals import NotAllowed, Refused
from tests.server.scim.conftest import Directory, done
from tests.server.scim.test_provisioning import account
from tests.support.firm import Firm, keys_of

ADDRESS = [{"value": "ada@corp.example"}]


@pytest.fixture
async def ada(firm: Firm) -> Newcomer:
    """What the company says of her; its provider is named."""
    async with firm.runtime.db.write() as tx:
        at = firm.clock.now()
        number = await identity.add_provider(
            tx, name="Corp", issuer="https://id.corp.example", client_id="here", secret_sealed=None, at=at
        )
        provider = await providers.provider(tx, number)
    assert provider is not None
    return Newcomer(provider, "x-ada", {"email": "ada@corp.example", "name": "Ada"})


async def signed_in(firm: Firm, who: Newcomer) -> int:
    async with firm.runtime.db.write() as tx:
        return await company.admit(tx, firm.runtime, who, keys_of("made"))


async def leave_for_good(firm: Firm, directory: Directory, ada: Newcomer) -> int:
    """She has signed in, leaves, and thirty days pass; who she was."""
    found = await directory.add("ada", emails=ADDRESS)
    number = await signed_in(firm, ada)
    done(await directory.set_active(found, value=False))
    with pytest.raises(NotAllowed):
        await signed_in(firm, ada)
    await directory.ask("DELETE", f"/Users/{found['id']}")
    firm.clock.advance(days=31)
    await leaving.keep_schedule(firm.runtime, "en")
    return number


async def test_her_name_at_the_company_opens_the_account_that_the_directory_has_made(
    firm: Firm, directory: Directory, ada: Newcomer
) -> None:
    former = await leave_for_good(firm, directory, ada)
    await directory.add("ada", emails=ADDRESS)

    now = await signed_in(firm, ada)

    assert now != former
    assert await account(firm, "ada2") == ("ada@corp.example", True)
    assert await signed_in(firm, ada) == now


async def test_it_opens_none_by_itself(firm: Firm, directory: Directory, ada: Newcomer) -> None:
    """Who was closed out is let in again by somebody in charge, however long that is ago."""
    await leave_for_good(firm, directory, ada)

    with pytest.raises(NotAllowed, match="suspended"):
        await signed_in(firm, ada)
    with pytest.raises(NotAllowed, match="suspended"):
        await signed_in(firm, ada)


async def test_it_may_be_connected_with_the_account_that_an_administrator_has_made(
    firm: Firm, directory: Directory, ada: Newcomer
) -> None:
    await leave_for_good(firm, directory, ada)
    made = await firm.person("ada2")
    officer = Officer(int(made.id), "ada2@home.test", "member")

    async with firm.runtime.db.write() as tx:
        await company.link(tx, firm.runtime, ada, officer)

    assert await signed_in(firm, ada) == int(made.id)
    other = await firm.person("eve")
    async with firm.runtime.db.write() as tx:
        with pytest.raises(Refused, match="another account"):
            await company.link(tx, firm.runtime, ada, Officer(int(other.id), "eve@home.test", "member"))
