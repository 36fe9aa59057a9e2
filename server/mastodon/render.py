"""Rows to entities of the client API, a page at a time: everything that a page needs is loaded in two statements."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from msgspec import UNSET, structs

from federation.runtime import Clock
from models.details import details_of, fields_of, pictures_of
from models.engine import ReadTx
from models.gate import ActingCommunity, Person
from models.posts import DIRECT, QUESTION
from models.queries import actors, filters, polls
from models.queries.actors import ActorRow, Counts
from models.queries.notification_groups import Group, key_of
from models.queries.notifications import NotificationRow
from models.queries.polls import OwnPoll
from models.queries.posts import EntryRow, PostRow
from models.queries.versions import VersionRow
from server.http.answers import day, instant, midnight
from server.http.languages import to_translate, translations
from server.mastodon.carried import asked_in, card_of, emojis_of, files_of, files_still_in, poll_of
from server.mastodon.entities import (
    Account,
    Field,
    GroupedNotificationsResults,
    Notification,
    NotificationGroup,
    Poll,
    QuoteApproval,
    ShallowTag,
    Status,
    StatusApplication,
    StatusEdit,
    StatusMention,
)
from server.mastodon.filtering import Filters
from server.mastodon.noticed import Reported, group_of, report_of, reports_of
from server.mastodon.people import NO_COUNTS, People, Shown
from server.mastodon.titles import Titles
from server.media.addresses import MediaAddresses

Polls = Mapping[int, OwnPoll]
"""By the ids of their posts."""

VOUCHED_BY: Final = to_translate("Vouched for by")
"""Of a person whose own firm is no partner: the one that says who they are."""
NO_QUOTES: Final = QuoteApproval(automatic=[], manual=[], current_user="denied")
_TAG: Final = re.compile(r"[^#\s]+\Z")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_ALIKE: Final[dict[str, Any]] = {
    "media_attachments": [],
    "emojis": [],
    "reblogs_count": 0,
    "quotes_count": 0,
    "poll": None,
    "card": None,
    "quote": None,
    "quote_approval": NO_QUOTES,
    "reblogged": False,
}
"""What every status says alike."""


class Renderer:
    """Knows the addresses that entities contain. One for the process."""

    def __init__(self, titles: Titles, base_url: str, clock: Clock, media: MediaAddresses, *, language: str) -> None:
        """`language`: of the few words that the server adds itself."""
        self._titles = titles
        self._vouched_by = translations(language).gettext(VOUCHED_BY)
        self._clock = clock
        self._media = media
        self._people_shown = People(self.account, clock)
        self.no_avatar = f"{base_url}/static/avatars/original/missing.png"
        self._no_header = f"{base_url}/static/headers/original/missing.png"

    # --- accounts ---

    async def accounts(self, tx: ReadTx, rows: Sequence[ActorRow]) -> list[Account]:
        """People and communities, in the order given."""
        counts = await actors.counts(tx, [row.id for row in rows])
        return [self.account(row, counts.get(row.id, NO_COUNTS)) for row in rows]

    async def found(
        self, tx: ReadTx, people: Sequence[ActorRow], rows: Sequence[EntryRow], viewer: Person
    ) -> tuple[list[Account], list[Status]]:
        """Accounts and statuses of one answer, in the order given; statements as for `statuses`."""
        shown = await self._people(tx, rows, anew=[row.id for row in people])
        asked, filtering = await self._polls(tx, rows, viewer), await self._filters(tx, rows, viewer)
        statuses = [self._entry(row, shown, asked, filtering, viewer) for row in rows if _is_complete(row, shown)]
        return [shown[row.id][1] for row in people if row.id in shown], statuses

    def account(self, row: ActorRow, counts: Counts) -> Account:
        """One actor."""
        pictures = pictures_of(row.pictures)
        avatar = self._media.of_picture(pictures.icon) if pictures.icon else self.no_avatar
        header = self._media.of_picture(pictures.image) if pictures.image else self._no_header
        return Account(
            id=str(row.id),
            username=row.username,
            acct=row.username if row.is_local else row.acct,
            url=row.url or row.uri,
            uri=row.uri,
            display_name=row.display_name,
            note=row.summary_html,
            avatar=avatar,
            avatar_static=avatar,
            header=header,
            header_static=header,
            locked=row.is_locked,
            fields=self._fields(row),
            emojis=emojis_of(pictures.emojis, self._media),
            bot=row.is_bot,
            group=row.is_community,
            discoverable=row.is_discoverable,
            indexable=False,
            created_at=midnight(row.created_at),
            last_status_at=day(counts.last_post_at) if counts.last_post_at else None,
            statuses_count=counts.posts,
            followers_count=counts.followers,
            following_count=counts.following,
            hide_collections=None,
            roles=[],
            noindex=True,
        )

    async def shown(self, tx: ReadTx, ids: Collection[int]) -> dict[int, Account]:
        """Accounts as they stand beside posts, by id; they may be some seconds old."""
        return {one: account for one, (_, account) in (await self._people_shown.of(tx, ids)).items()}

    def _fields(self, row: ActorRow) -> list[Field]:
        fields = [Field(name=field[0], value=field[1], verified_at=None) for field in fields_of(row.fields)]
        return (
            fields if row.vouched_by is None else [Field(name=self._vouched_by, value=row.vouched_by, verified_at=None)]
        )

    # --- statuses ---

    async def statuses(self, tx: ReadTx, rows: Sequence[EntryRow], viewer: Person) -> list[Status]:
        """Entries as statuses, wrappers with what they wrap; two statements whatever their number, one for
        polls where there are any, and one for the viewer's filters where they have any.
        """
        return (await self.found(tx, [], rows, viewer))[1]

    async def status(self, tx: ReadTx, row: EntryRow, viewer: Person) -> Status:
        """One entry."""
        return (await self.statuses(tx, [row], viewer))[0]

    async def status_of_each(self, tx: ReadTx, seen: Sequence[tuple[EntryRow, Person]]) -> list[Status | None]:
        """Entries, each as its own viewer sees it; None for one that cannot be shown. Statements as for `statuses`."""
        people = await self._people(tx, [row for row, _ in seen])
        asked, filtering = await self._polls_of_each(tx, seen), await self._filters_of_each(tx, seen)
        none, built = Filters([], self._clock.now()), list[Status | None]()
        for row, viewer in seen:
            own = asked.get(viewer.actor_id, {}), filtering.get(viewer.actor_id, none)
            built.append(self._entry(row, people, *own, viewer) if _is_complete(row, people) else None)
        return built

    async def _people(
        self, tx: ReadTx, rows: Iterable[EntryRow], also: Iterable[int] = (), *, anew: Collection[int] = ()
    ) -> dict[int, Shown]:
        ids: set[int] = {*also, *anew}
        for row in rows:
            ids.update((row.author_id, row.post.author_id, *row.post.mentioned))
            if row.post.community_id is not None:
                ids.add(row.post.community_id)
        return await self._people_shown.of(tx, ids, anew=anew)

    async def _polls(self, tx: ReadTx, rows: Iterable[EntryRow], viewer: Person) -> Polls:
        return await polls.of_posts(tx, [row.post.id for row in rows if row.post.kind == QUESTION], viewer)

    async def _filters(self, tx: ReadTx, rows: Sequence[EntryRow], viewer: Person) -> Filters:
        """The viewer's, in one statement if they have any and there is something to show."""
        if not any(row.has_filters for row in rows):
            return Filters([], self._clock.now())
        return Filters(await filters.of_person(tx, viewer.actor_id), self._clock.now())

    async def _polls_of_each(self, tx: ReadTx, seen: Iterable[tuple[EntryRow, Person]]) -> Mapping[int, Polls]:
        """By the viewer's id."""
        asked = [(row.post.id, viewer) for row, viewer in seen if row.post.kind == QUESTION]
        return await polls.of_seen_posts(tx, {one for one, _ in asked}, {viewer for _, viewer in asked})

    async def _filters_of_each(self, tx: ReadTx, seen: Iterable[tuple[EntryRow, Person]]) -> Mapping[int, Filters]:
        """By the viewer's id, of those who have any."""
        people = {viewer.actor_id for row, viewer in seen if row.has_filters}
        found = await filters.of_people(tx, people)
        return {one: Filters(rows, self._clock.now()) for one, rows in found.items()}

    def _entry(
        self, row: EntryRow, people: Mapping[int, Shown], asked: Polls, filtering: Filters, viewer: Person
    ) -> Status:
        inner = self._status(row, people, asked, filtering, viewer)
        if not row.is_wrapper:
            return inner
        return structs.replace(
            inner,
            id=str(row.id),
            uri=row.uri,
            created_at=instant(row.published_at),
            account=people[row.author_id][1],
            reblog=inner,
            mentions=[],
            tags=[],
            pinned=UNSET,
        )

    def _status(
        self, row: EntryRow, people: Mapping[int, Shown], asked: Polls, filtering: Filters, viewer: Person
    ) -> Status:
        post = row.post
        author = people[post.author_id][1]
        named = [*([post.community_id] if post.community_id else []), *post.mentioned]
        mentions = [self.mention(people[actor_id][0]) for actor_id in named if actor_id in people]
        further = self._carried(post, asked, viewer) if post.details or post.kind == QUESTION else _ALIKE
        if isinstance(viewer, ActingCommunity):
            further = {**further, "reblogged": post.parent_uri is None}
        return Status(
            id=str(post.id),
            uri=post.uri,
            url=post.url or post.uri,
            created_at=instant(post.published_at),
            edited_at=instant(post.edited_at) if post.edited_at else None,
            account=author,
            content=self._titles.content(post, author, mentions),
            visibility="direct" if post.audience == DIRECT else "private",
            sensitive=post.is_sensitive,
            spoiler_text=post.spoiler,
            mentions=mentions,
            tags=[ShallowTag(name=name, url=self._titles.tag_url(name)) for name in post.tags if _TAG.match(name)],
            favourites_count=row.likes,
            replies_count=row.replies,
            in_reply_to_id=str(post.parent_id) if post.parent_id else None,
            in_reply_to_account_id=str(row.parent_author_id) if row.parent_author_id else None,
            reblog=None,
            language=_language(post.language),
            application=StatusApplication(name=post.app_name, website=post.app_website) if post.app_name else UNSET,
            favourited=row.is_liked,
            bookmarked=row.is_bookmarked,
            muted=row.is_muted,
            filtered=filtering.of(row, asked.get(post.id), viewer),
            pinned=row.is_pinned if _may_be_pinned(post, viewer) else UNSET,
            **further,
        )

    def _carried(self, post: PostRow, asked: Polls, viewer: Person) -> dict[str, Any]:
        details, poll = details_of(post.details), asked.get(post.id)
        return _ALIKE | {
            "media_attachments": files_of(post.id, details, self._media, viewer),
            "emojis": emojis_of(details.emojis, self._media),
            "card": card_of(details),
            "poll": self.poll(poll, post) if poll is not None else None,
        }

    def poll(self, own: OwnPoll, post: PostRow) -> Poll:
        """The poll of a post, as the viewer voted in it."""
        emojis = emojis_of(details_of(post.details).emojis, self._media)
        return poll_of(own, emojis, self._clock.now())

    def mention(self, actor: ActorRow) -> StatusMention:
        """Somebody named in a post."""
        return StatusMention(
            id=str(actor.id),
            username=actor.username,
            acct=actor.username if actor.is_local else actor.acct,
            url=actor.url or actor.uri,
        )

    def history(self, status: Status, post: PostRow, earlier: Sequence[VersionRow]) -> list[StatusEdit]:
        """Earlier versions of a post, then the present one, which is `status`."""
        edits = [
            StatusEdit(
                account=status.account,
                content=self._titles.content(version, status.account, status.mentions),
                spoiler_text=version.spoiler,
                sensitive=version.is_sensitive,
                created_at=instant(version.written_at),
                poll=asked_in(details.poll),
                # Of the files that were taken out nothing can be fetched any more.
                media_attachments=files_still_in(details, details_of(post.details), status.media_attachments),
                emojis=emojis_of(details.emojis, self._media),
            )
            for version in earlier
            for details in [details_of(version.details)]
        ]
        now = StatusEdit(
            account=status.account,
            content=status.content,
            spoiler_text=status.spoiler_text,
            sensitive=status.sensitive,
            created_at=instant(post.edited_at or post.published_at),
            poll=asked_in([option.title for option in status.poll.options] if status.poll else ()),
            media_attachments=status.media_attachments,
            emojis=status.emojis,
        )
        return [*edits, now]

    # --- notifications ---

    async def notifications(
        self, tx: ReadTx, rows: Sequence[NotificationRow], entries: Mapping[int, EntryRow], viewer: Person
    ) -> list[Notification]:
        """Notifications with their posts; one whose post or author is gone is left out (client API section 7)."""
        seen = [(row, entries.get(row.post_id) if row.post_id is not None else None, viewer) for row in rows]
        return [one for one in await self.notification_of_each(tx, seen) if one is not None]

    async def notification_of_each(
        self, tx: ReadTx, told: Sequence[tuple[NotificationRow, EntryRow | None, Person]]
    ) -> list[Notification | None]:
        """As `notifications`, each for its own viewer with its post; None for one that is left out."""
        reported = await reports_of(tx, [row for row, _, _ in told])
        also = [row.actor_id for row, _, _ in told] + [one.target_id for one in reported.values()]
        people = await self._people(tx, [row for _, row, _ in told if row], also=also)
        seen = [(entry, viewer) for _, entry, viewer in told if entry is not None]
        asked, filtering = await self._polls_of_each(tx, seen), await self._filters_of_each(tx, seen)
        none = Filters([], self._clock.now())
        built = []
        for row, entry, viewer in told:
            own = asked.get(viewer.actor_id, {}), filtering.get(viewer.actor_id, none)
            shown = self._entry(entry, people, *own, viewer) if entry and _is_complete(entry, people) else None
            built.append(self._notification(row, shown, people, reported))
        return built

    def _notification(
        self, row: NotificationRow, status: Status | None, people: Mapping[int, Shown], reported: Reported
    ) -> Notification | None:
        if row.actor_id not in people or (row.post_id is not None and status is None):
            return None
        return Notification(
            id=str(row.id),
            type=row.type,  # type: ignore[arg-type]  # models.notifications.TYPES are among them
            created_at=instant(row.created_at),
            group_key=key_of(row).text,
            account=people[row.actor_id][1],
            status=status if status is not None else UNSET,
            report=report_of(row, reported, people),
        )

    async def notification_groups(
        self, tx: ReadTx, groups: Sequence[Group], entries: Mapping[int, EntryRow], viewer: Person
    ) -> GroupedNotificationsResults:
        """Groups with their posts and people, each once; a group whose post or people are gone is left out."""
        reported = await reports_of(tx, [group.newest for group in groups])
        also = {one for group in groups for one in group.actor_ids} | {one.target_id for one in reported.values()}
        people = await self._people(tx, entries.values(), also=also)
        asked = await self._polls(tx, entries.values(), viewer)
        filtering = await self._filters(tx, list(entries.values()), viewer)
        shown: dict[int, Account] = {}
        posts: dict[int, Status] = {}
        built: list[NotificationGroup] = []
        for group in groups:
            post_id = group.newest.post_id
            actor_ids = [one for one in group.actor_ids if one in people]
            entry = entries.get(post_id) if post_id is not None else None
            if not actor_ids or (post_id is not None and (entry is None or not _is_complete(entry, people))):
                continue
            shown |= {one: people[one][1] for one in actor_ids}
            if entry is not None:
                posts[entry.id] = self._entry(entry, people, asked, filtering, viewer)
            built.append(group_of(group, actor_ids, report_of(group.newest, reported, people)))
        return GroupedNotificationsResults(
            accounts=list(shown.values()), statuses=list(posts.values()), notification_groups=built
        )


def _may_be_pinned(post: PostRow, viewer: Person) -> bool:
    """People pin what they wrote, a community any thread in it."""
    if isinstance(viewer, ActingCommunity):
        return post.parent_uri is None
    return post.author_id == viewer.actor_id and post.audience != DIRECT


def _is_complete(row: EntryRow, people: Mapping[int, Shown]) -> bool:
    """One entry that cannot be shown must not lose the page (threats T172)."""
    return row.author_id in people and row.post.author_id in people


@lru_cache(maxsize=256)
def _language(code: str | None) -> str | None:
    """The language of a post; nothing where apps would not know it for one (threats T172)."""
    return code if code is not None and _LANGUAGE.fullmatch(code) else None
