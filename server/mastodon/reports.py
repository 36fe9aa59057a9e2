"""Reports: asking those who moderate to look at posts, or at somebody (client API section 9)."""

from typing import Final, Literal

from aiohttp import web

from server.actions import reports
from server.actions.reports import Complaint
from server.http.answers import instant, json_answer
from server.http.auth import require_viewer
from server.http.errors import not_found
from server.http.keys import RUNTIME, SERVICES
from server.http.params import params
from server.mastodon.entities import Report
from server.mastodon.tools import RENDERER

MAX_STATUSES: Final = 20

Category = Literal["spam", "legal", "violation", "other"]
_CATEGORIES: Final[tuple[Category, ...]] = ("spam", "legal", "violation", "other")


async def create_report(request: web.Request) -> web.Response:
    """POST /api/v1/reports, scope write:reports. Of posts in a community: to whoever moderates it, wherever that is."""
    viewer = await require_viewer(request, "write:reports")
    given = await params(request)
    account_id = given.id("account_id")
    if account_id is None:
        raise not_found()
    rule_ids = [str(one) for one in given.ids("rule_ids")]
    # A broken rule is a violation whatever else an app says (https://docs.joinmastodon.org/methods/reports/#post).
    category: Category = "violation" if rule_ids else given.choice("category", _CATEGORIES) or "other"
    wanted = Complaint(
        account_id=account_id,
        post_ids=given.ids("status_ids", MAX_STATUSES),
        reason=given.text("comment"),
        category=category,
        forwards=given.boolean("forward"),
    )
    filed = await reports.report(request.app[SERVICES], viewer, wanted)
    async with request.app[RUNTIME].db.read() as tx:
        (target,) = await request.app[RENDERER].accounts(tx, [filed.target])
    report = Report(
        id=str(filed.id),
        action_taken=False,
        action_taken_at=None,
        category=category,
        comment=wanted.reason,
        forwarded=filed.was_forwarded,
        created_at=instant(filed.at),
        status_ids=[str(one) for one in filed.post_ids],
        rule_ids=rule_ids,
        target_account=target,
    )
    return json_answer(report)
