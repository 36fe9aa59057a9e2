"""`entrepairs replay ACTIVITY`: apply a received activity once more."""

from functools import partial

import click

from models.writes.audit import OPERATOR
from server.actions import queues
from server.actions.queues import Replayed
from server.cli.running import Call, options
from server.installation import Installation


@click.command("replay")
@click.argument("activity")
@click.option("--actor", metavar="URI", help="Whose activity, where several actors have used the id.")
@options
@click.pass_obj
def command(call: Call, activity: str, *, actor: str | None) -> None:
    """Let the running server apply a received ACTIVITY (its id) once more: rejected, failed or already applied."""
    call.perform(partial(_replay, activity=activity, actor=actor))


async def _replay(here: Installation, *, activity: str, actor: str | None) -> Replayed:
    async with here.db.write() as tx:
        return await queues.replay(tx, here, activity, actor=actor, by=OPERATOR)
