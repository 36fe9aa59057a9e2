"""What administrators tell everybody who opens a page; a fact of the installation, kept as JSON."""

from datetime import datetime

import msgspec

FACT = "notice"


class Notice(msgspec.Struct, frozen=True):
    """A sentence or two. No text: there is none."""

    text: str = ""
    until: datetime | None = None


NONE = Notice()
