"""The transparency sheet from live settings: what is recorded, who sees it, how long, and how often somebody looked.

One text for everybody who works here (`/help/transparency`) and for the works council (`/admin/sheet`, to be printed).
"""

from datetime import UTC, datetime
from typing import Final

import msgspec

from models.accounts import ADMIN, AUDITOR, GUEST, OBSERVER
from models.audit import UNSEALING, VISIBLE_ENTRY
from models.discreet import KEY_KEPT
from models.engine import ReadTx
from models.peers import ACTIVE, SUSPENDED
from models.queries import audit, client_apps, directory, identity, peers, quiet, roster, rules, state
from models.queries import statistics as statistics_rows
from models.queries.rules import Rules
from models.quiet import QuietHours, zone_of
from server import housekeeping
from server.http.languages import to_translate
from server.settings import Settings
from server.siem.destination import FACT, Destination
from server.statistics import weekly
from server.statistics.showing import MEASURES, Measure


class Partner(msgspec.Struct, frozen=True):
    """A firm with which something is shared."""

    host: str
    is_agreement: bool
    is_held: bool
    since: datetime


class Kept(msgspec.Struct, frozen=True):
    """One kind of data."""

    what: str
    who: str
    days: int | None
    """None: `how_long` says it."""
    how_long: str = ""


class Sheet(msgspec.Struct, frozen=True):
    """Everything that the sheet says of this server, as it is set now."""

    made_at: datetime
    domain: str
    admins: int
    auditors: int
    guests: int
    observers: int
    hours: QuietHours
    k: int
    measures: tuple[Measure, ...]
    entries: int
    """Visible entries into private communities in this quarter."""
    unsealings: int
    quarter: str
    partners: list[Partner]
    kept: list[Kept]
    signs_in_at_company: bool
    has_directory: bool
    only_listed_apps: bool
    has_mail: bool
    stream: Destination | None


async def gather(tx: ReadTx, settings: Settings, now: datetime) -> Sheet:
    """The sheet as of this moment."""
    roles, hours = await roster.numbers(tx), await quiet.firm_hours(tx)
    name, since = _quarter(now, hours)
    stream = await state.text(tx, FACT)
    return Sheet(
        made_at=now,
        domain=settings.domain,
        admins=roles.get(ADMIN, 0),
        guests=roles.get(GUEST, 0),
        observers=roles.get(OBSERVER, 0),
        auditors=roles.get(AUDITOR, 0),
        hours=hours,
        k=await statistics_rows.threshold(tx),
        measures=MEASURES,
        entries=await audit.count_since(tx, VISIBLE_ENTRY, since),
        unsealings=await audit.count_since(tx, UNSEALING, since),
        quarter=name,
        partners=[
            Partner(one.host, one.kind == "agreement", one.state == SUSPENDED, one.created_at)
            for one in await peers.everyone(tx)
            if one.state in (ACTIVE, SUSPENDED)
        ],
        kept=_kept(await rules.rules(tx)),
        signs_in_at_company=any(one.is_enabled for one in await identity.providers(tx)),
        has_directory=await directory.is_in_charge(tx),
        only_listed_apps=await client_apps.policy(tx) == client_apps.LISTED,
        has_mail=settings.smtp_url is not None,
        stream=msgspec.json.decode(stream, type=Destination) if stream else None,
    )


def _quarter(now: datetime, hours: QuietHours) -> tuple[str, datetime]:
    """Name and beginning of the quarter of the year, in the firm's time zone."""
    local = now.astimezone(zone_of(hours.zone))
    first = 3 * ((local.month - 1) // 3) + 1
    begins = local.replace(month=first, day=1, hour=0, minute=0, second=0, microsecond=0)
    return f"{local.year}-{(first + 2) // 3}", begins.astimezone(UTC)


_READERS: Final = to_translate("Who may read the community")
_ONESELF: Final = to_translate("Only the person")
_ADMINS: Final = to_translate("Administrators")
_NOBODY: Final = to_translate("Nobody: the server alone")
_TO_SETTLE: Final = to_translate(
    "An administrator, to settle a report or an appeal; else only a legal case that holds it"
)


def _kept(rules: Rules) -> list[Kept]:
    """What the auditors' rules end, then everything else."""
    return [
        Kept(
            to_translate("Threads with their files, after the last reply"),
            _READERS,
            rules.thread_days or None,
            to_translate("until their author or a host deletes them"),
        ),
        Kept(to_translate("What was deleted or taken out"), _TO_SETTLE, rules.bin_days),
        *_KEPT,
    ]


_KEPT: Final = [
    Kept(
        to_translate("Reactions and votes"),
        to_translate("Reactions: who may read the post. Votes: nobody"),
        None,
        to_translate("as long as the post"),
    ),
    Kept(
        to_translate("Bookmarks, lists, filters, mutes"),
        _ONESELF,
        None,
        to_translate("until the person takes them away"),
    ),
    Kept(
        to_translate("Topics that somebody declares"),
        to_translate("Colleagues"),
        None,
        to_translate("until the person takes them away"),
    ),
    Kept(
        to_translate("About which questions somebody was asked to help"),
        _NOBODY,
        None,
        to_translate("as long as the question"),
    ),
    Kept(
        to_translate("Who asked a discreet question, under a seal"),
        to_translate("Nobody, but by an unsealing that two auditors decide"),
        KEY_KEPT.days,
    ),
    Kept(
        to_translate("When a community meets (rituals)"),
        _READERS,
        None,
        to_translate("two years after the last time; not who planned it, nor who came"),
    ),
    Kept(
        to_translate("How many gave a community which mark in a month; who did is not kept"),
        to_translate("Nobody: the mean alone, from k answers on, is a weekly figure"),
        None,
        to_translate("until the next month is over"),
    ),
    Kept(
        to_translate("Name, address, role, unit"),
        to_translate("Everybody: name and unit. Administrators: the rest"),
        None,
        to_translate("until 30 days after somebody has left"),
    ),
    Kept(to_translate("Failed sign-ins"), _NOBODY, None, to_translate("one hour")),
    Kept(to_translate("That a letter was sent"), _ADMINS, housekeeping.LETTERS_KEPT.days),
    Kept(to_translate("What partners’ servers sent, word for word"), _ADMINS, housekeeping.BODIES_KEPT.days),
    Kept(to_translate("What a partner refused"), _ADMINS, housekeeping.DEAD_LETTERS_KEPT.days),
    Kept(
        to_translate("Privileged acts (audit trail)"),
        to_translate("Auditors; administrators the technical part"),
        None,
        to_translate("three years and a week at most; longer while a legal case is open"),
    ),
    Kept(
        to_translate("What was done in a community and why (moderation log)"),
        to_translate("Its hosts and moderators; the person concerned what concerns them"),
        housekeeping.MODERATION_KEPT.days,
    ),
    Kept(
        to_translate("Agreements with other firms, and receipts of what was called back"),
        to_translate("Administrators and auditors"),
        None,
        to_translate("as long as there is an exchange with the firm, and five years"),
    ),
    Kept(
        to_translate("Weekly figures of communities"),
        to_translate("Hosts their own; auditors all; administrators sizes"),
        weekly.KEPT.days,
    ),
]
