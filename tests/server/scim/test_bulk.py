"""Several operations in one request (RFC 7644, 3.7): each as if it had come alone, named before it is made."""

from typing import Any

from models.queries import directory as reading
from server.scim.bulk import MAX_OPERATIONS
from tests.server.scim.conftest import GROUP, PATCH, USER, Directory, done
from tests.support.firm import Firm

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def person(name: str) -> dict[str, Any]:
    return {
        "method": "POST",
        "path": "/Users",
        "bulkId": name,
        "data": {"schemas": [USER], "userName": f"{name}@corp.example"},
    }


async def outcomes(directory: Directory, *operations: dict[str, Any], **job: Any) -> list[dict[str, Any]]:
    answer = done(await directory.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": list(operations), **job}))
    assert answer["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]
    found: list[dict[str, Any]] = answer["Operations"]
    return found


async def test_people_and_their_group_are_made_in_one_job_the_group_first(directory: Directory) -> None:
    group = {
        "method": "POST",
        "path": "/Groups",
        "bulkId": "all",
        "data": {
            "schemas": [GROUP],
            "displayName": "All",
            "members": [{"value": "bulkId:ada"}, {"value": "bulkId:ben"}],
        },
    }
    results = await outcomes(directory, group, person("ada"), person("ben"))
    by_name = {one["bulkId"]: one for one in results}
    read = done(await directory.ask("GET", f"/Groups/{by_name['all']['location'].rpartition('/')[2]}"))

    assert [one["status"] for one in results] == ["201"] * 3
    assert len(read["members"]) == 2
    assert by_name["ada"]["version"].startswith('W/"')


async def test_one_that_fails_fails_alone(directory: Directory) -> None:
    ada = await directory.add("ada")
    switched_off = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": "False"}]}
    results = await outcomes(
        directory,
        person("ada"),
        {"method": "PATCH", "path": f"/Users/{ada['id']}", "data": switched_off},
        {"method": "DELETE", "path": f"/Users/{ada['id']}", "version": 'W/"1"'},
        {"method": "DELETE", "path": f"/Users/{ada['id']}"},
        {"method": "PUT", "path": f"/Users/{ada['id']}", "data": person("ada")["data"]},
    )

    assert [one["status"] for one in results] == ["409", "200", "412", "204", "404"]
    assert results[0]["response"]["scimType"] == "uniqueness"
    assert "response" not in results[1]


async def test_a_job_ends_after_as_many_failures_as_it_allows(directory: Directory) -> None:
    wrong = {"method": "DELETE", "path": "/Users/17"}
    results = await outcomes(directory, wrong, wrong, person("ada"), failOnErrors=2)

    assert [one["status"] for one in results] == ["404", "404"]


async def test_what_names_nothing_that_is_made_or_only_each_other_is_refused(directory: Directory) -> None:
    def group(name: str, other: str) -> dict[str, Any]:
        data = {"schemas": [GROUP], "displayName": name, "members": [{"value": f"bulkId:{other}"}]}
        return {"method": "POST", "path": "/Groups", "bulkId": name, "data": data}

    results = await outcomes(directory, group("a", "b"), group("b", "a"), group("c", "nobody"))

    assert [one["status"] for one in results] == ["409"] * 3


async def test_what_is_no_operation_is_refused_and_named(directory: Directory) -> None:
    results = await outcomes(
        directory,
        {"method": "GET", "path": "/Users/1", "data": {}},
        {"method": "POST", "path": "/Cars", "bulkId": "c", "data": {}},
        {"method": "POST", "path": "/Users", "bulkId": "d"},
        {"path": ["x"]},
    )

    assert [one["status"] for one in results] == ["400", "404", "400", "404"]


async def test_a_job_has_a_bound(directory: Directory) -> None:
    """Threats T240: a hundred operations, and not one more."""
    wrong = {"method": "DELETE", "path": "/Users/17"}
    most = await outcomes(directory, *[wrong] * MAX_OPERATIONS)
    more = await directory.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": [wrong] * (MAX_OPERATIONS + 1)})
    none = await directory.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": "x"})
    twice = await directory.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": [person("a"), person("a")]})
    config = done(await directory.ask("GET", "/ServiceProviderConfig"))

    assert len(most) == MAX_OPERATIONS
    assert (more.status, none.status, twice.status) == (413, 400, 400)
    assert config["bulk"] == {"supported": True, "maxOperations": MAX_OPERATIONS, "maxPayloadSize": 1024 * 1024}


async def test_a_flood_in_one_job_is_held_as_any_other(firm: Firm, directory: Directory) -> None:
    """Threats T240."""
    people = [await directory.add(f"person{number}") for number in range(4)]
    await outcomes(directory, *[{"method": "DELETE", "path": f"/Users/{one['id']}"} for one in people])

    async with firm.runtime.db.read() as tx:
        assert len(await reading.held(tx)) == 3
