"""Which files may be attached: what this server can take, narrowed by what the firm chose."""

from typing import Final

import msgspec

from models.files import FileRules
from server.actions.refusals import Invalid
from server.media.workshop import IMAGES, MOST_FILM_BYTES, MOST_IMAGE_BYTES, NOT_TAKEN, TOO_BIG, TYPES

MIB: Final = 1024 * 1024
MOST_PICTURE_MIB: Final = MOST_IMAGE_BYTES // MIB
MOST_RECORDING_MIB: Final = MOST_FILM_BYTES // MIB
NOT_ALLOWED: Final = "Validation failed: Files of this kind may not be attached here"


class Taken(msgspec.Struct, frozen=True):
    """What counts."""

    types: tuple[str, ...]
    picture_bytes: int
    recording_bytes: int

    def check(self, media_type: str, size: int) -> None:
        """Raises `Invalid` for a file of this type and size, in bytes, that may not be attached."""
        if media_type not in self.types:
            raise Invalid(NOT_ALLOWED if media_type in TYPES else NOT_TAKEN)
        if size > (self.picture_bytes if media_type in IMAGES else self.recording_bytes):
            raise Invalid(TOO_BIG)


def taken(rules: FileRules) -> Taken:
    """What the rules come to on this machine: never more than it can take."""
    return Taken(
        types=TYPES if rules.types is None else tuple(one for one in TYPES if one in rules.types),
        picture_bytes=min(rules.picture_mib or MOST_PICTURE_MIB, MOST_PICTURE_MIB) * MIB,
        recording_bytes=min(rules.recording_mib or MOST_RECORDING_MIB, MOST_RECORDING_MIB) * MIB,
    )
