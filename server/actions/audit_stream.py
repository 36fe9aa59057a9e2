"""Choosing where the audit trail is streamed to, and how much of it (product section 5)."""

from typing import Final

import msgspec

from models.accounts import ADMIN, AUDITOR
from models.engine import WriteTx
from models.queries import audit as reading
from models.queries import state
from models.writes import audit
from models.writes import state as facts
from server.actions.local_actors import Here
from server.actions.officers import Officer
from server.actions.refusals import Invalid, Refused
from server.http.languages import to_translate
from server.siem.destination import FACT, POSITION, TOKEN, Destination

MAX_TOKEN: Final = 500


async def choose(
    tx: WriteTx, here: Here, address: str, *, token: str, from_beginning: bool, is_usable: bool, by: Officer
) -> None:
    """Stream the technical part there from now on; an earlier destination, and its token, count no more.

    Raises `NotAllowed`, `Invalid`.
    """
    by.require(ADMIN)
    if not is_usable:
        raise Invalid(
            to_translate(
                "“%(address)s” cannot be used: write syslog+tls://host, an address with https on its default port, or "
                "syslog+tcp://host for a host of ENTREPAIRS_STATIC_HOSTS."
            ),
            address=address[:100],
        )
    if len(token) > MAX_TOKEN or not token.isascii() or not token.isprintable():
        raise Invalid(to_translate("The token has at most %(most)s letters, digits and signs."), most=MAX_TOKEN)
    await _say(tx, here, by, "choose", address)
    last = None if from_beginning else await reading.last(tx)
    await facts.put(tx, FACT, msgspec.json.encode(Destination(address=address)).decode())
    await facts.put(tx, POSITION, str(last.id if last else 0))
    await facts.put_secret(tx, TOKEN, here.vault.seal(token.encode(), TOKEN) if token else None)


async def widen(tx: WriteTx, here: Here, *, is_whole: bool, by: Officer) -> None:
    """Stream the whole trail, or its technical part again: what hosts do, an auditor hands on. `Refused`."""
    by.require(AUDITOR)
    to = await _chosen(tx)
    await _say(tx, here, by, "widen" if is_whole else "narrow", to.address)
    await facts.put(tx, FACT, msgspec.json.encode(msgspec.structs.replace(to, is_whole=is_whole)).decode())


async def stop(tx: WriteTx, here: Here, by: Officer) -> None:
    """Stream nothing any more. Raises `Refused`."""
    by.require(ADMIN)
    to = await _chosen(tx)
    await _say(tx, here, by, "stop", to.address)
    await facts.put(tx, FACT, "")
    await facts.put_secret(tx, TOKEN, None)


async def _chosen(tx: WriteTx) -> Destination:
    setting = await state.text(tx, FACT)
    if not setting:
        raise Refused(to_translate("The trail is streamed nowhere."))
    return msgspec.json.decode(setting, type=Destination)


async def _say(tx: WriteTx, here: Here, by: Officer, what: str, address: str) -> None:
    await audit.append(
        tx, at=here.clock.now(), actor=by.acct, action=f"audit.stream-{what}", object=address, details={}
    )
