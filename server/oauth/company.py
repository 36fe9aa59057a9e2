"""/sign-in/company/…: signing in at the company's identity provider (OpenID Connect: code with PKCE, nonce, state).

What has to come back unchanged is sealed in a cookie of ten minutes, so that going there changes nothing here. The same
way is taken to try a provider out (`test`) and to connect an account that is there (`link`).
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

import msgspec
import structlog
from aiohttp import web

from models.accounts import ADMIN
from models.base import EPOCH
from models.queries import identity as reading
from models.queries.identity import ProviderRow
from models.vault import WrongKey
from models.writes import identity as rows
from server.actions import company, providers
from server.actions.company import Newcomer
from server.actions.local_actors import new_keys
from server.actions.secret_hash import secret_hash
from server.http import sessions
from server.http.csrf import signed_form
from server.http.keys import IDENTITIES, RUNTIME
from server.http.languages import to_translate
from server.http.offices import officer
from server.http.pages import PageError, page, see
from server.http.sessions import BrowserSession
from server.identity.leaving import ID_TOKEN
from server.identity.provider import IdentityError, Metadata
from server.identity.tokens import Claims, completed, id_token_claims, logout_of

log = structlog.get_logger(__name__)

SIGN_IN, LINK, TEST = "sign-in", "link", "test"
CALLBACK: Final = "/sign-in/company/callback"
_COOKIE: Final = "company"
_LIFE: Final = timedelta(minutes=10)
_PURPOSE: Final = "a sign-in at the company"
_SHOWN: Final = 60


class Errand(msgspec.Struct, frozen=True):
    """What a browser was sent to the provider for."""

    provider_id: int
    purpose: str
    state: str
    nonce: str
    verifier: str
    then: str
    expires: int


async def begin(request: web.Request) -> web.Response:
    """GET /sign-in/company/{id}?next=…: to the provider."""
    then = request.query.get("next", "")
    return await _go(request, SIGN_IN, then if then.startswith("/") and not then.startswith("//") else "/")


async def begin_test(request: web.Request) -> web.Response:
    """GET /sign-in/company/{id}/test: an administrator tries it out, also before it is enabled."""
    session = await sessions.require_session(request)
    if session.who.role != ADMIN:
        raise web.HTTPNotFound
    return await _go(request, TEST, "/admin/identity")


async def begin_link(request: web.Request) -> web.Response:
    """POST /sign-in/company/{id}/link: somebody who is signed in connects their account."""
    await signed_form(request)
    return await _go(request, LINK, "/me?done=linked")


async def come_back(request: web.Request) -> web.Response:
    """GET /sign-in/company/callback: what the provider says."""
    errand = _errand(request)
    provider = await _provider(request, errand.provider_id, is_test=errand.purpose == TEST)
    try:
        metadata = await request.app[IDENTITIES].metadata(provider.issuer)
        claims, token = await _claims(request, errand, provider, metadata)
    except IdentityError as error:
        log.warning("company.refused", provider=provider.issuer, why=str(error))
        raise PageError(
            403,
            to_translate("Your company’s sign-in did not work"),
            to_translate("Try again. If it comes back, tell your administrator: %(why)s"),
            values={"why": error},
            back="/sign-in",
        ) from error
    who = Newcomer(provider, str(claims["sub"]), claims)
    if errand.purpose == TEST:
        response = await _tested(request, who)
    elif errand.purpose == LINK:
        response = await _linked(request, who, errand)
    else:
        response = await _signed_in(request, who, token, errand)
    sessions.set_cookie(request, response, _COOKIE, "", max_age=0)
    return response


async def end_from_there(request: web.Request) -> web.Response:
    """POST /sign-in/company/{id}/logout: the provider says that somebody is signed out (Back-Channel Logout 1.0)."""
    runtime = request.app[RUNTIME]
    headers = {"Cache-Control": "no-store"}
    try:
        provider = await _provider(request, _number(request), is_test=False)
        token = str((await request.post()).get("logout_token", ""))
        identities = request.app[IDENTITIES]
        metadata = await identities.metadata(provider.issuer)
        said = await logout_of(identities, metadata, token, client_id=provider.client_id, now=runtime.clock.now())
    except (IdentityError, web.HTTPNotFound):
        return web.json_response({"error": "invalid_request"}, status=400, headers=headers)
    async with runtime.db.write() as tx:
        await company.sign_out(tx, runtime, provider, subject=said.subject, sid=said.sid)
    return web.Response(status=200, headers=headers)


async def _go(request: web.Request, purpose: str, then: str) -> web.Response:
    runtime = request.app[RUNTIME]
    provider = await _provider(request, _number(request), is_test=purpose == TEST)
    try:
        metadata = await request.app[IDENTITIES].metadata(provider.issuer)
    except IdentityError as error:
        log.warning("company.away", provider=provider.issuer, why=str(error))
        raise PageError(
            503,
            to_translate("Your company’s sign-in cannot be reached"),
            to_translate("Try again in a minute. If it comes back, tell your administrator: %(why)s"),
            values={"why": error},
            back="/sign-in",
        ) from error
    errand = Errand(
        provider_id=provider.id,
        purpose=purpose,
        state=runtime.tokens.secret(),
        nonce=runtime.tokens.secret(),
        verifier=runtime.tokens.secret(),
        then=then,
        expires=int((runtime.clock.now() + _LIFE - EPOCH).total_seconds()),
    )
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": runtime.config.url(CALLBACK),
        "scope": "openid profile email",
        "state": errand.state,
        "nonce": errand.nonce,
        "code_challenge": _challenge(errand.verifier),
        "code_challenge_method": "S256",
    }
    if purpose != SIGN_IN:
        asked["prompt"] = "login"
    mark = "&" if "?" in metadata.authorization_endpoint else "?"
    response = see(f"{metadata.authorization_endpoint}{mark}{urlencode(asked)}", status=302)
    sealed = urlsafe_b64encode(runtime.vault.seal(msgspec.json.encode(errand), _PURPOSE)).decode()
    sessions.set_cookie(request, response, _COOKIE, sealed, max_age=int(_LIFE.total_seconds()))
    return response


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _errand(request: web.Request) -> Errand:
    """What this browser was sent for, if it comes back with the right state in time (threats T118). Raises 403."""
    runtime = request.app[RUNTIME]
    try:
        sealed = _decoded(request.cookies.get(sessions.cookie_name(request, _COOKIE), ""))
        errand = msgspec.json.decode(runtime.vault.open(sealed, _PURPOSE), type=Errand)
    except (WrongKey, ValueError, msgspec.DecodeError) as error:
        raise _stale() from error
    is_late = errand.expires < (runtime.clock.now() - EPOCH).total_seconds()
    if is_late or request.query.get("state", "") != errand.state:
        raise _stale()
    return errand


async def _claims(
    request: web.Request, errand: Errand, provider: ProviderRow, metadata: Metadata
) -> tuple[Claims, str]:
    """The claims of the ID token that the code in the address gives, and that token. Raises `IdentityError`."""
    runtime, answer = request.app[RUNTIME], request.query
    if "error" in answer:
        raise IdentityError(f"{provider.issuer} refused: {answer['error'][:_SHOWN]}")
    # RFC 9207: a code of one provider is never taken to another.
    if answer.get("iss", provider.issuer) != provider.issuer:
        raise IdentityError("The answer is of another provider.")
    identities = request.app[IDENTITIES]
    tokens = await identities.exchange(
        metadata,
        client_id=provider.client_id,
        secret=providers.secret_of(runtime.vault, provider),
        code=answer.get("code", ""),
        verifier=errand.verifier,
        redirect_uri=runtime.config.url(CALLBACK),
    )
    claims = await id_token_claims(
        identities,
        metadata,
        tokens.id_token,
        client_id=provider.client_id,
        nonce=errand.nonce,
        now=runtime.clock.now(),
    )
    whole = await completed(identities, metadata, claims, tokens, group=provider.group_claim)
    return whole, tokens.id_token


async def _signed_in(request: web.Request, who: Newcomer, id_token: str, errand: Errand) -> web.Response:
    runtime = request.app[RUNTIME]
    keys = await new_keys()
    if not who.is_wanted:
        async with runtime.db.write() as tx:
            await company.shut_out(tx, runtime, who)
    sid = who.claims.get("sid")
    async with runtime.db.write() as tx:
        actor_id = await company.admit(tx, runtime, who, keys)
        secret = await sessions.start(tx, request, actor_id)
        await rows.remember_session(
            tx,
            token_hash=secret_hash(secret),
            provider_id=who.provider.id,
            sid=sid if isinstance(sid, str) else None,
            id_token_sealed=runtime.vault.seal(id_token.encode(), ID_TOKEN),
        )
    response = see(errand.then)
    sessions.remember(request, response, secret)
    return response


async def _linked(request: web.Request, who: Newcomer, errand: Errand) -> web.Response:
    session = await sessions.require_session(request)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await company.link(tx, runtime, who, officer(session))
    return see(errand.then)


async def _tested(request: web.Request, who: Newcomer) -> web.Response:
    """What the provider says, and what would follow from it; nobody is signed in by it."""
    session: BrowserSession = await sessions.require_session(request)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await providers.note_test(tx, runtime, who.provider.id, officer(session))
        roles = await reading.roles(tx, who.provider.id)
    return page(
        request,
        "oauth/claims.html",
        session=session,
        provider=who.provider,
        claims=sorted((name, msgspec.json.encode(value).decode()) for name, value in who.claims.items()),
        groups=sorted(who.groups),
        is_wanted=who.is_wanted,
        meant=sorted({roles[group] for group in who.groups if group in roles}),
    )


async def _provider(request: web.Request, provider_id: int, *, is_test: bool) -> ProviderRow:
    async with request.app[RUNTIME].db.read() as tx:
        provider = await reading.provider(tx, provider_id)
    if provider is None or not (provider.is_enabled or is_test):
        raise web.HTTPNotFound
    return provider


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise web.HTTPNotFound
    return int(text)


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii", "ignore"))


def _stale() -> PageError:
    return PageError(
        403,
        to_translate("This sign-in has expired"),
        to_translate("Begin once more, in this browser, and finish within ten minutes."),
        back="/sign-in",
    )
