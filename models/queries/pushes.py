"""Reading subscriptions to pushes, and what of that which is owed may be sent now, to whom, as the gate says."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, func, not_, or_, select

from models.accounts import Account
from models.actors import APPLICATION, Actor, Follow
from models.base import UtcDateTime, aliased
from models.communities import Community
from models.conditions import marked, some
from models.engine import Columns, ReadTx
from models.gate import visible_to_each
from models.notifications import Notification
from models.oauth import Token
from models.posts import Post
from models.pushes import PushMessage, PushSubscription
from models.queries.notifications import (
    for_decider,
    for_who_asked_discreetly,
    from_blocked_actor,
    from_hidden_community,
)
from models.queries.policies import Noticed, new_since
from models.queries.posts import Entry
from models.queries.tastes import told_to
from models.statements import lasting


class SubscriptionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription; the fields are the columns."""

    id: int = 0
    token_id: int
    actor_id: int
    endpoint: str
    public_key: bytes
    auth_secret: bytes
    is_standard: bool
    alerts: list[str]
    policy: str
    sealed_token: bytes
    failures: int = 0
    retry_at: datetime | None = None


_FIELDS = SubscriptionRow.__struct_fields__
_SUBSCRIPTION = tuple(getattr(PushSubscription, name) for name in _FIELDS)


def _subscription(row: Sequence[Any]) -> SubscriptionRow:
    return SubscriptionRow(**dict(zip(_FIELDS, row, strict=True)))


async def of_token(tx: ReadTx, token_id: int) -> SubscriptionRow | None:
    """The subscription of a token."""
    row = (await tx.select(select(*_SUBSCRIPTION).where(PushSubscription.token_id == token_id))).first()
    return _subscription(row) if row else None


OWED = lasting(lambda: select(Notification.id).where(marked(Notification.owes_push)).limit(1))


async def any_ready(tx: ReadTx, now: datetime) -> bool:
    """Whether there is anything to send."""
    statement = (
        select(PushMessage.id)
        .join(PushSubscription, PushSubscription.id == PushMessage.subscription_id)
        .where(
            or_(PushMessage.leased_until.is_(None), PushMessage.leased_until <= now),
            or_(PushSubscription.retry_at.is_(None), PushSubscription.retry_at <= now),
        )
        .limit(1)
    )
    return await tx.scalar(OWED()) is not None or await tx.scalar(statement) is not None


class Said(msgspec.Struct, frozen=True):
    """The post that a notification speaks of, as far as a push may need it."""

    title: str | None
    content_html: str
    spoiler: str
    label: int
    community_name: str | None
    community_visibility: str | None


class Ready(msgspec.Struct, frozen=True):
    """A message that its reader may have now."""

    id: int
    owed_since: datetime
    subscription: SubscriptionRow
    language: str | None
    """Which the reader chose."""
    notification_id: int
    type: str
    actor_id: int
    actor_name: str
    is_followed: bool
    """The reader follows whose doing it is."""
    follows: bool
    """And is followed by them."""
    sender_label: int | None
    """Where a community itself is the sender."""
    sender_visibility: str | None
    is_from_server: bool
    """The server itself tells of something: that can be about any community, and has no label."""
    said: Said | None

    @property
    def has_waited(self) -> bool:
        """Its reader was not to be disturbed until now: nothing has failed, and yet there was a time to wait for."""
        until = self.subscription.retry_at
        return until is not None and self.subscription.failures == 0 and self.owed_since <= until

    @property
    def news_since(self) -> datetime:
        """From when on it grows old."""
        until = self.subscription.retry_at
        return max(self.owed_since, until) if until is not None and self.has_waited else self.owed_since


_Sender, _Place, _SendingPlace = aliased(Actor), aliased(Actor), aliased(Community)
_Mine, _Theirs = aliased(Follow), aliased(Follow)
_SENT_BY = (_SendingPlace.label, _SendingPlace.visibility, _Sender.type == APPLICATION)
_SAID = (Post.title, Post.content_html, Post.spoiler, Post.label, _Place.display_name, Community.visibility)
_AT = bindparam("taste_at", type_=UtcDateTime())


def _ready() -> Columns:
    reader: ColumnElement[int] = PushSubscription.__table__.c.actor_id
    sender = Notification.actor_id
    return (
        select(
            PushMessage.id,
            PushMessage.created_at,
            Account.language,
            Notification.id,
            Notification.type,
            _Sender.id,
            func.coalesce(func.nullif(_Sender.display_name, ""), _Sender.username),
            some(_Mine, _Mine.follower_id == reader, _Mine.target_id == sender, _Mine.is_accepted),
            some(_Theirs, _Theirs.follower_id == sender, _Theirs.target_id == reader, _Theirs.is_accepted),
            *_SENT_BY,
            Post.id,
            *_SAID,
            *_SUBSCRIPTION,
        )
        .select_from(PushMessage)
        .join(PushSubscription, PushSubscription.id == PushMessage.subscription_id)
        .join(Token, and_(Token.id == PushSubscription.token_id, Token.revoked_at.is_(None)))
        .join(Account, and_(Account.actor_id == PushSubscription.actor_id, Account.suspended_at.is_(None)))
        .join(Notification, Notification.id == PushMessage.notification_id)
        .join(_Sender, _Sender.id == Notification.actor_id)
        .outerjoin(_SendingPlace, _SendingPlace.actor_id == Notification.actor_id)
        .outerjoin(Entry, and_(Entry.id == Notification.post_id, Entry.deleted_at.is_(None)))
        .outerjoin(Post, Post.id == func.coalesce(Entry.shared_post_id, Entry.id))
        .outerjoin(Community, Community.actor_id == Post.community_id)
        .outerjoin(_Place, _Place.id == Post.community_id)
        .where(
            PushMessage.id.in_(bindparam("messages", expanding=True)),
            or_(Notification.post_id.is_(None), and_(Post.id.is_not(None), visible_to_each(reader))),
            not_(or_(from_hidden_community(reader), from_blocked_actor())),
            not_(for_who_asked_discreetly()),
            for_decider(reader),
            told_to(_AT, Noticed(reader, Notification.type, Notification.actor_id, Notification.post_id)),
        )
        .order_by(PushMessage.id)
    )


_READY = lasting(_ready)
_BEFORE = 19


async def ready(tx: ReadTx, message_ids: Sequence[int], at: datetime) -> list[Ready]:
    """Those of the messages that may be sent at this time: the token and the account are good, the post may be read by
    its reader, who cares to hear of it (threats T153, T160). Whether they asked for it their alerts say.
    """
    if not message_ids:
        return []
    values = {"messages": list(message_ids), "taste_at": at, **new_since(at)}
    return [_as_ready(row) for row in await tx.select(_READY(), values)]


def _as_ready(row: Sequence[Any]) -> Ready:
    message_id, since, language, notification_id, kind, actor_id, name, is_followed, follows = row[:9]
    label, visibility, is_from_server, post_id = row[9:13]
    return Ready(
        id=message_id,
        owed_since=since,
        subscription=_subscription(row[_BEFORE:]),
        language=language,
        notification_id=notification_id,
        type=kind,
        actor_id=actor_id,
        actor_name=name,
        is_followed=bool(is_followed),
        follows=bool(follows),
        sender_label=label,
        sender_visibility=visibility,
        is_from_server=bool(is_from_server),
        said=None if post_id is None else Said(*row[13:_BEFORE]),
    )
