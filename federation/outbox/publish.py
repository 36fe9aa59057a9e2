"""Storing activities of ours and what is owed for them, in the caller's transaction. The network is not touched."""

import base64
import hashlib
from collections.abc import Sequence

import msgspec

from federation.outbox.history import add_history
from federation.outbox.recipients import add_deliveries
from federation.vocab.outgoing import Outgoing
from models.engine import WriteTx
from models.writes import outbox

WAKES = "outbox"
"""The channel that the sender waits on."""

_encoder = msgspec.json.Encoder()


async def publish(tx: WriteTx, outgoings: Sequence[Outgoing]) -> None:
    """Store each activity once, as the bytes that every inbox will get, and one delivery for each inbox.

    Two statements, however many activities and whatever the audience. Deliveries are numbered in the order given. What
    carries an integrity proof gets it here, once, before what announces it.
    """
    if not outgoings:
        return
    # Two may be one activity, for different receivers.
    activities = list({outgoing.id: outgoing for outgoing in outgoings}.values())
    for outgoing in activities:
        if outgoing.prover is not None:
            # In place: the announcement that follows holds this very document, and with it its proof.
            proven = await outgoing.prover.prove(tx, outgoing.actor_id, outgoing.document, outgoing.at)
            outgoing.document.update(proven)
    await outbox.add_activities(tx, [_row(outgoing) for outgoing in activities])
    await add_deliveries(tx, outgoings)
    for outgoing in outgoings:
        if outgoing.opens_history:
            await add_history(tx, outgoing)
    tx.wake(WAKES)


async def send_again(tx: WriteTx, outgoings: Sequence[Outgoing]) -> None:
    """Owe activities once more that were stored before, under the very same ids; not those that are forgotten."""
    stored = await outbox.stored(tx, [outgoing.id for outgoing in outgoings])
    await add_deliveries(tx, [outgoing for outgoing in outgoings if outgoing.id in stored])
    tx.wake(WAKES)


def _row(outgoing: Outgoing) -> dict[str, object]:
    payload = _encoder.encode(outgoing.document)
    return {
        "id": outgoing.id,
        "uri": outgoing.uri,
        "actor_id": outgoing.actor_id,
        "type": outgoing.type,
        "community_id": outgoing.community_id or outgoing.ordered_in,
        "post_id": outgoing.post_id,
        "has_content": outgoing.has_content,
        "to_followers": outgoing.to_followers_of == outgoing.actor_id,
        "in_outbox": outgoing.in_outbox,
        "payload": payload,
        "digest": base64.b64encode(hashlib.sha256(payload).digest()).decode(),
        "created_at": outgoing.at,
    }
