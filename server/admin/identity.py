"""/admin/identity: the company's sign-in: providers, a try, groups and what they mean, and giving up passwords (J1)."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from models.accounts import ADMIN, AUDITOR
from models.queries import identity, roster
from models.queries.identity import ProviderRow
from server.actions import accounts, providers
from server.actions.providers import NewProvider
from server.actions.refusals import Invalid, Refused
from server.admin.frame import BOTH, office_page
from server.http.csrf import Form
from server.http.keys import IDENTITIES, PASSWORDS, RUNTIME, SETTINGS
from server.http.languages import to_translate
from server.http.offices import office_form, officer, require_office
from server.http.pages import see
from server.identity.provider import IdentityError, is_usable_issuer

_EMERGENCY_BYTES: Final = 18


async def show(request: web.Request) -> web.Response:
    """GET /admin/identity."""
    return await _page(request)


async def add(request: web.Request) -> web.Response:
    """POST /admin/identity/add: a provider that answers under its own name."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    new = NewProvider(
        name=_line(form, "name"),
        issuer=_line(form, "issuer"),
        client_id=_line(form, "client_id"),
        secret=form.get("secret", "").strip(),
    )
    if not is_usable_issuer(new.issuer, allow_http=not request.app[SETTINGS].has_https):
        raise Invalid(to_translate("The issuer is an address with https, exactly as the provider writes it."))
    try:
        await request.app[IDENTITIES].metadata(new.issuer)
    except IdentityError as error:
        raise Refused(to_translate("The provider does not answer as it should: %(why)s"), why=error) from error
    async with runtime.db.write() as tx:
        await providers.add(tx, runtime, new, by)
    return see("/admin/identity?done=added")


async def set_groups(request: web.Request) -> web.Response:
    """POST /admin/identity/{id}/groups."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    admins, auditors = _lines(form, "admins"), _lines(form, "auditors")
    if set(admins) & set(auditors):
        raise Invalid(to_translate("One group cannot mean both offices: nobody holds two."))
    async with runtime.db.write() as tx:
        await providers.set_groups(
            tx,
            runtime,
            _number(request),
            claim=_line(form, "claim"),
            required=_lines(form, "required"),
            roles={**dict.fromkeys(admins, ADMIN), **dict.fromkeys(auditors, AUDITOR)},
            by=by,
        )
    return see("/admin/identity?done=groups")


async def enable(request: web.Request) -> web.Response:
    """POST /admin/identity/{id}/enable, and with `enabled` empty: no longer."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await providers.enable(tx, runtime, _number(request), by, is_enabled=form.get("enabled") == "yes")
    return see("/admin/identity?done=enabled")


async def remove(request: web.Request) -> web.Response:
    """POST /admin/identity/{id}/remove."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await providers.remove(tx, runtime, _number(request), by)
    return see("/admin/identity?done=removed")


async def seal(request: web.Request) -> web.Response:
    """POST /admin/identity/seal: give up passwords; the emergency account's new one is on the answer alone."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    password = runtime.tokens.secret(_EMERGENCY_BYTES)
    password_hash = await request.app[PASSWORDS].hash(password)
    async with runtime.db.write() as tx:
        await providers.seal_passwords(tx, runtime, _line(form, "username"), password_hash, by)
        person = await accounts.find(tx, _line(form, "username"))
    return await _page(request, emergency=(person.username, password))


async def unseal(request: web.Request) -> web.Response:
    """POST /admin/identity/unseal: everybody may use a password again."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await providers.allow_passwords(tx, runtime, by)
    return see("/admin/identity?done=unsealed")


async def _page(request: web.Request, emergency: tuple[str, str] | None = None) -> web.Response:
    session = await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        rows = await identity.providers(tx)
        roles = {row.id: await identity.roles(tx, row.id) for row in rows}
        only = await identity.passwords_of(tx)
        names = await roster.handles(tx, [int(only)]) if only else {}
    return office_page(
        request,
        "admin/identity.html",
        session,
        "identity",
        providers=rows,
        listed={row.id: _groups(row, roles[row.id]) for row in rows},
        callback=runtime.config.url("/sign-in/company/callback"),
        after_logout=runtime.config.url("/sign-in"),
        logout={row.id: runtime.config.url(f"/sign-in/company/{row.id}/logout") for row in rows},
        emergency_account=next(iter(names.values()), ""),
        emergency=emergency,
        oneself=officer(session).acct,
        is_any_enabled=any(row.is_enabled for row in rows),
    )


def _groups(row: ProviderRow, roles: dict[str, str]) -> dict[str, Sequence[str]]:
    return {
        "required": row.required_groups,
        "admins": [group for group, role in roles.items() if role == ADMIN],
        "auditors": [group for group, role in roles.items() if role == AUDITOR],
    }


def _line(form: Form, field: str) -> str:
    return " ".join(form.get(field, "").split())


def _lines(form: Form, field: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in form.get(field, "").splitlines() if line.strip()))


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise web.HTTPNotFound
    return int(text)
