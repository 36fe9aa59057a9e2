"""One method, all the ways in which clients send it: form, JSON, multipart, query; lists in four spellings."""

from tests.support.firm import Answer, App, Document, Firm

TEXT = "@sites Quart de nuit ?\n\nOn perd des gens – « souvent »."


def same(status: Document) -> Document:
    """A status without what differs in any case."""
    return {name: value for name, value in status.items() if name not in ("id", "uri", "url", "account", "created_at")}


async def test_a_post_is_the_same_however_it_is_sent(alice: App, sites: Document) -> None:
    fields = {"status": TEXT, "spoiler_text": "Long", "sensitive": "true", "language": "fr", "visibility": "unlisted"}

    as_form = await alice.call("POST", "/api/v1/statuses", form=fields)
    as_json = await alice.call("POST", "/api/v1/statuses", json={**fields, "sensitive": True, "poll": None})
    as_parts = await alice.call("POST", "/api/v1/statuses", multipart=list(fields.items()))
    in_query = await alice.call("POST", "/api/v1/statuses", query=fields)

    answers = [as_form, as_json, as_parts, in_query]
    assert [answer.status for answer in answers] == [200] * 4
    assert [same(answer.document) for answer in answers] == [same(as_form.document)] * 4
    assert as_form.document["language"] == "fr"


async def test_the_body_wins_over_the_query(alice: App) -> None:
    answer = await alice.call("POST", "/api/v1/statuses", query={"status": "Query"}, form={"status": "Body"})

    assert answer.document["content"] == "<p>Body</p>"


async def test_a_list_is_the_same_in_every_spelling(firm: Firm, alice: App) -> None:
    path, a, b = "/api/v1/accounts/relationships", alice.id, (await firm.person("bea")).id

    answers = [
        await alice.call("GET", path, query=[("id[]", a), ("id[]", b)]),
        await alice.call("GET", path, query=[("id[0]", a), ("id[1]", b)]),
        await alice.call("GET", path, query=[("id[1]", b), ("id[0]", a)]),
        await alice.call("GET", path, json={"id": [a, b]}),
        await alice.call("GET", path, json={"id": [int(a), int(b)]}),
        await alice.call("GET", path, form=[("id[]", a), ("id[]", b)]),
        await alice.call("GET", path, multipart=[("id[0]", a), ("id[1]", b)]),
    ]

    assert [ids(answer) for answer in answers] == [[a, b]] * 7
    assert ids(await alice.call("GET", path, query={"id": b})) == [b]


def ids(answer: Answer) -> list[str]:
    return [one["id"] for one in answer.document]


async def test_rubbish_in_a_filter_is_passed_over(alice: App, bob: App, sites: Document) -> None:
    status = await alice.say("@sites Night shifts?")
    await bob.post(f"/api/v1/statuses/{status['id']}/favourite")
    rubbish = "['follow', 'favourite', 'reblog', 'mention', 'poll']"

    found = await alice.call("GET", "/api/v1/notifications", query=[("exclude_types[]", rubbish)])

    assert [one["type"] for one in found.document] == ["favourite"]


async def test_booleans_are_false_in_every_spelling(alice: App) -> None:
    spellings = ["false", "False", "0", "f", "off", "no", "none", "null", ""]

    statuses = [await alice.say("Plain", sensitive=spelling) for spelling in spellings]

    assert {status["sensitive"] for status in statuses} == {False}
    assert (await alice.say("Not so plain", sensitive="1"))["sensitive"]


async def test_rows_of_a_profile_come_in_every_spelling(alice: App) -> None:
    path = "/api/v1/accounts/update_credentials"
    rows = [("Unit", "Plant 3"), ("Since", "2019")]
    named = {"0": {"name": "Unit", "value": "Plant 3"}, "1": {"name": "Since", "value": "2019"}}

    answers = [
        await alice.call("PATCH", path, json={"fields_attributes": list(named.values())}),
        await alice.call("PATCH", path, json={"fields_attributes": named}),
        await alice.call("PATCH", path, form=numbered(rows)),
        await alice.call("PUT", path, multipart=numbered(rows)),
    ]

    for answer in answers:
        assert [(row["name"], row["value"]) for row in answer.document["source"]["fields"]] == rows


def numbered(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (f"fields_attributes[{number}][{key}]", value)
        for number, row in enumerate(rows)
        for key, value in zip(("name", "value"), row, strict=True)
    ]


async def test_a_body_that_is_not_what_it_says_is_refused_in_json(alice: App) -> None:
    answer = await alice.call("POST", "/api/v1/statuses", form={}, Content_Type="application/json")
    broken = await alice.call("POST", "/api/v1/statuses", form={"{": ""}, Content_Type="application/json")

    assert answer.status == 422
    assert broken.status == 400
