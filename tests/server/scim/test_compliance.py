"""The compliance checks of scim2-tester, by the client of its makers: every one of them, and no error."""

import asyncio

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from tests.server.scim.conftest import Directory
from tests.support.firm import Firm


async def test_an_independent_client_finds_no_error(firm: Firm, directory: Directory) -> None:
    def check() -> list[str]:
        headers = {"Authorization": f"Bearer {directory.token}", "Host": "home.test"}
        with Client(base_url=f"http://127.0.0.1:{firm.port}/scim/v2", headers=headers) as client:
            results = check_server(SyncSCIMClient(client))
        assert len(results) > 40
        return [
            f"{one.title}: {one.reason}"
            for one in results
            if one.status in (Status.ERROR, Status.CRITICAL, Status.DEVIATION)
        ]

    assert "\n".join(await asyncio.to_thread(check)) == ""
