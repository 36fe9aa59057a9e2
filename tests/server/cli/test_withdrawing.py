"""`entrepairs partner withdraw|readmit|withdrawn|withdraw-posts` and those that end in `-account`, over two processes:
what they print and refuse.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.laboratory import Office, laboratory, soon
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.process


@pytest.fixture
def firms(tmp_path: Path) -> Iterator[tuple[Office, Office]]:
    """alpha shares its community `plans` with beta by agreement; both run. Reader: alice, who hosts it, and bob."""
    with laboratory(tmp_path, "alpha.test", "beta.test") as (alpha, beta):
        alpha.person("alice")
        beta.person("bob")
        alpha.firm.ask("community", "create", "plans", "--title", "Plans", "--host", "alice", "--scope", "selected")
        alpha.start()
        beta.start()
        alpha.firm.ask("partner", "propose", "beta.test", "--communities", "plans")
        soon(lambda: beta.firm.run("partner", "accept", "alpha.test", "--json").status == 0)
        soon(lambda: alpha.firm.ask("partner", "show", "beta.test")["kind"] == "agreement")
        yield alpha, beta


def follow(office: Office) -> requests.Response:
    """bob asks to join."""
    token = office.firm.ask("user", "token", "bob", "--scopes", "read write follow")["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    asked = {"q": "@plans@alpha.test", "resolve": "true"}
    found = requests.get(f"{office.address}/api/v2/search", asked, headers=headers, timeout=PATIENCE_SECONDS).json()[
        "accounts"
    ]
    return requests.post(
        f"{office.address}/api/v1/accounts/{found[0]['id']}/follow", headers=headers, timeout=PATIENCE_SECONDS
    )


def members(office: Office) -> list[str]:
    return [one["acct"] for one in office.firm.ask("community", "members", "plans")]


def test_an_operator_withdraws_somebody_and_lets_them_in_again(firms: tuple[Office, Office]) -> None:
    """J9, product section 9."""
    alpha, beta = firms
    assert follow(beta).status_code == 200
    soon(lambda: "bob@beta.test" in members(alpha))
    words = ("alpha.test", "bob", "plans")

    done, again = (beta.firm.ask("partner", "withdraw", *words) for _ in range(2))
    soon(lambda: members(alpha) == ["alice@alpha.test"])
    listed = beta.firm.ask("partner", "withdrawn", "alpha.test")

    expected = {"domain": "alpha.test", "person": "bob@beta.test", "community": "plans@alpha.test"}
    assert (done, again) == (expected | {"changed": True}, expected | {"changed": False})
    assert [(one["person"], one["community"]) for one in listed] == [("bob@beta.test", "plans@alpha.test")]
    assert follow(beta).status_code == 403

    assert beta.firm.ask("partner", "readmit", *words) == expected | {"changed": True}
    assert beta.firm.ask("partner", "withdrawn", "alpha.test") == []
    assert follow(beta).status_code == 200
    soon(lambda: "bob@beta.test" in members(alpha))
    assert all(office.firm.ask("audit", "verify")["ok"] for office in firms)


def test_what_is_not_ones_own_to_withdraw_is_refused_by_name(firms: tuple[Office, Office]) -> None:
    _, beta = firms
    follow(beta)

    assert "alice@alpha.test" in beta.firm.refusal("partner", "withdraw", "alpha.test", "alice@alpha.test", "plans")
    assert "no community board" in beta.firm.refusal("partner", "withdraw", "alpha.test", "bob", "board")
    assert "not a partner" in beta.firm.refusal("partner", "withdraw", "gamma.test", "bob", "plans")
    beta.firm.ask("partner", "suspend", "alpha.test")
    assert "not active" in beta.firm.refusal("partner", "withdraw", "alpha.test", "bob", "plans")


def test_an_operator_takes_back_what_somebody_wrote_after_looking_how_much_it_is(firms: tuple[Office, Office]) -> None:
    """Product section 9."""
    alpha, beta = firms
    follow(beta)
    soon(lambda: "bob@beta.test" in members(alpha))
    token = beta.firm.ask("user", "token", "bob", "--scopes", "read write follow")["access_token"]
    requests.post(
        f"{beta.address}/api/v1/statuses",
        {"status": "@plans@alpha.test The price of saffron"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=PATIENCE_SECONDS,
    ).raise_for_status()
    words = ("partner", "withdraw-posts", "alpha.test", "bob")

    seen, done, after = (beta.firm.ask(*words, *more) for more in (("plans", "--preview"), (), ()))

    one = {"posts": 1, "communities": [{"community": "plans@alpha.test", "posts": 1}]}
    none = {"posts": 0, "communities": []}
    whose = {"domain": "alpha.test", "person": "bob@beta.test"}
    assert (seen, done, after) == (whose | one, whose | one, whose | none)
    soon(lambda: [row["state"] for row in beta.firm.ask("partner", "receipts", "alpha.test")] == ["done"])
    assert beta.firm.ask("audit", "verify")["ok"]
    assert "nobody of this firm" in beta.firm.refusal("partner", "withdraw-posts", "alpha.test", "alice@alpha.test")


def test_an_operator_blocks_one_account_of_a_partner_and_lets_it_in_again(firms: tuple[Office, Office]) -> None:
    """Group federation 18: the server that runs hears of it within a second; unblocked, they ask to join anew."""
    alpha, beta = firms
    assert follow(beta).status_code == 200
    soon(lambda: "bob@beta.test" in members(alpha))

    done, again = (alpha.firm.ask("partner", "block-account", "@bob@beta.test", "--reason", "Spam") for _ in range(2))
    listed = alpha.firm.ask("partner", "blocked-accounts")

    expected = {"account": "bob@beta.test"}
    assert (done, again) == (expected | {"changed": True}, expected | {"changed": False})
    assert ([one["account"] for one in listed], members(alpha)) == (["bob@beta.test"], ["alice@alpha.test"])
    assert "of this firm" in alpha.firm.refusal("partner", "block-account", "alice")
    assert "Nobody known" in alpha.firm.refusal("partner", "block-account", "@nobody@beta.test")
    lifted, twice = (alpha.firm.ask("partner", "unblock-account", "@bob@beta.test") for _ in range(2))
    assert (lifted["changed"], twice["changed"]) == (True, False)
    assert alpha.firm.ask("partner", "blocked-accounts") == []
    assert alpha.firm.ask("audit", "verify")["ok"] is True
