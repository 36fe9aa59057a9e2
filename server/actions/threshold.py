"""Choosing k, the smallest group of people of which any figure may speak (product section 6)."""

from models.accounts import ADMIN
from models.engine import WriteTx
from models.queries import statistics as reading
from models.statistics import FACT, LEAST_K, MOST_K
from models.writes import audit, state
from server.actions.local_actors import Here
from server.actions.officers import Officer
from server.actions.refusals import Invalid
from server.http.languages import to_translate


async def choose(tx: WriteTx, here: Here, k: int, by: Officer) -> None:
    """Figures that are made from now on follow it; those of earlier weeks stay as they were shown. Raises `Refused`."""
    by.require(ADMIN)
    if not LEAST_K <= k <= MOST_K:
        raise Invalid(to_translate("The threshold is from %(least)s to %(most)s."), least=LEAST_K, most=MOST_K)
    details = {"from": await reading.threshold(tx), "to": k}
    await audit.append(tx, at=here.clock.now(), actor=by.acct, action="server.threshold", object="k", details=details)
    await state.put(tx, FACT, str(k))
