"""Administrators hear of a review date in time, in their language, and once."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from models.accounts import Account
from models.agreements import IN_FORCE, Agreement
from models.mail import Mail
from models.peers import ACTIVE, AGREEMENT, SUSPENDED, Peer
from server.actions.reminders import BEFORE_REVIEW, remind_of_reviews
from server.notify.letter_box import LetterBox
from server.settings import load
from tests.support.clock import FakeClock
from tests.support.firm import Firm, running_firm


@pytest.fixture
async def writing(database_url: str, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Firm]:
    """A firm that sends mail, with two administrators and a member."""
    async with running_firm(database_url, tmp_path, clock, SMTP_URL="smtp://127.0.0.1:1") as firm:
        for name, role in (("ada", "admin"), ("alan", "admin"), ("bob", "member")):
            await firm.person(name, role=role)
        yield firm


def box(firm: Firm, **settings: str) -> LetterBox:
    return LetterBox(load({f"ENTREPAIRS_{name}": value for name, value in settings.items()}), firm.runtime.vault)


async def agree(firm: Firm, *, review_at: datetime, version: int = 1, state: str = ACTIVE) -> None:
    """An agreement in force with partner.example."""
    now = firm.clock.now()
    async with firm.runtime.db.write() as tx:
        peer = {"id": 99, "host": "partner.example", "kind": AGREEMENT, "state": state, "created_at": now}
        await tx.execute(insert(Peer).values(peer))
        await tx.execute(
            insert(Agreement).values(
                id=version,
                peer_id=99,
                uri="https://partner.example/agreements/1",
                version=version,
                hash="0" * 64,
                state=IN_FORCE,
                is_ours=False,
                document=b"{}",
                ceiling=0,
                rights="take-part",
                opens_ours=False,
                review_at=review_at,
                created_at=now,
            )
        )


async def told(firm: Firm) -> list[str]:
    """To whom letters are owed."""
    query = select(Account.email).join(Mail, Mail.actor_id == Account.actor_id).order_by(Mail.id)
    async with firm.runtime.db.read() as tx:
        return [row[0] for row in await tx.select(query)]


ADMINS = ["ada@mail.example", "alan@mail.example"]


async def test_sixty_days_before_every_administrator_is_told_once(writing: Firm) -> None:
    await agree(writing, review_at=writing.clock.now() + BEFORE_REVIEW + timedelta(seconds=1))
    open_box = box(writing, SMTP_URL="smtp://127.0.0.1:1")

    await remind_of_reviews(writing.runtime, open_box)
    assert await told(writing) == []

    writing.clock.advance(seconds=1)
    await remind_of_reviews(writing.runtime, open_box)
    writing.clock.advance(days=1)
    await remind_of_reviews(writing.runtime, open_box)
    assert await told(writing) == ADMINS


async def test_of_an_agreement_that_rests_nobody_is_told(writing: Firm) -> None:
    await agree(writing, review_at=writing.clock.now() + timedelta(days=1), state=SUSPENDED)

    await remind_of_reviews(writing.runtime, box(writing, SMTP_URL="smtp://127.0.0.1:1"))

    assert await told(writing) == []


async def test_where_no_mail_is_set_up_nobody_is_told(writing: Firm) -> None:
    await agree(writing, review_at=writing.clock.now() + timedelta(days=1))

    await remind_of_reviews(writing.runtime, box(writing))

    assert await told(writing) == []
