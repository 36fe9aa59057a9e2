"""Subscribing an app to pushes: one subscription for each token, which ends with it."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from federation.errors import Malformed
from federation.transport.hosts import parse_url
from models.engine import WriteTx
from models.pushes import ALL
from models.queries import pushes
from models.queries.pushes import SubscriptionRow
from models.writes import pushes as rows
from server.actions.refusals import Invalid, NotThere
from server.notify.encryption import PURPOSE, SECRET_BYTES, is_point
from server.services import Services

MAX_ENDPOINT: Final = 2048
_INVALID: Final = "Validation failed: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an app asks for."""

    endpoint: str
    public_key: str
    """URL-safe base64, with or without padding, as the next."""
    auth_secret: str
    is_standard: bool
    alerts: Sequence[str]
    policy: str | None


async def subscribe(
    services: Services, *, token_id: int, actor_id: int, secret: str, wanted: Wanted
) -> SubscriptionRow:
    """Tell the app of a token from now on, in the place of what it asked for before. Raises `Invalid`.

    `secret` is the token itself, which is kept sealed: the app tells its accounts apart by it.
    """
    key, auth = _decoded(wanted.public_key), _decoded(wanted.auth_secret)
    if not is_point(key):
        raise Invalid(f"{_INVALID}P256dh is not a key")
    if len(auth) != SECRET_BYTES:
        raise Invalid(f"{_INVALID}Auth is not a secret of {SECRET_BYTES} bytes")
    row = SubscriptionRow(
        token_id=token_id,
        actor_id=actor_id,
        endpoint=_endpoint(services, wanted.endpoint),
        public_key=key,
        auth_secret=auth,
        is_standard=wanted.is_standard,
        alerts=list(wanted.alerts),
        policy=wanted.policy or ALL,
        sealed_token=services.runtime.vault.seal(secret.encode(), PURPOSE),
    )
    async with services.runtime.db.write() as tx:
        await rows.subscribe(tx, row, services.runtime.clock.now())
        return await _of_token(tx, token_id)


async def choose(
    services: Services, *, token_id: int, alerts: Sequence[str] | None, policy: str | None
) -> SubscriptionRow:
    """Other kinds of notifications, or of people; what is None stays. Raises `NotThere`."""
    async with services.runtime.db.write() as tx:
        known = await _of_token(tx, token_id)
        chosen = known.alerts if alerts is None else alerts
        await rows.choose(tx, token_id, alerts=chosen, policy=policy or known.policy)
        return await _of_token(tx, token_id)


async def unsubscribe(services: Services, token_id: int) -> None:
    """Tell it nothing any more."""
    async with services.runtime.db.write() as tx:
        await rows.unsubscribe(tx, token_id)


async def _of_token(tx: WriteTx, token_id: int) -> SubscriptionRow:
    row = await pushes.of_token(tx, token_id)
    if row is None:
        raise NotThere()
    return row


def _decoded(text: str) -> bytes:
    bare = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _endpoint(services: Services, given: str) -> str:
    """The address of the push service in the form in which it is asked. Where it leads the gate looks at each time."""
    base_url = services.runtime.config.base_url
    schemes = ("https",) if base_url.startswith("https:") else ("https", "http")
    try:
        target = parse_url(given.strip(), schemes=schemes)
    except Malformed:
        raise Invalid(f"{_INVALID}Endpoint is not an address that can be reached") from None
    is_ours = target.raw_authority == base_url.partition("://")[2]
    if target.explicit_port is not None or is_ours or len(str(target)) > MAX_ENDPOINT:
        raise Invalid(f"{_INVALID}Endpoint is not an address that can be reached")
    return str(target)
