"""What the product's own API takes and gives of rituals, beside `shapes.py`."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from server.api.shapes import Id, Instant

EveryWeeks = Annotated[Literal[0, 1, 2, 4], Meta(description="Weeks from one to the next; 0: once.")]
Day = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="As 2026-05-01.")]


class NewRitual(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a community meets, by the clocks of the firm's time zone, which stay the same when summer time begins."""

    title: Annotated[str, Meta(min_length=1, max_length=120, pattern=r"[^\s\x00-\x1f]")]
    day: Day
    time: Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description="As 09:00.")]
    every_weeks: EveryWeeks
    place: Annotated[str, Meta(max_length=300, description="A room, or an address to join at.")] = ""


class CallingOff(Struct, frozen=True, forbid_unknown_fields=True):
    """On which day a ritual does not take place."""

    day: Day


class RitualEntity(Struct, frozen=True, kw_only=True):
    """A recurring moment of a community."""

    id: Id
    title: str
    place: Annotated[str, Meta(description="A room, or an address to join at; may be empty.")]
    begins_at: Instant
    every_weeks: EveryWeeks
    coming: Annotated[list[Instant], Meta(description="When it takes place in the next eight weeks.")]
