"""What a host changes on the page of settings reaches the firms that have members there."""

from models.queries import actors
from models.writes import sessions
from server.actions.secret_hash import secret_hash
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import INBOX, SITES
from tests.server.admin.desk import pressed
from tests.support import files
from tests.support.api import Document
from tests.support.fake_peer import FakePeer
from tests.support.instances import Instance
from tests.support.site import Browser
from tests.support.waiting import until
from tests.support.writers import Writer

PAGE = "/c/sites/settings"


@ON_SQLITE
async def test_partners_are_told_what_a_community_is_now(alpha: Instance, beta: Instance, partner: FakePeer) -> None:
    """Ours, and one that knows groups only as accounts that it follows, as Mastodon does: an Update of the actor by
    the community itself, and not inside an Announce alone (spec 10.5).
    """
    async with alpha.running(), beta.running():
        await alpha.allow("beta.test", "partner.test")
        await beta.allow("alpha.test")
        await alpha.community("sites", host=await alpha.person("alice"))
        carol = await beta.person("carol")
        await carol.join("@sites@alpha.test")
        bob = Writer(partner.actor("bob"), SITES)
        await bob.actor.post(INBOX, bob.follow())
        await alpha.at_rest()
        host = await signed_in(alpha, "alice")

        await pressed(host, PAGE, PAGE, title="All sites", purpose="Who runs them.", language="fr")
        form = (await host.get(PAGE)).forms[0].fields
        await host.send_file(f"{PAGE}/picture", form | {"which": "avatar"}, files.picture())

        async def heard() -> Document:
            told = [asked.document for asked in partner.asked_for("/inbox") if asked.document["type"] == "Update"]
            return next((one for one in told if "icon" in one["object"]), {})

        update = await until(heard)
        group = update["object"]
        assert (update["actor"], group["id"], group["type"], group["name"]) == (SITES, SITES, "Group", "All sites")
        assert group["summary"] == "<p>Who runs them.</p>"
        assert group["icon"]["url"].startswith("http://alpha.test/media/own/")

        async def is_known_at_beta() -> bool:
            known = await carol.get("/api/v1/accounts/lookup", acct="sites@alpha.test")
            return bool(known["display_name"] == "All sites")

        await until(is_known_at_beta)


async def signed_in(instance: Instance, name: str) -> Browser:
    """A browser in which somebody of this firm is signed in."""
    runtime = instance.services.runtime
    secret = runtime.tokens.secret()
    async with runtime.db.write() as tx:
        person = await actors.local_by_name(tx, name)
        assert person is not None
        await sessions.add_session(tx, token_hash=secret_hash(secret), actor_id=person.id, now=runtime.clock.now())
    browser = Browser(instance.session, instance.hosts[instance.host][1])
    browser.cookies[f"session-{instance.host}"] = secret
    return browser
