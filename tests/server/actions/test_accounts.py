"""People: what making one stores, and what suspending one ends."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from federation.key_ring import purpose_of
from federation.signatures.key_formats import load_private_key, parse_public_multibase, parse_public_pem
from models.accounts import Account, Session, SignInLink
from models.actors import Actor, ActorKey
from models.base import Base
from models.oauth import Token
from models.queries import audit, state
from models.writes import audit as trail
from models.writes.accounts import add_sign_in_link
from models.writes.sessions import add_session
from server.actions import accounts, archive, communities
from server.actions.accounts import Made, NewAccount
from server.actions.communities import NewCommunity
from server.actions.local_actors import Keys, ensure_server_actor
from server.actions.names import RESERVED
from server.actions.refusals import Refused
from server.actions.secret_hash import secret_hash
from server.installation import Installation
from tests.support.site import SteadyClock


async def a_person(here: Installation, keys: Keys, username: str = "alice", **facts: str) -> Made:
    new = NewAccount(**{"username": username, "email": f"{username}@firm.test", **facts})
    async with here.db.write() as tx:
        return await accounts.create_account(tx, here, new, keys, by="operator")


async def count(here: Installation, table: type[Base]) -> int:
    async with here.db.read() as tx:
        return int(await tx.scalar(select(func.count()).select_from(table)))


async def test_a_person_has_the_addresses_of_the_interface(installation: Installation, keys: Keys) -> None:
    made = await a_person(installation, keys, "Alice", display_name="Alice A.")

    async with installation.db.read() as tx:
        row = (await tx.select(select(*Actor.__table__.c))).mappings().one()
    assert made == Made(row["id"], "alice", "alice@alpha.test", "http://alpha.test/users/alice")
    assert {name: row[name] for name in ("type", "username", "host", "peer_id", "display_name", "url")} == {
        "type": "Person",
        "username": "alice",
        "host": "alpha.test",
        "peer_id": None,
        "display_name": "Alice A.",
        "url": "http://alpha.test/@alice",
    }
    assert row["inbox_url"] == "http://alpha.test/users/alice/inbox"
    assert row["outbox_url"] == "http://alpha.test/users/alice/outbox"
    assert row["followers_url"] == "http://alpha.test/users/alice/followers"
    assert row["shared_inbox_url"] == "http://alpha.test/inbox"


async def test_the_private_keys_are_sealed_and_fit_the_public_ones(installation: Installation, keys: Keys) -> None:
    """T184."""
    await a_person(installation, keys)

    async with installation.db.read() as tx:
        statement = select(ActorKey.key_uri, ActorKey.kind, ActorKey.public_text, ActorKey.private_sealed)
        rows = {row.kind: row for row in await tx.select(statement)}
    assert rows["rsa"].key_uri == "http://alpha.test/users/alice#main-key"
    assert rows["ed25519"].key_uri == "http://alpha.test/users/alice#ed25519-key"
    private = {
        kind: load_private_key(installation.vault.open(row.private_sealed, purpose_of(row.key_uri)))
        for kind, row in rows.items()
    }
    assert private["rsa"].public_key() == parse_public_pem(rows["rsa"].public_text)
    assert private["ed25519"].public_key() == parse_public_multibase(rows["ed25519"].public_text)


async def test_a_name_is_never_given_again(installation: Installation, keys: Keys) -> None:
    """T173: the row of a person who is gone keeps the name."""
    await a_person(installation, keys)

    with pytest.raises(Refused, match="no name is given twice"):
        await a_person(installation, keys, "ALICE", email="another@firm.test")


@pytest.mark.parametrize("name", ["a" * 30, "a", "0", "a_b", "Alice"])
async def test_names_of_letters_digits_and_underscores_are_given(
    installation: Installation, keys: Keys, name: str
) -> None:
    assert (await a_person(installation, keys, name, email="a@firm.test")).username == name.lower()


@pytest.mark.parametrize("name", ["", "a" * 31, "a.b", "a-b", "a b", "älice", "\u0430lice", "\u212a", "a@b", "a\n"])
async def test_other_names_are_refused(installation: Installation, keys: Keys, name: str) -> None:
    """T174: \u212a is the sign for kelvin, which folds to a k."""
    with pytest.raises(Refused, match="cannot be a name"):
        await a_person(installation, keys, name, email="a@firm.test")


async def test_reserved_names_are_refused(installation: Installation, keys: Keys) -> None:
    for name in sorted(RESERVED)[:3]:
        with pytest.raises(Refused, match="reserved"):
            await a_person(installation, keys, name)

    assert "admin" not in RESERVED


@pytest.mark.parametrize("email", ["", "alice", "a b@firm.test", "a@b@firm.test", "@firm.test", "a@" + "b" * 319])
async def test_what_is_no_email_address_is_refused(installation: Installation, keys: Keys, email: str) -> None:
    with pytest.raises(Refused, match="e-mail"):
        await a_person(installation, keys, email=email)


async def test_an_email_address_has_one_account_whatever_its_case(installation: Installation, keys: Keys) -> None:
    await a_person(installation, keys, "alice", email="Alice@Firm.test")

    with pytest.raises(Refused, match="already"):
        await a_person(installation, keys, "bob", email="alice@firm.test")


async def test_an_unknown_role_is_refused(installation: Installation, keys: Keys) -> None:
    with pytest.raises(Refused, match="member, admin, auditor"):
        await a_person(installation, keys, role="king")


async def test_a_refused_person_leaves_nothing(installation: Installation, keys: Keys) -> None:
    await a_person(installation, keys)

    with pytest.raises(Refused):
        await a_person(installation, keys, "bob", email="alice@firm.test")

    assert await count(installation, Actor) == 1
    async with installation.db.read() as tx:
        assert (await audit.verify(tx)).entries == 1


async def test_only_the_hash_of_a_token_is_stored(installation: Installation, keys: Keys) -> None:
    """T145."""
    made = await a_person(installation, keys)

    async with installation.db.write() as tx:
        secret = await accounts.create_token(tx, installation, "alice", "read write", by="operator")

    async with installation.db.read() as reading:
        row = (await reading.select(select(Token.token_hash, Token.actor_id, Token.scopes, Token.app_id))).one()
        newest = await audit.last(reading)
    assert tuple(row) == (secret_hash(secret), made.id, "read write", None)
    assert newest is not None
    assert secret not in newest.details


async def test_suspending_ends_sessions_links_and_tokens_and_resuming_brings_none_back(
    installation: Installation, keys: Keys, clock: SteadyClock
) -> None:
    """T119, T120, T143."""
    made = await a_person(installation, keys)
    async with installation.db.write() as tx:
        await accounts.create_token(tx, installation, "alice", "read", by="operator")
        await add_session(tx, token_hash="session", actor_id=made.id, now=clock.now())
        await add_sign_in_link(tx, token_hash="link", actor_id=made.id, expires_at=clock.now() + timedelta(days=1))

    async with installation.db.write() as tx:
        suspended = await accounts.suspend(tx, installation, "alice", by="ada@alpha.test")
    assert suspended.suspended_at == clock.now()
    clock.advance(minutes=1)
    async with installation.db.write() as tx:
        resumed = await accounts.resume(tx, installation, "alice", by="ada@alpha.test")

    assert resumed.suspended_at is None
    assert (await count(installation, Session), await count(installation, SignInLink)) == (0, 0)
    async with installation.db.read() as tx:
        assert await tx.scalar(select(Token.revoked_at)) == clock.now() - timedelta(minutes=1)
        assert await tx.scalar(select(Actor.suspended_at)) is None
        assert await state.revision(tx, "accounts") == 2
        trail = [(row.actor, row.action) async for row in audit.entries(tx)]
    assert trail[-2:] == [("ada@alpha.test", "user.suspend"), ("ada@alpha.test", "user.resume")]


async def test_suspending_one_person_leaves_the_others_alone(
    installation: Installation, keys: Keys, clock: SteadyClock
) -> None:
    await a_person(installation, keys)
    bob = await a_person(installation, keys, "bob")
    async with installation.db.write() as tx:
        await accounts.create_token(tx, installation, "bob", "read", by="operator")
        await add_session(tx, token_hash="session", actor_id=bob.id, now=clock.now())

    async with installation.db.write() as tx:
        await accounts.suspend(tx, installation, "alice", by="operator")

    assert await count(installation, Session) == 1
    async with installation.db.read() as tx:
        assert await tx.scalar(select(Token.revoked_at)) is None


async def test_suspending_and_resuming_twice_is_one_act(installation: Installation, keys: Keys) -> None:
    await a_person(installation, keys)

    for action in (accounts.suspend, accounts.suspend, accounts.resume, accounts.resume):
        async with installation.db.write() as tx:
            await action(tx, installation, "alice", by="operator")

    async with installation.db.read() as tx:
        assert (await audit.verify(tx)).entries == 3


async def test_a_suspended_person_gets_no_token(installation: Installation, keys: Keys) -> None:
    await a_person(installation, keys)
    async with installation.db.write() as tx:
        await accounts.suspend(tx, installation, "alice", by="operator")

    async with installation.db.write() as tx:
        with pytest.raises(Refused, match="suspended"):
            await accounts.create_token(tx, installation, "alice", "read", by="operator")


async def test_a_suspended_person_gets_no_office(installation: Installation, keys: Keys) -> None:
    """J11: who returns has none, also where somebody confirms one meanwhile that was proposed before."""
    await a_person(installation, keys)
    async with installation.db.write() as tx:
        await accounts.suspend(tx, installation, "alice", by="operator")

    async with installation.db.write() as tx:
        with pytest.raises(Refused, match="suspended"):
            await accounts.change_role(tx, installation, "alice", "admin", by="operator")


async def test_the_archive_has_the_entries_that_name_somebody_however_they_do(
    installation: Installation, keys: Keys
) -> None:
    """J12: also those about a community that they were made to host, and those that know them by their number."""
    made = await a_person(installation, keys)
    await a_person(installation, keys, "alicia")
    new = NewCommunity(name="sites", title="Sites", host="alice", visibility="open", scope="none")
    async with installation.db.write() as tx:
        await communities.create_community(tx, installation, new, keys, by="operator")
        details = {"before": "admin", "after": "member", "source": "directory"}
        subject, at = str(made.id), installation.clock.now()
        await trail.append(tx, at=at, actor=trail.SERVER, action="user.role", object=subject, details=details)
    async with installation.db.write() as tx:
        found = await archive.export(tx, installation, "alice", by="operator")
        other = await archive.export(tx, installation, "alicia", by="operator")

    said = [row["action"] for row in found.data["log"]]
    assert said == ["user.create", "community.create", "user.role", "user.export"]
    assert [row["action"] for row in other.data["log"]] == ["user.create", "user.export"]


async def test_the_last_administrator_stays_and_the_refusal_is_not_in_the_trail(
    installation: Installation, keys: Keys
) -> None:
    """T232."""
    await a_person(installation, keys, role="admin")
    suspended = await a_person(installation, keys, "alan", role="admin")
    async with installation.db.write() as tx:
        await accounts.suspend(tx, installation, "alan", by="operator")

    async def suspend_alice() -> None:
        async with installation.db.write() as tx:
            await accounts.suspend(tx, installation, "alice", by="operator")

    with pytest.raises(Refused, match="last administrator"):
        await suspend_alice()
    async with installation.db.read() as reading:
        closed = await reading.scalar(select(Account.actor_id).where(Account.suspended_at.is_not(None)))
        assert (await audit.verify(reading)).entries == 3
    assert closed == suspended.id


@pytest.mark.parametrize("role", ["member", "auditor", "observer"])
async def test_the_last_administrator_keeps_the_role(installation: Installation, keys: Keys, role: str) -> None:
    """T232: by the command line too, where nobody else has to be asked; and the refusal is not in the trail."""
    await a_person(installation, keys, role="admin")

    async def step_down() -> None:
        async with installation.db.write() as tx:
            await accounts.change_role(tx, installation, "alice", role, by="operator")

    with pytest.raises(Refused, match="last administrator"):
        await step_down()
    async with installation.db.read() as reading:
        assert await reading.scalar(select(Account.role)) == "admin"
        assert (await audit.verify(reading)).entries == 1


async def test_the_server_has_one_actor_named_as_the_domain(installation: Installation) -> None:
    await ensure_server_actor(installation.db, installation)
    await ensure_server_actor(installation.db, installation)

    async with installation.db.read() as tx:
        row = (await tx.select(select(Actor.uri, Actor.type, Actor.username, Actor.inbox_url))).one()
        keys = [row[0] for row in await tx.select(select(ActorKey.key_uri).order_by(ActorKey.key_uri))]
    assert tuple(row) == ("http://alpha.test/actor", "Application", "alpha.test", "http://alpha.test/actor/inbox")
    assert keys == ["http://alpha.test/actor#ed25519-key", "http://alpha.test/actor#main-key"]


async def test_a_name_that_a_remote_person_has_is_free_here(installation: Installation, keys: Keys) -> None:
    """T176."""
    async with installation.db.write() as tx:
        peer = {
            "id": 1,
            "host": "beta.test",
            "kind": "basic",
            "state": "active",
            "created_at": installation.clock.now(),
        }
        await tx.execute(insert(Base.metadata.tables["peers"]), peer)
        await tx.execute(
            insert(Actor),
            {
                "id": 5,
                "uri": "http://beta.test/users/alice",
                "type": "Person",
                "username": "alice",
                "host": "beta.test",
                "peer_id": 1,
                "url": "http://beta.test/@alice",
                "inbox_url": "http://beta.test/users/alice/inbox",
                "created_at": installation.clock.now(),
            },
        )

    assert (await a_person(installation, keys)).acct == "alice@alpha.test"
