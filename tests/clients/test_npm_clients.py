"""masto and megalodon as they are on npm, each through a member's day: at the community's firm, and at a partner."""

from pathlib import Path

import pytest

from tests.clients.conftest import Firms
from tests.clients.npm_clients import day
from tests.support import files

pytestmark = pytest.mark.process

LAST_STEP = "leave"


@pytest.mark.parametrize("client", ["masto", "megalodon"])
@pytest.mark.parametrize("where", ["at the community's firm", "at a partner"])
def test_a_member_spends_a_day(firms: Firms, client: str, where: str, tmp_path: Path) -> None:
    home = firms.alpha if where == "at the community's firm" else firms.beta
    member = f"{client}{'one' if home is firms.alpha else 'two'}"
    home.person(member)
    (tmp_path / "plan.png").write_bytes(files.picture(size=(300, 200)))

    done = day(
        firms,
        client,
        tmp_path,
        {
            "hosts": {office.firm.domain: office.port for office in (firms.alpha, firms.beta)},
            "home": {"member": home.name, "host": firms.alpha.name},
            "community": "@sites" if home is firms.alpha else "@sites@alpha.test",
            "member": member,
            "host": "alice",
            "picture": str(tmp_path / "plan.png"),
            "word": f"w{member}",
        },
    )

    assert done[-1] == LAST_STEP
