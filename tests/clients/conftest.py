"""Two firms that run, with a community of alpha's, and people of both who can sign in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.support.hours import never_quiet
from tests.support.laboratory import Office, laboratory

SHARED = "@sites@alpha.test"


class ByName(HTTPAdapter):
    """Takes requests for the firms' names to where they listen, as DNS would."""

    def __init__(self, *offices: Office) -> None:
        super().__init__()
        self._offices = {office.firm.domain: office for office in offices}

    def send(self, request: requests.PreparedRequest, *arguments: Any, **keywords: Any) -> requests.Response:
        """Send to the office of the host."""
        parts = urlsplit(str(request.url))
        office = self._offices[str(parts.hostname)]
        sent = request.copy()
        sent.headers["Host"] = parts.netloc
        sent.url = f"{office.address}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        response = super().send(sent, *arguments, **keywords)
        response.url, response.request = str(request.url), request
        return response


@dataclass(frozen=True)
class Firms:
    """alpha hosts the community `sites`; both are running."""

    alpha: Office
    beta: Office

    def network(self) -> requests.Session:
        """A network where the names of the firms lead to them, for one client or browser."""
        session = requests.Session()
        session.mount("http://", ByName(self.alpha, self.beta))
        return session


@pytest.fixture(scope="session")
def firms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firms]:
    """For all tests of this folder: each has people of its own, and tells its posts from others' by their words."""
    with laboratory(tmp_path_factory.mktemp("firms"), "alpha.test", "beta.test") as (alpha, beta):
        for name in ("alice", "ada"):
            alpha.person(name)
        for name in ("bob", "tia", "tom"):
            beta.person(name)
        alpha.firm.ask("community", "create", "sites", "--title", "Our sites", "--host", "alice", "--scope", "all")
        for office in (alpha, beta):
            never_quiet(office.firm.folder / "data" / "entrepairs.db")
        alpha.start()
        beta.start()
        yield Firms(alpha, beta)
        assert (alpha.stop(), beta.stop()) == (0, 0)
