"""How far the set-up has come: lines that turn green (product J1)."""

from datetime import datetime

import msgspec

from models.accounts import ADMIN, AUDITOR
from models.queries.peers import PeerHealth
from server.http.languages import to_translate
from server.settings import Settings


class Step(msgspec.Struct, frozen=True):
    """One line of the checklist."""

    is_met: bool
    title: str
    advice: str
    """What to do while it is not met."""
    address: str = ""


class Facts(msgspec.Struct, frozen=True):
    """What the page is made from."""

    roles: dict[str, int]
    communities: int
    orphans: int
    trials: int
    """Those that ask to become official."""
    reports: int
    partners: list[PeerHealth]
    to_approve: int
    to_sign: int
    requests: int
    """Of people, for their data or their erasure."""
    proposed: dict[str, int]
    """Acts that wait for a second person, of each kind."""
    received: int
    owed: int
    oldest_at: datetime | None
    has_company_sign_in: bool
    has_given_up_passwords: bool
    held: int
    has_directory: bool
    has_quiet_hours: bool
    has_threshold: bool
    has_terms: bool
    has_labels: bool
    has_handed_over_sheet: bool
    mail_tested_at: datetime | None
    backed_up_at: datetime | None
    """When the last whole backup was made."""
    has_backup: bool
    """It is young enough."""
    has_clock: bool


def checklist(facts: Facts, settings: Settings) -> list[Step]:
    """Every line, in the order in which an administrator goes about them."""
    return [*_of_the_server(facts, settings), *_of_people(facts), *_of_the_firm(facts), *_of_communities(facts)]


def _of_the_server(facts: Facts, settings: Settings) -> list[Step]:
    return [
        Step(
            settings.has_https,
            to_translate("Reached by HTTPS"),
            to_translate("Set ENTREPAIRS_BASE_URL to an address with https."),
            "/admin/server",
        ),
        Step(
            settings.tls_cert is not None or bool(settings.trusted_proxies) or not settings.has_https,
            to_translate("The reverse proxy is known"),
            to_translate("Name it in ENTREPAIRS_TRUSTED_PROXIES, or all visitors count as one."),
            "/admin/server",
        ),
        Step(
            settings.smtp_url is not None and facts.mail_tested_at is not None,
            to_translate("Mail goes out"),
            to_translate("Set ENTREPAIRS_SMTP_URL, then send a test letter: people are asked and warned by mail."),
            "/admin/mail",
        ),
        Step(
            facts.has_backup,
            to_translate("A backup every night"),
            to_translate("Run “entrepairs backup” by a timer: the last whole one has to be younger than two days."),
            "/admin/backups",
        ),
        Step(
            facts.has_clock,
            to_translate("The clock is right"),
            to_translate("Keep it by NTP: signatures of partners fail when it is wrong."),
            "/admin/server",
        ),
    ]


def _of_people(facts: Facts) -> list[Step]:
    return [
        Step(
            facts.roles.get(ADMIN, 0) >= 2,
            to_translate("Two administrators"),
            to_translate("Name a second one: nobody should be the only one who can act."),
            "/admin/people",
        ),
        Step(
            facts.roles.get(AUDITOR, 0) >= 1,
            to_translate("An auditor"),
            to_translate("Name your data-protection officer: no agreement is signed without."),
            "/admin/people",
        ),
        Step(
            facts.has_company_sign_in,
            to_translate("Sign-in at the company"),
            to_translate("Connect your identity provider: whoever leaves the firm is then out here too."),
            "/admin/identity",
        ),
        Step(
            facts.has_given_up_passwords,
            to_translate("Passwords of this server are given up"),
            to_translate("Once people sign in at the company: keep one, of an emergency account, in an envelope."),
            "/admin/identity",
        ),
        Step(
            facts.has_directory,
            to_translate("Provisioning by the directory"),
            to_translate(
                "Give your directory a token, try the first sync out, apply it: accounts are then made and closed "
                "by themselves."
            ),
            "/admin/provisioning",
        ),
    ]


def _of_the_firm(facts: Facts) -> list[Step]:
    return [
        Step(
            facts.has_quiet_hours,
            to_translate("Working time and holidays"),
            to_translate("Say when the firm works: outside of it nobody is disturbed."),
            "/admin/quiet",
        ),
        Step(
            facts.has_threshold,
            to_translate("The smallest group that statistics speak of"),
            to_translate("Look at the threshold k with your works council, and save it."),
            "/admin/statistics",
        ),
        Step(
            facts.has_terms,
            to_translate("How long things are kept"),
            to_translate("An auditor looks at the terms, and saves them."),
            "/admin/retention",
        ),
        Step(
            facts.has_labels,
            to_translate("Names of the labels"),
            to_translate("Call the three labels as your firm does, and save them."),
            "/admin/labels",
        ),
        Step(
            facts.has_handed_over_sheet,
            to_translate("The sheet for the works council"),
            to_translate("Print what is recorded, who sees it and how long, hand it over, and say so there."),
            "/admin/sheet",
        ),
    ]


def _of_communities(facts: Facts) -> list[Step]:
    return [
        Step(
            facts.communities >= 1,
            to_translate("A first community"),
            to_translate("Found one with two hosts: that is what everybody is here for."),
            "/admin/communities",
        ),
        Step(
            facts.orphans == 0,
            to_translate("A host in every community"),
            to_translate("Name somebody for those that have none."),
            "/admin/communities",
        ),
    ]
