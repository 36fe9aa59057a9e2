"""Subscriptions to pushes: one for each token, its owner's alone, with what apps compare (client API section 6)."""

import base64
from typing import Any

import pytest
from sqlalchemy import select

from models.pushes import PushSubscription
from server.notify.encryption import PURPOSE
from tests.support.firm import App, Firm
from tests.support.push_service import PhoneApp

PATH = "/api/v1/push/subscription"
KINDS = {
    *("follow", "favourite", "reblog", "mention", "poll", "status", "follow_request", "update"),
    *("quote", "quoted_update", "admin.sign_up", "admin.report"),
}


@pytest.fixture
def phone() -> PhoneApp:
    """A phone whose push service is far away."""
    return PhoneApp("https://push.example.org/send/1")


async def test_a_subscription_is_made_read_changed_and_ended(alice: App, phone: PhoneApp) -> None:
    before = await alice.call("GET", PATH)
    made = await alice.post(PATH, **phone.wish("mention", "follow", policy="followed"))
    read = await alice.get(PATH)
    changed = await alice.put(PATH, data={"alerts": {"poll": True}})
    other = await alice.put(PATH, data={"policy": "follower"})
    ended = [await alice.delete(PATH), await alice.delete(PATH)]

    assert (before.status, before.error) == (404, "Record not found")
    assert made == read
    assert made["alerts"] == dict.fromkeys(KINDS, False) | {"mention": True, "follow": True}
    assert (made["endpoint"], made["standard"], made["policy"]) == (phone.endpoint, True, "followed")
    assert type(made["id"]) is int
    assert 0 < made["id"] < 2**31
    assert changed == made | {"alerts": dict.fromkeys(KINDS, False) | {"poll": True}}
    assert other == changed | {"policy": "follower"}
    assert ended == [{}, {}]
    assert [(await alice.call(method, PATH)).status for method in ("GET", "PUT")] == [404, 404]


async def test_the_server_key_is_the_same_text_everywhere(alice: App, firm: Firm, phone: PhoneApp) -> None:
    made = await alice.post(PATH, **phone.wish("mention"))
    instance = await firm.nobody.get("/api/v2/instance")
    app = await firm.nobody.post("/api/v1/apps", client_name="Phanpy", redirect_uris="urn:ietf:wg:oauth:2.0:oob")

    assert made["server_key"] == instance["configuration"]["vapid"]["public_key"] == app["vapid_key"]
    assert len(base64.urlsafe_b64decode(made["server_key"])) == 65


async def test_each_token_has_one_of_its_own(alice: App, firm: Firm, phone: PhoneApp) -> None:
    """T160: nobody reads, changes or ends that of another token."""
    first = await alice.post(PATH, **phone.wish("mention"))
    second = await alice.post(PATH, **phone.wish("follow", standard=False))
    tablet, bob = await firm.with_scopes(alice, "push"), await firm.person("bob")

    others = [(await app.call("GET", PATH)).status for app in (tablet, bob)]
    await tablet.delete(PATH)
    await bob.post(PATH, **phone.wish("poll"))

    assert others == [404, 404]
    assert second["standard"] is False
    assert await alice.get(PATH) == second
    assert first["id"] != (await bob.get(PATH))["id"]


async def test_apps_send_it_as_a_form_as_well(alice: App, phone: PhoneApp) -> None:
    keys = phone.wish()["subscription"]["keys"]
    form = {
        "subscription[endpoint]": phone.endpoint,
        "subscription[keys][p256dh]": keys["p256dh"] + "=",
        "subscription[keys][auth]": keys["auth"] + "==",
        "data[alerts][mention]": "true",
        "data[alerts][favourite]": "0",
    }

    made = (await alice.call("POST", PATH, form=form)).document

    assert (made["standard"], made["policy"]) == (False, "all")
    assert made["alerts"] == dict.fromkeys(KINDS, False) | {"mention": True}


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "push.example.org",
        "ftp://push.example.org/1",
        "https://127.0.0.1/1",
        "https://[::1]/1",
        "https://10.0.0.1/1",
        "https://2130706433/1",
        "https://user@push.example.org/1",
        "https://push.example.org:8443/1",
        "http://home.test/1",
        "https://push.example.org/" + "x" * 2048,
    ],
)
async def test_an_address_that_must_not_be_asked_is_refused(alice: App, phone: PhoneApp, endpoint: str) -> None:
    """T074."""
    phone.endpoint = endpoint

    answer = await alice.call("POST", PATH, json=phone.wish("mention"))

    assert (answer.status, answer.error) == (
        422,
        "Validation failed: Endpoint is not an address that can be reached",
    )


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ({"p256dh": "", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}, "Validation failed: P256dh is not a key"),
        ({"p256dh": "A" * 87, "auth": "AAAAAAAAAAAAAAAAAAAAAA"}, "Validation failed: P256dh is not a key"),
        ({"p256dh": "é", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}, "Validation failed: P256dh is not a key"),
        ({"auth": "AAAA"}, "Validation failed: Auth is not a secret of 16 bytes"),
        ({"auth": "A" * 23}, "Validation failed: Auth is not a secret of 16 bytes"),
        ({"auth": 7}, "Validation failed: Auth is not a secret of 16 bytes"),
    ],
)
async def test_keys_that_are_none_are_refused(alice: App, phone: PhoneApp, keys: dict[str, Any], error: str) -> None:
    wish = phone.wish("mention")
    wish["subscription"]["keys"] |= keys

    answer = await alice.call("POST", PATH, json=wish)

    assert (answer.status, answer.error) == (422, error)
    assert (await alice.call("GET", PATH)).status == 404


async def test_the_token_is_kept_sealed(firm: Firm, alice: App, phone: PhoneApp) -> None:
    """T145: nothing in the database is the token."""
    await alice.post(PATH, **phone.wish("mention"))
    token = alice.token or ""

    async with firm.runtime.db.read() as tx:
        (row,) = (await tx.select(select(*PushSubscription.__table__.columns))).all()

    assert all(token.encode() not in value for value in row if isinstance(value, bytes))
    assert token not in str(row)
    assert firm.runtime.vault.open(row.sealed_token, PURPOSE) == token.encode()
