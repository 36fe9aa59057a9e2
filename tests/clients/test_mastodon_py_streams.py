"""Mastodon.py as its authors made it, listening: what a colleague and a partner do is heard at once."""

import queue
from collections.abc import Iterator
from typing import Any

import pytest
from mastodon import Mastodon, StreamListener

from tests.clients.conftest import SHARED, Firms
from tests.clients.test_mastodon_py import signed_in
from tests.support.laboratory import soon
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.process


class Ear(StreamListener):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()

    def on_update(self, status: Any) -> None:
        self.heard.put(("update", status))

    def on_status_update(self, status: Any) -> None:
        self.heard.put(("status.update", status))

    def on_notification(self, notification: Any) -> None:
        self.heard.put(("notification", notification))

    def on_delete(self, status_id: Any) -> None:
        self.heard.put(("delete", status_id))

    def on_filters_changed(self) -> None:
        self.heard.put(("filters_changed", None))

    def next(self, event: str) -> Any:
        """What the next event of this kind says."""
        while True:
            found, said = self.heard.get(timeout=PATIENCE_SECONDS)
            if found == event:
                return said


@pytest.fixture(scope="module")
def ada(firms: Firms, tmp_path_factory: pytest.TempPathFactory) -> Mastodon:
    """A colleague of the host."""
    ada = signed_in(firms, firms.alpha, "ada", tmp_path_factory.mktemp("ada"))
    (found,) = ada.search_v2("@sites", result_type="accounts").accounts
    ada.account_follow(found.id)
    return ada


@pytest.fixture(scope="module")
def tia(firms: Firms, tmp_path_factory: pytest.TempPathFactory) -> Mastodon:
    """A member at the partner."""
    tia = signed_in(firms, firms.beta, "tia", tmp_path_factory.mktemp("tia"))
    (found,) = tia.search_v2(SHARED, resolve=True, result_type="accounts").accounts
    tia.account_follow(found.id)
    soon(lambda: tia.account_relationships(found.id)[0].following)
    return tia


@pytest.fixture
def ear(tia: Mastodon) -> Iterator[Ear]:
    """Listens to tia's home and notifications."""
    ear = Ear()
    handle = tia.stream_user(ear, run_async=True)
    soon(handle.is_receiving)
    yield ear
    handle.close()


def test_what_is_posted_at_a_partner_is_heard_by_those_who_listen(ada: Mastodon, tia: Mastodon, ear: Ear) -> None:
    said = ada.status_post(f"{SHARED} How do you plan night shifts? Ask @tia@beta.test")

    heard = ear.next("update")

    assert "night shifts" in heard.reblog.content
    assert heard.id == tia.timeline_home()[0].id
    ada.status_delete(said.id)
    assert ear.next("delete") in (heard.id, heard.reblog.id)


def test_a_mention_is_heard_as_a_notification(ada: Mastodon, tia: Mastodon, ear: Ear) -> None:
    assert tia.stream_healthy()

    ada.status_post(f"{SHARED} What does @tia@beta.test say to day shifts?")

    told = ear.next("notification")
    assert (told.type, told.account.acct) == ("mention", "ada@alpha.test")
