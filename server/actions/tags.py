"""Following hashtags, and showing them on one's profile."""

from models.gate import Person
from models.queries import tags
from models.tags import MAX_CHARACTERS, FeaturedTag, FollowedTag
from models.writes import tags as rows
from server.actions.refusals import Invalid, NotThere
from server.services import Services

MAX_FOLLOWED = 500
MAX_FEATURED = 10


def tag_name(text: str) -> str:
    """The hashtag's name as it is stored. Raises `NotThere` for what can be none."""
    name = text.strip().lstrip("#").lower()
    if not name or len(name) > MAX_CHARACTERS or not name.replace("_", "a").isalnum():
        raise NotThere()
    return name


async def follow(services: Services, viewer: Person, name: str) -> None:
    """Read in home what carries the hashtag, from now on. Raises `Invalid` above the limit."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        number = services.runtime.tokens.next_id(at)
        await rows.add(tx, FollowedTag, number=number, actor_id=viewer.actor_id, name=name)
        if await tags.followed_count(tx, viewer.actor_id) > MAX_FOLLOWED:
            raise Invalid(f"Validation failed: You follow the maximum of {MAX_FOLLOWED} hashtags")


async def unfollow(services: Services, viewer: Person, name: str) -> None:
    """Read it no longer; what stands in home stays there."""
    async with services.runtime.db.write() as tx:
        await rows.remove(tx, FollowedTag, actor_id=viewer.actor_id, name=name)


async def feature(services: Services, viewer: Person, name: str) -> bool:
    """Show a hashtag on the profile; False: it was shown already. Raises `Invalid` above the limit."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        number = services.runtime.tokens.next_id(at)
        is_new = await rows.add(tx, FeaturedTag, number=number, actor_id=viewer.actor_id, name=name)
        if len(await tags.featured(tx, viewer.actor_id)) > MAX_FEATURED:
            raise Invalid("Validation failed: You have already featured the maximum number of hashtags")
        return is_new


async def unfeature(services: Services, viewer: Person, name: str) -> None:
    """Show it no longer."""
    async with services.runtime.db.write() as tx:
        await rows.remove(tx, FeaturedTag, actor_id=viewer.actor_id, name=name)


async def unfeature_by_id(services: Services, viewer: Person, number: int) -> None:
    """As `unfeature`, by the id of showing it. Raises `NotThere`."""
    async with services.runtime.db.write() as tx:
        if not await rows.remove_featured(tx, actor_id=viewer.actor_id, number=number):
            raise NotThere()
