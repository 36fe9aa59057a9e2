"""Sending what is owed to subscriptions (Web Push): decided anew for each message when it is sent, never before.

What the push service does not take waits, all of one subscription together, and is dropped after two days; what it no
longer knows is a subscription less. A worker that is killed leaves a lease behind, and another one goes on.
"""

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog
from aiohttp import web
from yarl import URL

from federation.errors import Denied, FederationError, Malformed
from federation.runtime import Reply, Runtime
from models.labels import Labels
from models.notifications import FOLLOW_REQUEST, MENTION
from models.pushes import ALL, FOLLOWED, FOLLOWER
from models.queries import labels, pushes, rest
from models.queries.pushes import Ready, SubscriptionRow
from models.queries.rest import Rests
from models.writes import digests
from models.writes import pushes as rows
from models.writes import rest as rest_rows
from server.mastodon.entities import Account
from server.mastodon.render import Renderer
from server.notify.encryption import PURPOSE, TTL, Recipient, ServerKey, seal
from server.notify.resting import Notice, Turn, allowed, parted
from server.notify.wording import PushMessage, Wording

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 2.0
LEASE: Final = timedelta(minutes=2)
"""Longer than a turn takes: a request is given up after half a minute."""

MOST_AT_ONCE: Final = 50
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)

_URGENT: Final = (MENTION, FOLLOW_REQUEST)
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message."""

    message: Ready
    is_expired: bool = False
    """The push service does not know the subscription any more, or refuses it for good."""
    retry_after: timedelta | None = None
    """It takes nothing now."""
    ids: tuple[int, ...] = ()
    """All messages in whose place it was sent; empty: itself."""


def wait_after(failures: int, asked: str | None) -> timedelta:
    """How long to wait after so many failures in a row; `asked` is what the push service says in `Retry-After`."""
    wait = min(FIRST_WAIT * (1 << min(failures, 20)), LONGEST_WAIT)
    if asked is not None and asked.isascii() and asked.isdecimal() and len(asked) < 8:
        wait = max(wait, min(timedelta(seconds=int(asked)), LONGEST_WAIT))
    return wait


def is_wanted(message: Ready) -> bool:
    """The app asked for notifications of this kind, by whom this one is."""
    subscription = message.subscription
    by_whom = {ALL: True, FOLLOWED: message.is_followed, FOLLOWER: message.follows}
    return message.type in subscription.alerts and by_whom.get(subscription.policy, False)


class Pusher:
    """One for each process that works."""

    def __init__(self, runtime: Runtime, renderer: Renderer, key: ServerKey, language: str) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._key = key
        self._wording = Wording(language)

    async def run(self) -> None:
        """Send whatever is owed, until cancelled."""
        while True:
            while await self.tend():
                pass
            await self._runtime.events.wait(rows.PUSHES, LOOK_SECONDS)

    async def tend(self) -> bool:
        """Send what may be sent now, fifty messages at most; whether there may be more."""
        now = self._runtime.clock.now()
        async with self._runtime.db.read() as tx:
            if not await pushes.any_ready(tx, now):
                return False
        until = now + LEASE
        async with self._runtime.db.write() as tx:
            spread = await rows.spread(tx, MOST_AT_ONCE)
            claimed = await rows.claim(tx, now=now, until=until, most=MOST_AT_ONCE)
        async with self._runtime.db.read() as tx:
            ready = await pushes.ready(tx, claimed, now)
            wanted = [one for one in ready if is_wanted(one) and now - one.news_since < TTL]
            rests = await rest.of_people(tx, {one.subscription.actor_id for one in wanted})
            people = await self._renderer.shown(tx, {one.actor_id for one in wanted})
            rules = await labels.labels(tx)
        turn = parted(wanted, rests, now)
        notices = await self._within_bounds(turn.notices, rests, now)
        outcomes = await asyncio.gather(
            *(self._send(one, people.get(one.message.actor_id), rules, now) for one in notices)
        )
        await self._settle(claimed, outcomes, turn, until)
        return MOST_AT_ONCE in (len(claimed), spread)

    async def _within_bounds(self, notices: Sequence[Notice], rests: Rests, now: datetime) -> list[Notice]:
        """What goes beyond a person's five of the day is not sent: it is in their apps, and counted in their digest."""
        asked: dict[int, list[int]] = {}
        for one in notices:
            asked.setdefault(one.person_id, []).append(one.message.notification_id)
        if not asked:
            return []
        async with self._runtime.db.write() as tx:
            days = {person_id: rests.day_of(person_id, now) for person_id in asked}
            taken = await rest_rows.take_allowance(tx, asked, days)
            await digests.hold_back(tx, [one for who, ids in asked.items() for one in ids if one not in taken[who]])
        return allowed(notices, taken)

    async def _send(self, notice: Notice, sender: Account | None, rules: Labels, now: datetime) -> Outcome:
        message, subscription = notice.message, notice.message.subscription
        sealed = seal(
            _encode(self._clear(notice, sender, rules)),
            _recipient(subscription),
            self._key,
            salt=base64.urlsafe_b64decode(self._runtime.tokens.secret(16) + "=="),
            now=now,
            urgency="high" if message.type in _URGENT else "normal",
        )
        try:
            reply = await self._runtime.client.push(subscription.endpoint, sealed.body, sealed.headers)
        except (Denied, Malformed) as error:
            log.warning("push.denied", subscription=subscription.id, reason=error.reason)
            return Outcome(message, is_expired=True)
        except FederationError as error:
            log.info("push.failed", subscription=subscription.id, reason=error.reason)
            return Outcome(message, retry_after=wait_after(subscription.failures, None), ids=notice.ids)
        return replace(_outcome(message, reply), ids=notice.ids)

    def _clear(self, notice: Notice, sender: Account | None, rules: Labels) -> PushMessage:
        message, several = notice.message, len(notice.ids)
        words = self._wording.of(message, rules) if several == 1 else self._wording.of_several(message, several)
        is_shown = words.shows_who and sender is not None
        return PushMessage(
            access_token=self._runtime.vault.open(message.subscription.sealed_token, PURPOSE).decode(),
            preferred_locale=self._wording.language_of(message),
            notification_id=str(message.notification_id),
            notification_type=message.type,
            icon=sender.avatar if is_shown and sender else self._renderer.no_avatar,
            title=words.title,
            body=words.body,
        )

    async def _settle(self, claimed: Sequence[int], outcomes: Sequence[Outcome], turn: Turn, until: datetime) -> None:
        """Write down what became of them; what was not sent because nobody may have it is settled as well."""
        late = {number: one for one in outcomes if one.retry_after is not None for number in one.ids}
        now = self._runtime.clock.now()
        waits: dict[int, timedelta] = {}
        for one in late.values():
            assert one.retry_after is not None
            subscription_id = one.message.subscription.id
            waits[subscription_id] = max(waits.get(subscription_id, timedelta()), one.retry_after)
        expired = {one.message.subscription.id for one in outcomes if one.is_expired}
        taken = {one.message.subscription.id for one in outcomes} - expired - waits.keys()
        async with self._runtime.db.write() as tx:
            waiting = {*late, *turn.held}
            await rows.settle(tx, [one for one in claimed if one not in waiting], until)
            await rows.put_back(tx, sorted(waiting), until)
            await rows.note_success(tx, taken)
            await rows.expire(tx, expired)
            for subscription_id, over in turn.until.items():
                await rows.hold(tx, subscription_id, over)
            for subscription_id, wait in waits.items():
                await rows.note_failure(tx, subscription_id, retry_at=now + wait)


PUSHER: Final = web.AppKey("pusher", Pusher)
"""Sends what is owed."""


def _outcome(message: Ready, reply: Reply) -> Outcome:
    if reply.status // 100 == 2:
        return Outcome(message)
    if reply.status in (408, 429) or reply.status >= 500 or reply.status < 400:
        wait = wait_after(message.subscription.failures, reply.headers.get("retry-after"))
        log.info("push.later", subscription=message.subscription.id, status=reply.status)
        return Outcome(message, retry_after=wait)
    log.info("push.expired", subscription=message.subscription.id, status=reply.status)
    return Outcome(message, is_expired=True)


def _recipient(subscription: SubscriptionRow) -> Recipient:
    return Recipient(
        origin=str(URL(subscription.endpoint).origin()),
        public_key=subscription.public_key,
        auth_secret=subscription.auth_secret,
        is_standard=subscription.is_standard,
    )
