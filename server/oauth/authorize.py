"""/oauth/authorize: a person lets an app act in their name, or not (RFC 6749, client API 3.3, threats T133 to T142).

Signing in and consenting are two steps on two pages. The person is asked each time, but for an app behind https that
they gave the same scopes to within 90 days. Who leads communities is always asked: the page lets them choose in whose
name the app acts, their own or that of one of these (client API 11.5).
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from aiohttp import web

from models.accounts import ADMIN
from models.queries import follows, oauth
from models.writes import oauth as rows
from server.actions import acting
from server.actions.secret_hash import secret_hash
from server.http import sessions
from server.http.csrf import signed_form, token_of_session
from server.http.keys import RUNTIME
from server.http.languages import to_translate
from server.http.observing import require_within
from server.http.pages import PageError, page, see
from server.http.scopes import are_administrative, are_within, parse
from server.http.sessions import BrowserSession, require_session, sign_in_address
from server.oauth.redirects import host_of, is_https
from server.oauth.requests import AuthorizationRequest, Refusal, answer_app, authorization_request

ACTS_AS: Final = "acts_as"
"""The field of the consent page with the id of a community, or empty."""

CONSENT_LASTS: Final = timedelta(days=90)
# 128 bits: as much as RFC 6749 (10.10) asks for, and short enough to be seen whole on a phone.
_CODE_BYTES: Final = 16
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{22}")


async def show(request: web.Request) -> web.Response:
    """GET /oauth/authorize: the consent page, or straight on to the app, or first to the sign-in."""
    session = await sessions.current(request)
    if session is not None:
        require_within(request, session.who.role)
    try:
        asked = await _asked(request, request.query)
        if session is None or asked.forces_login:
            if asked.is_silent:
                raise Refusal(asked.destination, "login_required", "The person has to sign in.")
            return see(sign_in_address(asked.address(), asked.destination.language), status=302)
        _require_right(asked, session)
        async with request.app[RUNTIME].db.read() as tx:
            led = [] if are_administrative(asked.scopes) else await follows.led(tx, session.who.actor_id)
        if not led and await _was_granted(request, asked, session):
            return await _grant(request, asked, session)
        if asked.is_silent:
            raise Refusal(asked.destination, "consent_required", "The person has to consent.")
    except Refusal as refusal:
        return answer_app(request, refusal.destination, refusal.answer, session)
    return page(
        request,
        "oauth/consent.html",
        session=session,
        forms_leave=True,
        csrf=token_of_session(request, session),
        app=asked.app,
        website_host=None if asked.app.website is None else host_of(asked.app.website),
        scopes=asked.scopes,
        led=led,
        administers=are_administrative(asked.scopes),
        redirect_host=host_of(asked.destination.redirect_uri),
        is_out_of_band=asked.destination.is_out_of_band,
        fields=asked.fields(),
        another_account=sign_in_address(asked.address(), asked.destination.language),
    )


async def decide(request: web.Request) -> web.Response:
    """POST /oauth/authorize: the forms of the consent page."""
    session, form = await signed_form(request)
    return await _decided(request, form, session, is_granted=form.get("decision") == "authorize")


async def deny(request: web.Request) -> web.Response:
    """DELETE /oauth/authorize: the other way to say no."""
    session, form = await signed_form(request)
    return await _decided(request, form, session, is_granted=False)


async def _decided(
    request: web.Request, form: Mapping[str, str], session: BrowserSession, *, is_granted: bool
) -> web.Response:
    try:
        asked = await _asked(request, form)
        if is_granted:
            _require_right(asked, session)
            community_id = await _acts_as(request, asked, session, form.get(ACTS_AS, ""))
    except Refusal as refusal:
        return answer_app(request, refusal.destination, refusal.answer, session)
    if is_granted:
        return await _grant(request, asked, session, community_id)
    denied = {"error": "access_denied", "error_description": "The person said no."}
    return answer_app(request, asked.destination, denied, session)


async def native(request: web.Request) -> web.Response:
    """GET /oauth/authorize/native: the code, to be copied by hand. Shows only codes that the person was given here."""
    session = await require_session(request)
    if "error" in request.query:
        return page(request, "oauth/denied.html", session=session)
    code = request.query.get("code", "")
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        row = await oauth.code_by_hash(tx, secret_hash(code)) if _CODE.fullmatch(code) else None
        app = None if row is None else await oauth.app_by_id(tx, row.app_id)
    if row is None or app is None or row.actor_id != session.who.actor_id or row.expires_at <= runtime.clock.now():
        raise PageError(
            404,
            to_translate("There is no code to show"),
            to_translate("Codes are good for ten minutes. Start again from the app to get a new one."),
        )
    return page(request, "oauth/code.html", session=session, code=code, app=app)


async def authorized_applications(request: web.Request) -> web.Response:
    """GET /oauth/authorized_applications: the list of apps is a part of the person's own page."""
    await require_session(request)
    return see("/me#apps")


async def _asked(request: web.Request, given: Mapping[str, str]) -> AuthorizationRequest:
    async with request.app[RUNTIME].db.read() as tx:
        return await authorization_request(tx, given)


def _require_right(asked: AuthorizationRequest, session: BrowserSession) -> None:
    """Only administrators let an app administer (T127). Raises `Refusal`."""
    if are_administrative(asked.scopes) and session.who.role != ADMIN:
        raise Refusal(asked.destination, "invalid_scope", "Only administrators of this server grant these scopes.")


async def _acts_as(
    request: web.Request, asked: AuthorizationRequest, session: BrowserSession, chosen: str
) -> int | None:
    """The community that was chosen on the page, which the person leads; None: they act as themselves.

    Raises `Refusal` for any other, and for one that would administer the server.
    """
    if not chosen:
        return None
    async with request.app[RUNTIME].db.read() as tx:
        led = {str(one.id): one.id for one in await follows.led(tx, session.who.actor_id)}
    if chosen not in led or are_administrative(asked.scopes):
        raise Refusal(asked.destination, "access_denied", "Only those who lead a community let an app act as it.")
    return led[chosen]


async def _was_granted(request: web.Request, asked: AuthorizationRequest, session: BrowserSession) -> bool:
    """The person need not be asked again (T141)."""
    if asked.forces_consent or not is_https(asked.destination.redirect_uri) or are_administrative(asked.scopes):
        return False
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        grants = await oauth.granted_scopes(
            tx,
            app_id=asked.app.id,
            actor_id=session.who.actor_id,
            since=runtime.clock.now() - CONSENT_LASTS,
        )
    return any(are_within(asked.scopes, parse(granted)) for granted in grants)


async def _grant(
    request: web.Request, asked: AuthorizationRequest, session: BrowserSession, community_id: int | None = None
) -> web.Response:
    runtime = request.app[RUNTIME]
    code = runtime.tokens.secret(_CODE_BYTES)
    async with runtime.db.write() as tx:
        if community_id is not None:
            await acting.log_grant(tx, session.who.acct, community_id, asked.app.name, runtime.clock.now())
        await rows.add_code(
            tx,
            code_hash=secret_hash(code),
            app_id=asked.app.id,
            actor_id=session.who.actor_id,
            community_id=community_id,
            redirect_uri=asked.destination.redirect_uri,
            scopes=" ".join(asked.scopes),
            challenge=asked.challenge,
            now=runtime.clock.now(),
        )
    return answer_app(request, asked.destination, {"code": code}, session)
