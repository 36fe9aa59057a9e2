"""A partner that sends far more than all others does not keep them waiting (threats T217)."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.inbox.lanes import loud_peers, mixed
from federation.processor import MOST_ROWS
from tests.federation.inbox.cast import INBOX, SITES, Cast
from tests.support.fake_peer import FakePeer
from tests.support.writers import Writer


async def test_others_have_their_turn_before_all_of_a_loud_partner_is_done(cast: Cast, sub: FakePeer) -> None:
    """T217: more than two turns are waiting when another partner's post comes; it is in the next turn."""
    carol = Writer(sub.actor("carol"), SITES)
    await cast.say(carol.actor, carol.follow())
    loud = [cast.bob.create(f"loud{number}") for number in range(MOST_ROWS + 40)]
    for activity in loud:
        assert (await cast.bob.actor.post(INBOX, activity)).status == 202
    asked = carol.create("asked")
    assert (await carol.actor.post(INBOX, asked)).status == 202

    await cast.home.take_turn()

    states = await cast.home.received()
    assert states[asked["id"]] == "processed"
    done = [states[activity["id"]] == "processed" for activity in loud]
    assert done == [True] * (MOST_ROWS - 1) + [False] * 41
    await cast.home.apply()
    assert set((await cast.home.received()).values()) == {"processed"}


@dataclass(frozen=True)
class Row:
    id: int
    peer_id: int


@pytest.mark.parametrize(
    ("peers", "loud"), [([1] * 8, [1]), ([1] * 7, []), ([1, 2] * 4, [1, 2]), ([1, 2, 3, 4] * 2, [])]
)
def test_a_peer_is_loud_that_holds_more_than_a_quarter_of_a_full_turn(peers: list[int], loud: list[int]) -> None:
    assert loud_peers(peers, 8) == loud


@given(st.lists(st.integers(1, 5), max_size=60), st.integers(4, 24))
def test_a_turn_is_full_and_holds_of_each_peer_what_came_first(arrived: list[int], most: int) -> None:
    """T217: nobody's activities change their order, and who is not loud has half of a turn, if need be."""
    rows = [Row(number, peer) for number, peer in enumerate(arrived)]
    oldest = rows[:most]
    loud = loud_peers([row.peer_id for row in oldest], most)
    of_others = [row for row in rows if row.peer_id not in loud][: most // 2]

    turn = mixed(oldest, of_others, most)

    assert len(turn) == min(most, len(rows))
    assert turn == sorted(turn, key=lambda row: row.id)
    for peer in set(arrived):
        of_peer = [row for row in turn if row.peer_id == peer]
        assert of_peer == [row for row in rows if row.peer_id == peer][: len(of_peer)]
    if loud:
        assert of_others == [row for row in turn if row.peer_id not in loud][: most // 2]
