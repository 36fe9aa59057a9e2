"""What the persons of an office do with an agreement in front of their browsers: an administrator, and an auditor."""

from dataclasses import dataclass

from models.writes import sessions
from server.actions import accounts
from server.actions.secret_hash import secret_hash
from tests.server.admin.desk import pressed
from tests.support.instances import Instance
from tests.support.site import Answer, Browser

NEW = "/admin/agreements/~new"
TERMS = {
    "rights": "take-part",
    "ceiling": "internal",
    "retention_months": "12",
    "retraction_hours": "24",
    "review_days": "365",
    "data_requests": "each firm for its own people",
    "admin": "it@alpha.test",
    "dpo": "dpo@alpha.test",
}


@dataclass
class Offices:
    """One firm, with an administrator and an auditor in front of their browsers."""

    firm: Instance
    admin: Browser
    auditor: Browser
    other: str

    @property
    def page(self) -> str:
        return f"/admin/agreements/{self.other}"

    async def signs(self) -> Answer:
        """The draft goes through both hands."""
        await pressed(self.auditor, self.page, f"{self.page}/approve")
        return await pressed(self.admin, self.page, f"{self.page}/sign")


async def signed_in(firm: Instance, name: str) -> Browser:
    runtime = firm.services.runtime
    secret = runtime.tokens.secret()
    async with runtime.db.write() as tx:
        who = await accounts.find(tx, name)
        await sessions.add_session(tx, token_hash=secret_hash(secret), actor_id=who.actor_id, now=runtime.clock.now())
    browser = Browser(firm.session, firm.hosts[firm.host][1])
    browser.cookies[f"session-{firm.host}"] = secret
    return browser


async def offices(firm: Instance, other: str) -> Offices:
    await firm.person("olga", role="admin")
    await firm.person("otto", role="admin")
    await firm.person("dora", role="auditor")
    return Offices(firm, await signed_in(firm, "olga"), await signed_in(firm, "dora"), other)


def code_on(page: Answer) -> str:
    return page.text.partition('<p class="code">')[2].partition("<")[0]


def hash_on(page: Answer) -> str:
    return page.text.partition("the same at both firms:")[2].partition("<")[0].strip()
