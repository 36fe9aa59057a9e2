"""Tokens of requests: where they may stand, what each error says, what scopes cover (client API 1.4 and 3.6)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from models.accounts import Account
from models.writes import oauth as rows
from server.actions.secret_hash import secret_hash
from tests.support.site import ALICE, Site, running_site

LISTS, READER, OPEN = "/api/v1/probe/lists", "/api/v1/probe/reader", "/api/v1/probe/open"


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Site]:
    async with running_site(database_url) as running:
        yield running


async def token(site: Site, scopes: str = "read", secret: str = "a-token") -> str:
    async with site.db.write() as tx:
        await rows.add_token(
            tx, token_hash=secret_hash(secret), app_id=None, actor_id=ALICE, scopes=scopes, now=site.clock.now()
        )
    return secret


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_token_stands_in_the_header(site: Site, scheme: str) -> None:
    secret = await token(site)

    answer = await site.api("GET", LISTS, headers={"Authorization": f"{scheme} {secret}"})

    assert answer[:2] == (200, ALICE)


async def test_a_token_may_stand_in_a_form_but_not_in_the_address(site: Site) -> None:
    """T144: addresses end up in logs."""
    secret = await token(site)

    form = await site.api("POST", LISTS, form={"access_token": secret})
    address = await site.api("GET", f"{LISTS}?access_token={secret}")
    both = await site.api("POST", f"{LISTS}?access_token={secret}", form={"x": "y"})

    assert [form[0], address[0], both[0]] == [200, 401, 401]


async def test_the_header_goes_before_the_form(site: Site) -> None:
    secret = await token(site)

    answer = await site.api("POST", LISTS, token="wrong", form={"access_token": secret})

    assert answer[0] == 401


@pytest.mark.parametrize("path", [LISTS, READER, OPEN])
@pytest.mark.parametrize("given", ["unknown", "", "ünknown", "x" * 4000])
async def test_an_unknown_token_is_refused_on_every_address(site: Site, path: str, given: str) -> None:
    status, body, headers = await site.api("GET", path, headers={"Authorization": f"Bearer {given}"})

    if given == "" and path == OPEN:
        assert status == 200
        return
    assert status == 401
    assert body["error"] in ("The access token is invalid", "This API requires an authenticated user")
    assert headers["WWW-Authenticate"].startswith('Bearer realm="')
    assert 'error="invalid_token"' in headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (LISTS, (401, {"error": "The access token is invalid"})),
        (READER, (401, {"error": "This API requires an authenticated user"})),
        (OPEN, (200, None)),
    ],
)
async def test_without_a_token_each_kind_of_address_says_its_own(
    site: Site, path: str, expected: tuple[int, object]
) -> None:
    assert (await site.api("GET", path))[:2] == expected


async def test_another_scope_is_a_lack_of_permission_and_not_a_logout(site: Site) -> None:
    """T138."""
    secret = await token(site, "read:statuses write follow")

    assert (await site.api("GET", LISTS, token=secret))[:2] == (
        403,
        {"error": "This action is outside the authorized scopes"},
    )
    assert (await site.api("GET", READER, token=secret))[:2] == (200, ALICE)


async def test_a_suspended_account_is_told_so_at_once_and_on_every_address(site: Site) -> None:
    """T120."""
    secret = await token(site)
    before = await site.api("GET", LISTS, token=secret)
    async with site.db.write() as tx:
        await tx.execute(update(Account).where(Account.actor_id == ALICE).values(suspended_at=site.clock.now()))

    answers = [await site.api("GET", path, token=secret) for path in (LISTS, READER, OPEN)]
    async with site.db.write() as tx:
        await rows.revoke_all(tx, ALICE, site.clock.now())
    revoked_too = await site.api("GET", LISTS, token=secret)

    assert before[0] == 200
    for status, body, _ in [*answers, revoked_too]:
        assert (status, body) == (403, {"error": "Your login is currently disabled"})


async def test_requests_count_on_their_token(site: Site) -> None:
    secret = await token(site)

    _, _, first = await site.api("GET", LISTS, token=secret)
    _, _, second = await site.api("GET", LISTS, token=secret)
    _, _, anonymous = await site.api("GET", OPEN)

    assert [headers["X-RateLimit-Remaining"] for headers in (first, second, anonymous)] == ["299", "298", "299"]


async def test_a_request_costs_one_statement(site: Site) -> None:
    secret = await token(site)
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    event.listen(site.db.read_engine.sync_engine, "before_cursor_execute", note)
    answer = await site.api("GET", LISTS, token=secret)
    event.remove(site.db.read_engine.sync_engine, "before_cursor_execute", note)

    assert answer[0] == 200
    assert len([statement for statement in seen if statement.startswith("SELECT oauth_tokens")]) == 1
    assert len([statement for statement in seen if "FROM" in statement]) == 1


async def test_unused_apps_go_after_a_week_and_used_ones_stay(site: Site) -> None:
    """T146; clients keep their client_id for ever (client API 3.1)."""
    unused, used = await site.register("tuba://a"), await site.register("tuba://b")
    async with site.db.write() as tx:
        await rows.add_token(
            tx, token_hash="x", app_id=int(used["id"]), actor_id=ALICE, scopes="read", now=site.clock.now()
        )

    async def known(app: dict[str, Any]) -> bool:
        page = await site.browser().get(f"/oauth/authorize?response_type=code&client_id={app['client_id']}")
        return page.status == 302

    async with site.db.write() as tx:
        await rows.drop_stale(tx, site.clock.now() + timedelta(days=7))
    after_a_week = [await known(unused), await known(used)]
    async with site.db.write() as tx:
        await rows.drop_stale(tx, site.clock.now() + timedelta(days=7, microseconds=1))
    later = [await known(unused), await known(used)]

    assert (after_a_week, later) == ([True, True], [False, True])
