"""/admin/mail: whether letters go out, what they say, and a test."""

from typing import Final

import msgspec
from aiohttp import web

from models.accounts import ADMIN
from models.communities import LABELS, OPEN
from models.labels import Labels
from models.queries import labels, mail
from models.queries.digests import Digest, Item
from models.queries.mail import Addressee
from server.actions import set_up_steps
from server.actions.refusals import Refused
from server.admin.frame import BOTH, office_page
from server.admin.server_page import without_password
from server.http.keys import LETTER_BOX, RUNTIME, SETTINGS
from server.http.languages import LANGUAGES, to_translate
from server.http.offices import office_form, require_office
from server.http.pages import language_of, see
from server.notify.digest_letter import digest_letter
from server.notify.letters import Letter, desk
from server.notify.smtp import MailServer, NotSent

_NAME: Final = "Ada"
_QUESTION: Final = "How do you run night shifts?"
_PLACE: Final = "Sites"


class Sample(msgspec.Struct, frozen=True):
    """A letter as somebody might get it."""

    language: str
    letter: Letter


async def show(request: web.Request) -> web.Response:
    """GET /admin/mail."""
    session = await require_office(request, *BOTH)
    runtime, settings = request.app[RUNTIME], request.app[SETTINGS]
    async with runtime.db.read() as tx:
        standing = await mail.state(tx)
        tested = await set_up_steps.last(tx, set_up_steps.MAIL)
        own = await mail.addressee(tx, session.who.actor_id)
        rules = await labels.labels(tx)
    languages = sorted(LANGUAGES, key=lambda one: one != language_of(request, session))
    return office_page(
        request,
        "admin/mail.html",
        session,
        "mail",
        server=without_password(settings.smtp_url or ""),
        sender=settings.sender,
        standing=standing,
        waited=(runtime.clock.now() - standing.oldest).total_seconds() if standing.oldest else 0.0,
        tested=tested,
        own=own.email if own else "",
        samples=[Sample(language, letter) for language in languages for letter in _samples(request, language, rules)],
    )


async def test(request: web.Request) -> web.Response:
    """POST /admin/mail/test: hand a letter to the administrator over at once, and say what the mail server said."""
    by, _ = await office_form(request, ADMIN)
    runtime, settings = request.app[RUNTIME], request.app[SETTINGS]
    async with runtime.db.read() as tx:
        own = await mail.addressee(tx, by.actor_id)
    if settings.smtp_url is None or own is None:
        raise Refused(to_translate("No mail is set up: set ENTREPAIRS_SMTP_URL."))
    now, server = runtime.clock.now(), MailServer(settings)
    letter = desk(settings.domain, own.language or settings.language, own.name).test()
    try:
        await server.send(server.message(f"test.{int(now.timestamp())}", own.email, letter, now))
    except NotSent as error:
        raise Refused(to_translate("The mail server did not take it: %(why)s"), why=error.reason) from error
    async with runtime.db.write() as tx:
        await set_up_steps.done(tx, runtime, by, set_up_steps.MAIL)
    return see("/admin/mail?done=test")


def _samples(request: web.Request, language: str, rules: Labels) -> list[Letter]:
    config, now = request.app[RUNTIME].config, request.app[RUNTIME].clock.now()
    at = desk(config.domain, language, _NAME)
    return [
        at.sign_in_address(config.url("/sign-in/once/…")),
        at.password_changed(now),
        at.locked(now),
        at.proof_added(now),
        at.proof_removed(now),
        at.review_soon("partner.example", now),
        _digest(request, language, rules),
        at.test(),
    ]


def _digest(request: web.Request, language: str, rules: Labels) -> Letter:
    """One question of each label, so that the page shows what mail says of which."""
    asked = [Item(label + 1, _QUESTION, "", "", label, _PLACE, OPEN) for label in range(len(LABELS))]
    told = Digest(asked, [], [], has_new_question=True)
    nobody = Addressee(0, "", _NAME.lower(), _NAME, language)
    return digest_letter(request.app[LETTER_BOX], nobody, told, rules, held_back=2, stopped_at="/digest/stop/…")
