"""What administrators are told by mail before it is too late."""

from datetime import timedelta
from typing import Final

from federation.runtime import Runtime
from models.accounts import ADMIN
from models.mail import REVIEW
from models.queries import agreements, mail
from server.notify.letter_box import LetterBox

BEFORE_REVIEW: Final = timedelta(days=60)
"""Product J2."""


async def remind_of_reviews(runtime: Runtime, box: LetterBox) -> None:
    """Tell every administrator, once for each version, that an agreement has to be renewed."""
    if not box.is_open:
        return
    now = runtime.clock.now()
    async with runtime.db.read() as tx:
        near = await agreements.to_review(tx, now + BEFORE_REVIEW)
        admins = await mail.with_role(tx, ADMIN) if near else []
    if not admins:
        return
    async with runtime.db.write() as tx:
        for review in near:
            for admin in admins:
                letter = box.desk(admin).review_soon(review.host, review.review_at)
                once = f"review {review.host} {review.version} {admin.actor_id}"
                await box.put(tx, admin, letter, kind=REVIEW, at=now, once_key=once)
