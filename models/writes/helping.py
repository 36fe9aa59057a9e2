"""Writing who was asked to help with a question."""

from datetime import datetime

from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.helping import HelpRequest


async def ask(tx: WriteTx, question_id: int, person_id: int, at: datetime) -> bool:
    """Somebody is asked; False where they were already."""
    row = {"question_id": question_id, "actor_id": person_id, "asked_at": at}
    return (await tx.execute(insert_or_ignore(tx, HelpRequest), row)).rowcount == 1
