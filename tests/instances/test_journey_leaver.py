"""J11 whole: somebody is switched off, is out, comes back, leaves for good and becomes a former colleague."""

from pathlib import Path

from server.actions import leaving, provisioning
from server.actions.accounts import create_token
from tests.instances.journey import Journey, journey
from tests.instances.leak_walk import Listener
from tests.server.scim.conftest import Directory, done
from tests.support.api import Api, Place
from tests.support.firm import App
from tests.support.instances import OPERATOR, SCOPES, Databases, Instance
from tests.support.waiting import until

ALPHA, BETA = "alpha.test", "beta.test"
SITES = f"@sites@{ALPHA}"


async def directory_of(firm: Instance) -> Directory:
    """The company's directory, with a token of its own."""
    async with firm.db.write() as tx:
        token = await provisioning.create_token(tx, firm.services.runtime, "Corp directory", by=OPERATOR)
    return Directory(App(firm.session, firm.hosts[firm.host][1], token, "", ""), token)


async def app_of(firm: Instance, name: str) -> Api:
    """A new app of somebody's."""
    async with firm.db.write() as tx:
        token = await create_token(tx, firm.services.runtime, name, SCOPES, by=OPERATOR)
    return Api(firm.session, Place(firm.host, firm.hosts[firm.host][1]), token, name)


async def pass_days(way: Journey, days: float) -> None:
    """Go on, and do what is due then."""
    way.clock.advance(days=days)
    for server in way.servers.values():
        await leaving.keep_schedule(server.services.runtime, "fr")
    await way.rest()


async def is_out(person: Api) -> bool:
    """Whether the app that somebody had is good for nothing any more."""
    return (await person.call("GET", "/api/v1/accounts/verify_credentials")).status in (401, 403)


async def test_a_leaver_is_out_comes_back_and_is_forgotten(new_database: Databases, tmp_path: Path) -> None:
    """J11, threats T239: within a minute here, and at the partner as soon as it is there."""
    async with journey(new_database, tmp_path, ALPHA, BETA) as way:
        alpha, beta = way[ALPHA], way[BETA]
        alice = await alpha.person("alice")
        await alpha.community("sites", host=alice, scope="selected")
        await way.agree(ALPHA, BETA, "sites")
        directory = await directory_of(beta)
        entry = await directory.add("bob")
        bob = await app_of(beta, "bob")
        community = await bob.join(SITES)
        asked = await bob.say(f"{SITES} How do you run night shifts?")
        later = (way.clock.now().replace(microsecond=0)).isoformat()
        await bob.post("/api/v1/statuses", status=f"{SITES} Later", scheduled_at=later.replace("01-31", "02-10"))
        listener = Listener("bob")
        await listener.listen(beta.session, beta.hosts[BETA][1], bob.token, [{"stream": "user"}])
        await way.step()
        assert f"bob@{BETA}" in await alice.members(SITES)

        # Switched off while the partner is away; the server is killed over it, and a minute later all is over here.
        with way.cut_off(ALPHA):
            left_at = way.clock.now()
            done(await directory.set_active(entry, value=False))
            await until(lambda: is_over(listener))
            assert await is_out(bob)
            assert (way.clock.now() - left_at).total_seconds() <= 60
            await way.kill(BETA)
            assert await is_out(bob)
        await way.step()
        assert f"bob@{BETA}" not in await alice.members(SITES)
        await alice.say(f"{SITES} After bob")
        await way.rest()
        assert "After bob" not in str(await beta.heard())

        # Back within thirty days: what one belonged to, and no app.
        await pass_days(way, 20)
        assert await alice.thread("Sites", "Later") is None
        with way.cut_off(ALPHA):
            done(await directory.set_active(entry, value=True))
            await way.kill(BETA)
        await way.step()
        assert await is_out(bob)
        bob = await app_of(beta, "bob")
        assert (await bob.relationship(community))["following"]
        assert f"bob@{BETA}" in await alice.members(SITES)

        # Gone for good: the posts stay, under the name for thirty days, then under none.
        done(await directory.set_active(entry, value=False))
        await way.kill(ALPHA)
        await way.step()
        await pass_days(way, 29)
        thread = await alice.awaited_thread("Sites", "night shifts")
        assert thread["account"]["acct"] == f"bob@{BETA}"
        with way.cut_off(ALPHA):
            way.clock.advance(days=2)
            await leaving.keep_schedule(beta.services.runtime, "fr")
            await way.kill(BETA)
        await way.step()
        thread = await alice.awaited_thread("Sites", "night shifts")
        assert thread["account"]["display_name"] == f"Ancien·ne collègue ({BETA})"
        assert (thread["account"]["acct"][:7], thread["uri"]) == ("former_", asked["uri"])
        assert f"bob@{BETA}" not in await alice.members(SITES)
        # Neither what the name wrote nor its wish to join comes back with the name.
        await way.step()


async def is_over(listener: Listener) -> bool:
    return listener.is_over
