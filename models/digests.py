"""How often somebody gets the digest by mail: a choice of their own, kept with their account (product section 7)."""

from typing import Final

WEEKLY, DAILY, NEVER = "weekly", "daily", "none"
PACES: Final = (WEEKLY, DAILY, NEVER)
"""On Tuesdays, every day, or not at all."""
