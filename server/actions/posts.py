"""Writing, changing and deleting posts, for a local person; whatever app or page they use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from federation.outbox.publish import publish
from federation.vocab.compose import Composer, Said
from models.details import as_stored, details_of
from models.engine import WriteTx
from models.gate import ActingCommunity, Person, Standing, Verb, may
from models.posts import COMMUNITY, DIRECT, FOLLOWERS, QUESTION, REPEAT_WINDOW
from models.queries import posts, publishing
from models.queries.actors import ActorRow
from models.queries.polls import PollRow
from models.queries.posts import PostRow
from models.queries.publishing import Named
from models.questions import asks
from models.writes import conversations, feeds, notifications
from models.writes import media as media_writes
from models.writes import posts as post_writes
from models.writes.posts import NewPost
from server.actions import aiming, attaching, barred, moderation, poll_drafts, readers, telling, writing
from server.actions.about_posts import call_back, publish_change
from server.actions.barred import link_rests, may_not_write
from server.actions.discreet import refuse_with_name
from server.actions.discreet_rights import is_own, require_no_secret
from server.actions.poll_drafts import PollDraft
from server.actions.refusals import Invalid, NotAllowed, NotThere, Refused
from server.actions.strangers import find_strangers, people_in
from server.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a person wants to post."""

    text: str
    spoiler: str = ""
    is_sensitive: bool = False
    is_direct: bool = False
    """For the people mentioned only."""
    label: str | None = None
    """Of a new post: a higher one than its community's, or its thread's."""
    language: str | None = None
    parent_id: int | None = None
    poll: PollDraft | None = None
    file_ids: Sequence[int] | None = None
    """None: those that it has."""
    file_changes: Mapping[int, attaching.Change] = field(default_factory=dict)
    idempotency_key: str | None = None
    app_name: str | None = None
    app_website: str | None = None


@dataclass(slots=True)
class _Plan:
    """A draft with everybody that matters for it."""

    draft: Draft
    author: ActorRow
    named: dict[tuple[str, str], ActorRow]
    community: ActorRow | None
    place: Named | None
    """The same community, with the author's standing there."""
    parent: PostRow | None
    parent_author: ActorRow | None
    author_role: str | None
    people: list[ActorRow] = field(default_factory=list)
    """Mentioned, other than the community."""

    @property
    def concerned(self) -> list[ActorRow]:
        """They, and who is answered."""
        return [*self.people, *([self.parent_author] if self.parent_author else [])]


async def create(services: Services, viewer: Person, draft: Draft) -> int:
    """Publish a post; its id. The same Idempotency-Key within an hour gives the same post, be it deleted by now.

    Raises `Invalid`, `NotAllowed` or `NotThere` with a sentence for the author; nothing is stored then.
    """
    check(draft)
    await find_strangers(services, viewer, draft.text)
    await services.key_ring.refresh()
    await services.peers.refresh()
    at = services.runtime.clock.now()
    try:
        async with services.runtime.db.write() as tx:
            return await write(tx, services, viewer, draft, at)
    except (IntegrityError, Refused) as error:
        if draft.idempotency_key is None:
            raise
        # A repeat can be refused for what the first one did: its files are part of that post by now.
        refusal = error if isinstance(error, Refused) else None
    async with services.runtime.db.write() as tx:
        earlier = await posts.by_idempotency_key(tx, viewer.actor_id, draft.idempotency_key, at - REPEAT_WINDOW)
        if earlier is not None:
            return earlier
        if refusal is not None:
            raise refusal
        await post_writes.forget_key(tx, viewer.actor_id, draft.idempotency_key)
        return await write(tx, services, viewer, draft, at)


def check(draft: Draft) -> None:
    """Raises `Invalid` for what no post can say, whoever says it."""
    if len(draft.text) + len(draft.spoiler) > writing.MAX_CHARACTERS:
        raise Invalid(writing.TOO_LONG, most=writing.MAX_CHARACTERS)
    if not draft.text.strip() and not draft.file_ids:
        raise Invalid(writing.BLANK)
    attaching.check(draft.file_ids, has_poll=draft.poll is not None)
    poll_drafts.check(draft.poll)


async def write(tx: WriteTx, services: Services, viewer: Person, draft: Draft, at: datetime) -> int:
    """As `create`, in the caller's transaction, for a draft that was checked."""
    plan = await _plan(tx, services, viewer, draft)
    _require_known(services, plan)
    files = await attaching.chosen(tx, viewer, draft.file_ids)
    text = _text(services, plan, is_thread=plan.parent is None, has_files=bool(files))
    row = _row(services, plan, text, at)
    verb, action = (Verb.REPLY, "reply") if plan.parent else (Verb.POST, "announce")
    await moderation.answer_for(tx, services.runtime, viewer, verb, action, row.uri)
    row.details = as_stored(await attaching.carried(tx, [one.file for one in files], _texts(draft)))
    wrapper = telling.wrapper_of(services.runtime, plan.community, row, at)
    await post_writes.add(tx, [row, *([wrapper] if wrapper else [])])
    await attaching.attach(tx, row.id, files)
    poll = await poll_drafts.add(tx, row.id, draft.poll, at)
    await feeds.place(tx, telling.placements(row, wrapper))
    has_watchers = plan.place is not None and plan.place.has_watchers
    told = telling.tellings(row, wrapper, plan.concerned, answered=plan.parent, has_watchers=has_watchers, at=at)
    await notifications.tell(tx, told)
    await _converse(tx, services, plan, row.as_row())
    showing = telling.showing(services.runtime, wrapper)
    await publish(tx, Composer(services.runtime, at).create(_said(plan, row.as_row(), poll), showing))
    return row.id


def _text(services: Services, plan: _Plan, *, is_thread: bool, has_files: bool) -> writing.Text:
    return writing.compose(
        plan.draft.text,
        community=plan.community,
        is_thread=is_thread,
        named=plan.named,
        base_url=services.runtime.config.base_url,
        may_be_blank=has_files,
    )


async def _converse(tx: WriteTx, services: Services, plan: _Plan, row: PostRow) -> None:
    """A private post stands in the conversations of those of our people who take part."""
    if row.audience == DIRECT:
        ours = {one.id for one in plan.concerned if one.is_local}
        await conversations.add(tx, conversations.heard(row, ours, services.runtime.tokens.next_id))


async def require_right(tx: WriteTx, services: Services, viewer: Person, draft: Draft) -> None:
    """Raises as `create`, where the draft could not be published now."""
    check(draft)
    _require_known(services, await _plan(tx, services, viewer, draft))


def _require_known(services: Services, plan: _Plan) -> None:
    """Of a new post: whom it is for is clear. Raises `Invalid`, `NotAllowed`."""
    if plan.place is None:
        barred.require_private(plan.author_role, is_private=plan.draft.is_direct and bool(plan.concerned))
    if plan.place is None and plan.parent is None and not plan.draft.is_direct:
        aiming.require_known(plan.draft.text, plan.named, services.runtime.config.domain, services.peers)


async def _plan(tx: WriteTx, services: Services, viewer: Person, draft: Draft) -> _Plan:
    """Who is who, in one statement or, for a reply, in two. Raises as `create`."""
    parent = None
    if draft.parent_id is not None:
        parent = await posts.post(tx, draft.parent_id, viewer)
        if parent is None:
            raise NotThere()
        await require_no_secret(tx, viewer, parent)
    handles = writing.handles_in(draft.text, services.runtime.config.domain)
    ids = [viewer.actor_id]
    if parent is not None:
        ids += [parent.author_id, *([parent.community_id] if parent.community_id else [])]
    now = services.runtime.clock.now()
    found = await publishing.named(tx, handles=handles, ids=ids, author_id=viewer.person_id, at=now)
    by_id = {one.actor.id: one for one in found}
    named = {key: one.actor for one in found if (key := (one.actor.username, one.actor.host)) in handles}
    mentioned = [one for actor in named.values() if (one := by_id[actor.id]).actor.is_community]
    acting = by_id.get(viewer.actor_id) if isinstance(viewer, ActingCommunity) else None
    if parent is None and len(mentioned) == 1 and acting is None:
        refuse_with_name(draft.text, mentioned[0].actor, services.runtime.config.base_url)
    try:
        opener = await _opener(tx, viewer, parent) if acting is not None else None
        place = aiming.community_of(parent, by_id, mentioned, acting=acting, opener=opener, is_direct=draft.is_direct)
        plan = _Plan(
            draft=draft,
            author=by_id[viewer.actor_id].actor,
            named=named,
            place=place,
            community=place.actor if place else None,
            parent=parent,
            parent_author=aiming.person_answered(parent, by_id),
            author_role=by_id[viewer.actor_id].author_role,
            people=people_in(named.values(), is_direct=draft.is_direct),
        )
        _require_right(services, plan)
    except (Invalid, NotAllowed) as refused:
        place_id = aiming.meant(parent, mentioned, acting)
        raise await readers.explained(tx, viewer, refused, place_id, parent, draft.label) from None
    return plan


async def _opener(tx: WriteTx, viewer: Person, parent: PostRow | None) -> int | None:
    """Who opened the thread of a post."""
    if parent is None or parent.thread_id in (None, parent.id):
        return parent.author_id if parent is not None else None
    thread = await posts.post(tx, parent.thread_id, viewer)
    return thread.author_id if thread is not None else None


def _require_right(services: Services, plan: _Plan) -> None:
    """Members post, replies too. Raises `NotAllowed` before anything is stored, so that the app keeps the draft."""
    place, community = plan.place, plan.community
    if place is None or community is None:
        return
    if community.peer_id is not None:
        peer = services.peers.by_id(community.peer_id)
        if peer is None or not peer.is_active:
            raise link_rests(community.host, peer)
    standing = Standing(
        plan.author.id,
        is_active=True,
        role=place.standing_role,
        is_banned=place.is_banned,
        reads_only=place.reads_only,
        is_over=place.is_over,
    )
    verb = Verb.REPLY if plan.parent else Verb.POST
    is_closed = plan.parent is not None and plan.parent.is_closed
    if not may(standing, verb, hosts_only=bool(community.hosts_only), is_closed=is_closed):
        raise may_not_write(standing, community, is_reply=plan.parent is not None)
    _label(plan)


def _label(plan: _Plan) -> int:
    lowest = (plan.community.label or 0) if plan.community else 0
    return writing.label_of(plan.draft.label, lowest, plan.parent.label if plan.parent else 0)


def _row(services: Services, plan: _Plan, text: writing.Text, at: datetime) -> NewPost:
    config, draft, parent, community = services.runtime.config, plan.draft, plan.parent, plan.community
    post_id = services.runtime.tokens.next_id(at)
    is_ours = community is None or community.is_local
    return NewPost(
        id=post_id,
        uri=config.url(f"/objects/{post_id}"),
        url=config.url(f"/@{plan.author.username}/{post_id}"),
        author_id=plan.author.id,
        audience=COMMUNITY if community else DIRECT if draft.is_direct else FOLLOWERS,
        community_id=community.id if community else None,
        parent_id=parent.id if parent else None,
        parent_uri=parent.uri if parent else None,
        thread_id=parent.thread_id if parent else post_id,
        context_uri=parent.context_uri if parent else None,
        is_closed=parent.is_closed if parent else False,
        kind=_kind(draft, text),
        is_question=community is not None and parent is None and asks(text.first_line, text.tags),
        title=text.title,
        content_html=text.content_html,
        source=draft.text,
        spoiler=draft.spoiler,
        is_sensitive=draft.is_sensitive or bool(draft.spoiler),
        language=draft.language or (community.language if community else None),
        label=_label(plan),
        mentioned=_mentioned_ids(plan),
        tags=text.tags,
        is_confirmed=is_ours,
        idempotency_key=draft.idempotency_key,
        app_name=draft.app_name,
        app_website=draft.app_website,
        published_at=at,
        received_at=at,
    )


def _kind(draft: Draft, text: writing.Text) -> str:
    return QUESTION if draft.poll is not None else "Page" if text.title else "Note"


def _mentioned_ids(plan: _Plan) -> list[int]:
    ids = [person.id for person in plan.people]
    # The person answered is always named, whether or not the app kept the mention.
    if plan.parent_author is not None and plan.parent_author.id not in (*ids, plan.author.id):
        ids.insert(0, plan.parent_author.id)
    return ids


def _said(plan: _Plan, row: PostRow, poll: PollRow | None) -> Said:
    people = list(plan.people)
    if plan.parent_author is not None and plan.parent_author.id in row.mentioned:
        people = [plan.parent_author, *(person for person in people if person.id != plan.parent_author.id)]
    mentioned = (*([plan.community] if plan.community else []), *people)
    return Said(row, plan.author, plan.community, mentioned, plan.parent_author, poll)


async def edit(services: Services, viewer: Person, post_id: int, draft: Draft) -> int:
    """Put new text in place of one's own post; the id of the post itself. Raises as `create`."""
    check(draft)
    await find_strangers(services, viewer, draft.text)
    await services.key_ring.refresh()
    async with services.runtime.db.write() as tx:
        # Of two edits at once, text and poll are those of the same one.
        await post_writes.hold(tx, post_id)
        row = await own_post(tx, post_id, viewer)
        at = post_writes.edited_at(row.edited_at, services.runtime.clock.now())
        await moderation.answer_for(tx, services.runtime, viewer, Verb.POST, "edit", row.uri)
        # What it answers may be deleted by now, or hidden from its author.
        parent = await posts.post(tx, row.parent_id, viewer) if row.parent_id is not None else None
        plan = await _plan(tx, services, viewer, replace(draft, parent_id=parent.id if parent else None))
        if (plan.community.id if plan.community else None) != row.community_id:
            plan.community = await barred.still_writes(tx, services.peers, viewer, row, at)
        files = await attaching.edited(tx, viewer, row, draft.file_ids, draft.file_changes)
        text = _text(services, plan, is_thread=row.parent_uri is None, has_files=bool(files))
        details = await attaching.carried(tx, files, _texts(draft))
        values = _changed(plan, row, text)
        stored = await poll_drafts.stored_for(tx, row.id, row.kind, draft.poll)
        is_same = details_of(row.details) == details and _says(row, values)
        if is_same and poll_drafts.asks_the_same(stored, draft.poll):
            return row.id
        if await post_writes.edit(tx, row.id, at, values | {"details": as_stored(details)}):
            await attaching.settle(tx, services.runtime.vault, row, files, at)
        poll = await poll_drafts.change(tx, row.id, stored, draft.poll, at)
        await notifications.tell_admirers(tx, author_id=viewer.actor_id, post_id=row.id, at=at)
        changed = await posts.post(tx, row.id, viewer)
        if changed is not None:
            if set(changed.mentioned) != set(row.mentioned):
                await conversations.forget_post(tx, row.id)
                await _converse(tx, services, plan, changed)
            said = _said(plan, changed, poll)
            await publish_change(tx, said, Composer(services.runtime, at).update(said))
        return row.id


def _changed(plan: _Plan, row: PostRow, text: writing.Text) -> dict[str, object]:
    """The columns that an edit may change."""
    draft = plan.draft
    return {
        "kind": _kind(draft, text),
        "title": text.title,
        "content_html": text.content_html,
        "source": draft.text,
        "spoiler": draft.spoiler,
        "is_sensitive": draft.is_sensitive or bool(draft.spoiler),
        "language": draft.language or row.language,
        "mentioned": _mentioned_ids(plan),
        "tags": text.tags,
        "is_question": row.is_question
        or (plan.community is not None and not row.parent_uri and asks(text.first_line, text.tags)),
    }


def _texts(draft: Draft) -> list[str]:
    """Where custom emojis may stand."""
    return [draft.text, draft.spoiler, *(draft.poll.options if draft.poll else ())]


def _says(row: PostRow, values: Mapping[str, object]) -> bool:
    return all(getattr(row, name) == value for name, value in values.items())


async def own_post(tx: WriteTx, post_id: int, viewer: Person) -> PostRow:
    """The viewer's own post. Raises `NotThere` for anybody else's, whether it exists or not."""
    row = await posts.post(tx, post_id, viewer)
    if row is None or not may(Standing(viewer.actor_id, is_active=True, role=None), Verb.EDIT, author_id=row.author_id):
        raise NotThere()
    await require_no_secret(tx, viewer, row)
    return row


async def delete(services: Services, viewer: Person, post_id: int, *, keeps_files: bool = False) -> None:
    """Delete one's own post here, and call it back wherever it went; `keeps_files`: its files may be posted again.

    Raises `NotThere`.
    """
    await services.key_ring.refresh()
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        row = await posts.post(tx, post_id, viewer)
        if row is None or not await is_own(tx, services.runtime, viewer, row):
            row = await own_post(tx, post_id, viewer)
        await moderation.answer_for(tx, services.runtime, viewer, Verb.DELETE, "delete-post", row.uri)
        if keeps_files:
            await media_writes.detach(tx, row.id, until=at + attaching.UNATTACHED_KEPT)
        await call_back(tx, services, row, at)
