"""Reports that the server's administrators decide on: passed on by hosts, or that nobody else would see.

They see who reports whom and why, and act on accounts; the post stays between its readers and who leads the community
(product section 9).
"""

from typing import Final

from models.accounts import ADMIN
from models.engine import ReadTx, WriteTx
from models.queries import reports as reading
from models.queries.reports import DeskRow
from models.writes import audit, reports
from server.actions import blocking
from server.actions.accounts import suspend
from server.actions.leaving import Here
from server.actions.officers import Officer
from server.actions.refusals import NotAllowed, NotThere, Refused
from server.http.languages import to_translate

CLOSED, SUSPENDED, HANDED_BACK = "closed", "suspended", "handed-back"
DECISIONS: Final = (CLOSED, SUSPENDED, HANDED_BACK)


async def decide(tx: WriteTx, here: Here, report_id: int, decision: str, by: Officer) -> None:
    """Close a report, with or without suspending the account it is about, or hand it back to the hosts. An account at a
    partner is blocked here instead. Whom it is about has no part in it.

    Raises `NotAllowed`, `NotThere`, `Refused`.
    """
    by.require(ADMIN)
    at = here.clock.now()
    details = {"decision": decision}
    await audit.append(tx, at=at, actor=by.acct, action="report.decide", object=str(report_id), details=details)
    report = await _open(tx, report_id, by)
    match decision:
        case "suspended":
            if report.target_is_local:
                await suspend(tx, here, report.target_name, by=by.acct)
            else:
                actor = await blocking.named(tx, here, f"{report.target_name}@{report.target_host}")
                await blocking.block(tx, here, actor, by=by.acct)
            await reports.close(tx, report_id, by_id=by.actor_id, at=at)
        case "handed-back":
            if report.escalated_at is None:
                raise Refused(to_translate("Nobody has passed this report on: there is nobody to hand it back to."))
            await reports.pass_on(tx, report_id, at=None)
        case _:
            await reports.close(tx, report_id, by_id=by.actor_id, at=at)


async def _open(tx: ReadTx, report_id: int, by: Officer) -> DeskRow:
    report, ids = await reading.one_at_the_desk(tx, report_id), await reading.desk_report(tx, report_id)
    if report is None or ids is None:
        raise NotThere(to_translate("There is no such report."))
    if ids.target_id == by.actor_id:
        raise NotAllowed(to_translate("This report is about you: another administrator decides on it."))
    if report.resolved_at is not None:
        raise Refused(to_translate("Somebody has decided on this report already."))
    return report
