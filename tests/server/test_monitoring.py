"""What `/metrics` says of partners: backlog, age, refusals by reason; with few labels and few statements."""

from aiohttp import ClientSession

from server.metrics import OTHER, reason_label
from tests.instances.conftest import ON_SQLITE, alpha, clock, home
from tests.instances.scene import INBOX, SITES
from tests.instances.test_deliveries import PARTNER, Sending, sending
from tests.support.instances import Instance
from tests.support.statements import counted
from tests.support.waiting import until
from tests.support.writers import Writer

__all__ = ["alpha", "clock", "home", "sending"]


async def metrics(home: Instance, session: ClientSession) -> dict[str, float]:
    """Every sample of /metrics by name and labels, as they are written."""
    async with session.get("http://{}:{}/metrics".format(*home.hosts[home.host])) as answer:
        assert answer.status == 200
        lines = (await answer.text()).splitlines()
    samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


async def test_each_partner_has_its_backlog_its_age_and_its_failures(sending: Sending) -> None:
    sending.answer_with(503)
    await sending.ask("one", "two")
    await sending.waits()
    sending.home.clock.advance(seconds=30)

    shown = await metrics(sending.home, sending.home.session)

    assert shown['entrepairs_peer_backlog{peer="partner.test"}'] == 2
    assert 30 <= shown['entrepairs_peer_oldest_seconds{peer="partner.test"}'] <= 60
    assert shown['entrepairs_peer_failures{peer="partner.test"}'] == 1


async def test_a_partner_with_whom_it_ended_is_not_shown(sending: Sending) -> None:
    before = await metrics(sending.home, sending.home.session)
    await sending.home.end(PARTNER)

    after = await metrics(sending.home, sending.home.session)

    assert 'entrepairs_peer_backlog{peer="partner.test"}' in before
    assert 'entrepairs_peer_backlog{peer="partner.test"}' not in after


async def test_refusals_of_both_sides_are_counted_by_partner_and_reason(sending: Sending) -> None:
    there = 'entrepairs_deliveries_refused_total{peer="partner.test",reason="http_403"}'
    at_home = 'entrepairs_inbox_not_applied_total{peer="partner.test",reason="not_authorized"}'
    before = await metrics(sending.home, sending.home.session)
    sending.answer_with(403)
    await sending.ask("one", "two")
    await sending.dead_letters(2)
    # Carol is told why, which is not to be refused as well.
    sending.answer_with(202)
    carol = Writer(sending.partner.actor("carol"), SITES)
    create = carol.create("early")
    await carol.actor.post(INBOX, create)

    async def is_rejected() -> bool:
        return (await sending.home.received())[create["id"]] == "rejected"

    await until(is_rejected)

    after = await metrics(sending.home, sending.home.session)

    assert after[there] - before.get(there, 0) == 2
    assert after[at_home] - before.get(at_home, 0) == 1


@ON_SQLITE
async def test_looking_costs_the_same_number_of_statements_however_many_partners_there_are(home: Instance) -> None:
    with counted(home.db) as few:
        await metrics(home, home.session)
    await home.allow(*(f"p{number}.test" for number in range(20)))

    with counted(home.db) as many:
        await metrics(home, home.session)

    assert len(few.statements) == len(many.statements) == 3


def test_a_reason_outside_of_the_fixed_set_shares_one_label() -> None:
    labels = [reason_label(reason) for reason in ("sig_invalid", "http_403", "http_418", "x" * 100)]

    assert labels == ["sig_invalid", "http_403", OTHER, OTHER]
