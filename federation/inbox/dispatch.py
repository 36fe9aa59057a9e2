"""The table: which module handles which type of activity. Nothing else."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from federation.inbox.context import Received
from federation.inbox.handlers import (
    accept,
    add,
    announce,
    block,
    create,
    delete,
    dislike,
    flag,
    follow,
    invite,
    like,
    lock,
    move,
    reject,
    remove,
    undo,
    update,
)
from federation.vocab import types
from federation.vocab.outgoing import Outgoing
from models.engine import WriteTx

Gather = Callable[[Received[Any]], Awaitable[Any]]
Apply = Callable[[WriteTx, Received[Any], Any], Awaitable[list[Outgoing]]]


@dataclass(frozen=True, slots=True)
class Handler:
    """What is done for one type: `gather` outside of any transaction, then `apply` in a write transaction.

    New posts that `gather` returns are taken in by the processor (`posting.take_in`), together with others.
    """

    gather: Gather | None = None
    apply: Apply | None = None


HANDLERS: Mapping[type[types.Activity], Handler] = {
    types.Follow: Handler(follow.gather, follow.apply),
    types.Accept: Handler(apply=accept.apply),
    types.Reject: Handler(apply=reject.apply),
    types.Undo: Handler(undo.gather, undo.apply),
    types.Create: Handler(create.gather, create.apply),
    types.Update: Handler(update.gather, update.apply),
    types.Delete: Handler(apply=delete.apply),
    types.Announce: Handler(announce.gather, announce.apply),
    types.Like: Handler(apply=like.apply),
    types.Dislike: Handler(apply=dislike.apply),
    types.Add: Handler(apply=add.apply),
    types.Remove: Handler(apply=remove.apply),
    types.Block: Handler(apply=block.apply),
    types.Lock: Handler(apply=lock.apply),
    types.Flag: Handler(apply=flag.apply),
    types.Invite: Handler(invite.gather, invite.apply),
    types.Move: Handler(move.gather, move.apply),
}
"""Types without an entry are kept as processed, without effect: a valid activity is never an error (threats T231)."""
