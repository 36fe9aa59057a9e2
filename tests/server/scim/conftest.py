"""A firm to whose directory a token was given."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from yarl import URL

from server.actions import provisioning
from tests.support.firm import OPERATOR, Answer, App, Firm, alice, bob, clock, firm, sites

__all__ = ["alice", "bob", "clock", "firm", "sites"]

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True)
class Directory:
    """The company's directory, as it writes here."""

    app: App
    token: str

    async def ask(self, method: str, path: str, document: object = None, **headers: str) -> Answer:
        """One request, whatever its answer."""
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = URL(f"http://127.0.0.1:{self.app.port}/scim/v2{path}", encoded=True)
        data = None if document is None else json.dumps(document)
        async with self.app.session.request(method, url, headers=sent, data=data) as response:
            return Answer(response.status, response.headers, await response.read())

    async def add(self, who: str, **fields: Any) -> dict[str, Any]:
        """A person whom it had not spoken of."""
        document = {"schemas": [USER], "userName": f"{who}@corp.example", "externalId": f"x-{who}", **fields}
        return done(await self.ask("POST", "/Users", document))

    async def set_active(self, person: Mapping[str, Any], value: object) -> Answer:
        """As identity providers switch somebody off and on."""
        operation = {"op": "Replace", "path": "active", "value": value}
        return await self.ask("PATCH", f"/Users/{person['id']}", {"schemas": [PATCH], "Operations": [operation]})


def done(answer: Answer) -> dict[str, Any]:
    """What a success gives."""
    assert answer.status // 100 == 2, (answer.status, answer.body)
    found: dict[str, Any] = answer.document
    return found


@pytest.fixture
async def directory(firm: Firm) -> Directory:
    async with firm.runtime.db.write() as tx:
        token = await provisioning.create_token(tx, firm.runtime, "Corp directory", by=OPERATOR)
    return Directory(firm.nobody, token)
