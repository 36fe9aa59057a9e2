"""The bin: what authors deleted and hosts took out. Two things open it: a report, and an appeal (product section 8).

Each opening shows one post to one administrator who is not concerned, and stands in the audit trail.
"""

from datetime import timedelta
from typing import Final

import msgspec

from federation.vocab.markup import plain_text
from models.accounts import ADMIN
from models.engine import ReadTx, WriteTx
from models.gate import Operation
from models.moderation import REMOVED
from models.queries import appeals, binned, moderation, reports
from models.queries.appeals import DeskAppeal
from models.queries.rules import rules
from models.writes import audit
from models.writes.keeping import PURPOSE, Copied
from server.actions.local_actors import Here
from server.actions.officers import Officer
from server.actions.refusals import NotThere, Refused
from server.http.languages import to_translate

APPEAL, REPORT = "appeal", "report"


class Opened(msgspec.Struct, frozen=True):
    """What a post said."""

    title: str
    spoiler: str
    text: str


_EMPTY: Final = to_translate("The bin does not hold this post any more, or never did.")


async def holds(tx: ReadTx, here: Here, post_id: int | None) -> bool:
    """Whether it can be opened for this post."""
    if post_id is None:
        return False
    at = here.clock.now()
    since = at - timedelta(days=(await rules(tx)).bin_days)
    return await binned.holds(tx, post_id, at=at, taken_out_since=since)


async def open_for_appeal(tx: WriteTx, here: Here, by: Officer, appeal_id: int) -> Opened:
    """The post that was taken out, while the appeal waits. Raises `NotAllowed`, `NotThere`, `Refused`."""
    by.require(ADMIN)
    await _log(tx, here, by, APPEAL, appeal_id)
    appeal = await appeals.one(tx, appeal_id)
    if appeal is None or appeal.act != REMOVED:
        raise NotThere(to_translate("There is no such appeal."))
    require_unconcerned(by, appeal)
    if appeal.outcome is not None:
        raise Refused(to_translate("Somebody has decided on this appeal already."))
    return await _opened(tx, here, appeal.post_id)


async def open_for_report(tx: WriteTx, here: Here, by: Officer, report_id: int) -> Opened:
    """The post that was reported and is gone, while the report waits. Raises `NotAllowed`, `NotThere`, `Refused`."""
    by.require(ADMIN)
    await _log(tx, here, by, REPORT, report_id)
    report = await reports.desk_report(tx, report_id)
    if report is None:
        raise NotThere(to_translate("There is no such report."))
    if report.resolved_at is not None:
        raise Refused(to_translate("Somebody has decided on this report already."))
    by.require_other_than(report.reporter_id)
    by.require_other_than(report.target_id)
    return await _opened(tx, here, await reports.post_of(tx, report_id))


def require_unconcerned(by: Officer, appeal: DeskAppeal) -> None:
    """Neither who appeals nor who acted decides, or reads, on appeal. Raises `NotAllowed`."""
    by.require_other_than(appeal.person_id)
    by.require_other_than(appeal.by_id)


async def _opened(tx: ReadTx, here: Here, post_id: int | None) -> Opened:
    if post_id is None or not await holds(tx, here, post_id):
        raise Refused(_EMPTY)
    removed = await moderation.removal(tx, Operation(), post_id=post_id)
    if removed is not None:
        post = removed.post
        return Opened(post.title or "", post.spoiler, post.source or plain_text(post.content_html))
    sealed = await binned.sealed_copy(tx, post_id, here.clock.now())
    if sealed is None:
        raise Refused(_EMPTY)
    told = msgspec.json.decode(here.vault.open(sealed, PURPOSE), type=Copied)
    return Opened(told.title or "", told.spoiler, told.source or plain_text(told.html))


async def _log(tx: WriteTx, here: Here, by: Officer, why: str, number: int) -> None:
    details = {"for": why}
    await audit.append(tx, at=here.clock.now(), actor=by.acct, action="bin.open", object=str(number), details=details)
