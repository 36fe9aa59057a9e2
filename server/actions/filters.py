"""Filters of one person: made, changed, removed. Whoever else asks finds none of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.engine import WriteTx
from models.filters import ACTIONS, CONTEXTS, WARN
from models.gate import Person
from models.queries import filters
from models.queries.filters import FilterRow, KeywordRow
from models.signals import FILTERS
from models.writes import filters as rows
from server.actions.reactions import visible_post
from server.actions.refusals import Invalid, NotThere
from server.services import Services

MAX_FILTERS = 100
MAX_KEYWORDS = 200
MAX_TITLE = 256
MAX_KEYWORD = 512
MAX_SECONDS = 10 * 365 * 24 * 3600
SHARED_BY_KEYWORDS = "These parameters cannot be changed from this app: they apply to more than one filter keyword"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordChange:
    """A word to add, or (with an id) one to change or to remove."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    is_removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is given of a filter; None: not given."""

    title: str | None = None
    contexts: Sequence[str] | None = None
    action: str | None = None
    expires: bool = False
    """Whether anything is said about its end; then `seconds` from now, None for no end."""
    seconds: int | None = None
    keywords: list[KeywordChange] = field(default_factory=list)


def own(known: Sequence[FilterRow], filter_id: int) -> FilterRow:
    """One of the person's filters. Raises `NotThere`."""
    found = next((one for one in known if one.id == filter_id), None)
    if found is None:
        raise NotThere()
    return found


def with_keyword(known: Sequence[FilterRow], keyword_id: int) -> tuple[FilterRow, KeywordRow]:
    """The filter that has a word, and the word. Raises `NotThere`."""
    for one in known:
        for word in one.keywords:
            if word.id == keyword_id:
                return one, word
    raise NotThere()


def naming(known: Sequence[FilterRow], number: int) -> FilterRow:
    """The filter that names a post, by the number of that naming. Raises `NotThere`."""
    found = next((one for one in known if any(named.id == number for named in one.posts)), None)
    if found is None:
        raise NotThere()
    return found


async def create(services: Services, viewer: Person, change: Change) -> int:
    """Make a filter; its id. Raises `Invalid`."""
    values = _values(change, services.runtime.clock.now())
    if "title" not in values:
        raise Invalid("Validation failed: Title can't be blank")
    if "contexts" not in values:
        raise Invalid("Validation failed: Context can't be blank")
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        tx.signal(FILTERS, viewer.actor_id)
        if len(await filters.of_person(tx, viewer.actor_id)) >= MAX_FILTERS:
            raise Invalid(f"Validation failed: You have the maximum of {MAX_FILTERS} filters")
        number = services.runtime.tokens.next_id(at)
        made = {"action": WARN, "expires_at": None, **values, "id": number, "actor_id": viewer.actor_id}
        await rows.add(tx, made)
        await _change_keywords(tx, services, FilterRow(number, "", [], "", None, [], []), change.keywords, at)
        return number


async def edit(services: Services, viewer: Person, filter_id: int, change: Change) -> None:
    """Change what is given of a filter and its words. Raises `NotThere`, `Invalid`."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        tx.signal(FILTERS, viewer.actor_id)
        known = own(await filters.of_person(tx, viewer.actor_id), filter_id)
        await rows.change(tx, known.id, _values(change, at))
        await _change_keywords(tx, services, known, change.keywords, at)


async def remove(services: Services, viewer: Person, filter_id: int) -> None:
    """Remove a filter. Raises `NotThere`."""
    async with services.runtime.db.write() as tx:
        tx.signal(FILTERS, viewer.actor_id)
        await rows.remove(tx, own(await filters.of_person(tx, viewer.actor_id), filter_id).id)


def _values(change: Change, at: datetime) -> dict[str, object]:
    values: dict[str, object] = {}
    if change.title is not None:
        if not change.title.strip():
            raise Invalid("Validation failed: Title can't be blank")
        values["title"] = change.title.strip()[:MAX_TITLE]
    if change.contexts is not None:
        contexts = [one for one in CONTEXTS if one in change.contexts]
        if not contexts or len(contexts) < len(set(change.contexts)):
            raise Invalid("Validation failed: Context None or invalid context supplied")
        values["contexts"] = contexts
    if change.action is not None:
        if change.action not in ACTIONS:
            raise Invalid(f"'{change.action[:40]}' is not a valid filter_action")
        values["action"] = change.action
    if change.expires:
        seconds = change.seconds
        values["expires_at"] = None if seconds is None else at + timedelta(seconds=min(max(seconds, 0), MAX_SECONDS))
    return values


async def _change_keywords(
    tx: WriteTx, services: Services, known: FilterRow, changes: Sequence[KeywordChange], at: datetime
) -> None:
    kept = {word.id for word in known.keywords}
    added: list[dict[str, object]] = []
    for one in changes:
        if one.id is not None and one.id not in kept:
            raise NotThere()
        if one.id is not None and one.is_removed:
            kept.discard(one.id)
            await rows.remove_keyword(tx, one.id)
        elif one.id is not None:
            await rows.change_keyword(tx, one.id, keyword_values(one))
        elif not one.is_removed:
            values = {"keyword": "", "whole_word": True, **keyword_values(one)}
            if not values["keyword"]:
                raise Invalid("Validation failed: Keyword can't be blank")
            added.append({**values, "id": services.runtime.tokens.next_id(at), "filter_id": known.id})
    if len(kept) + len(added) > MAX_KEYWORDS:
        raise Invalid(f"Validation failed: A filter has at most {MAX_KEYWORDS} keywords")
    await rows.add_keywords(tx, added)


def keyword_values(change: KeywordChange) -> dict[str, object]:
    """Columns of a word. Raises `Invalid` for a blank one and for one that is too long."""
    values: dict[str, object] = {}
    if change.keyword is not None:
        keyword = change.keyword.strip()
        if not keyword:
            raise Invalid("Validation failed: Keyword can't be blank")
        if len(keyword) > MAX_KEYWORD:
            raise Invalid(f"Validation failed: Keyword is too long (maximum is {MAX_KEYWORD} characters)")
        values["keyword"] = keyword
    if change.whole_word is not None:
        values["whole_word"] = change.whole_word
    return values


async def add_keyword(services: Services, viewer: Person, filter_id: int, change: KeywordChange) -> int:
    """Add a word to a filter; its id. Raises `NotThere`, `Invalid`."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        tx.signal(FILTERS, viewer.actor_id)
        known = own(await filters.of_person(tx, viewer.actor_id), filter_id)
        await _change_keywords(tx, services, known, [change], at)
        after = own(await filters.of_person(tx, viewer.actor_id), filter_id)
    return max(word.id for word in after.keywords)


async def edit_keyword(services: Services, viewer: Person, keyword_id: int, change: KeywordChange) -> None:
    """Change a word. Raises `NotThere`, `Invalid`."""
    async with services.runtime.db.write() as tx:
        tx.signal(FILTERS, viewer.actor_id)
        _, word = with_keyword(await filters.of_person(tx, viewer.actor_id), keyword_id)
        await rows.change_keyword(tx, word.id, keyword_values(change))


async def remove_keyword(services: Services, viewer: Person, keyword_id: int, *, alone: bool = False) -> None:
    """Remove a word; `alone`: with its filter, where it was the last. Raises `NotThere`."""
    async with services.runtime.db.write() as tx:
        tx.signal(FILTERS, viewer.actor_id)
        known, word = with_keyword(await filters.of_person(tx, viewer.actor_id), keyword_id)
        await rows.remove_keyword(tx, word.id)
        if alone and len(known.keywords) == 1 and not known.posts:
            await rows.remove(tx, known.id)


async def edit_alone(services: Services, viewer: Person, keyword_id: int, change: Change, word: KeywordChange) -> None:
    """Change a filter by its one word, as apps do that know no others. Raises `NotThere`, `Invalid`."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        tx.signal(FILTERS, viewer.actor_id)
        known, kept = with_keyword(await filters.of_person(tx, viewer.actor_id), keyword_id)
        values = _values(change, at)
        if len(known.keywords) > 1 and any(getattr(known, name) != value for name, value in values.items()):
            raise Invalid(SHARED_BY_KEYWORDS)
        if len(known.keywords) == 1:
            await rows.change(tx, known.id, values)
        await rows.change_keyword(tx, kept.id, keyword_values(word))


async def name_post(services: Services, viewer: Person, filter_id: int, post_id: int) -> int:
    """Let a filter name a post that the viewer may see; the number of the naming. Raises `NotThere`, `Invalid`."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        tx.signal(FILTERS, viewer.actor_id)
        known = own(await filters.of_person(tx, viewer.actor_id), filter_id)
        post = await visible_post(tx, post_id, viewer)
        number = services.runtime.tokens.next_id(at)
        if not await rows.name_post(tx, number=number, filter_id=known.id, post_id=post.id):
            raise Invalid("Duplicate record")
        return number


async def unname_post(services: Services, viewer: Person, number: int) -> None:
    """Let a filter name a post no longer. Raises `NotThere`."""
    async with services.runtime.db.write() as tx:
        tx.signal(FILTERS, viewer.actor_id)
        naming(await filters.of_person(tx, viewer.actor_id), number)
        await rows.unname_post(tx, number)
