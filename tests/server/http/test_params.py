"""One tree of parameters from query and body, whatever the client sends."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from aiohttp import FormData, web
from hypothesis import given
from hypothesis import strategies as st

from server.http.answers import json_answer
from server.http.errors import ApiError
from server.http.params import MAX_BODY_BYTES, MAX_FIELDS, MAX_NODES, NO_ID, PARAMS, Params, params, path_id
from server.http.tree import MAX_DEPTH, Node, grow
from tests.server.http.conftest import Client, Serve

Pairs = Sequence[tuple[str, str]]

POST_PAIRS: Pairs = [
    ("status", "héllo & welcome"),
    ("media_ids[]", "17"),
    ("media_ids[]", "4"),
    ("sensitive", "1"),
    ("poll[options][]", "yes"),
    ("poll[options][]", "no"),
    ("poll[expires_in]", "3600"),
    ("poll[multiple]", "false"),
    ("fields_attributes[7][name]", "Site"),
    ("fields_attributes[7][value]", "https://a.example"),
    ("fields_attributes[3][name]", "Town"),
    ("fields_attributes[3][value]", "Lyon"),
    ("source[privacy]", "private"),
]
POST_JSON: Mapping[str, object] = {
    "status": "héllo & welcome",
    "media_ids": [17, "4"],
    "sensitive": True,
    "poll": {"options": ["yes", "no"], "expires_in": 3600, "multiple": False},
    "fields_attributes": [{"name": "Site", "value": "https://a.example"}, {"name": "Town", "value": "Lyon"}],
    "source": {"privacy": "private"},
}
POST_READ: Mapping[str, object] = {
    "status": "héllo & welcome",
    "media_ids": [17, 4],
    "sensitive": True,
    "options": ["yes", "no"],
    "expires_in": 3600,
    "multiple": False,
    "fields": [["Site", "https://a.example"], ["Town", "Lyon"]],
    "privacy": "private",
}


async def read_post(request: web.Request) -> web.Response:
    given = await params(request)
    poll = given.inner("poll")
    fields = given.objects("fields_attributes")
    return json_answer(
        {
            "status": given.text("status"),
            "media_ids": given.ids("media_ids"),
            "sensitive": given.boolean("sensitive"),
            "options": poll.strings("options"),
            "expires_in": poll.integer("expires_in", 0, minimum=300, maximum=9999),
            "multiple": poll.boolean("multiple"),
            "fields": [[field.text("name"), field.text("value")] for field in fields],
            "privacy": given.inner("source").choice("privacy", ("public", "private")),
        }
    )


async def read_names(request: web.Request) -> web.Response:
    """What most tests here ask: `k` as a list, `text` as a text."""
    given = await params(request)
    return json_answer({"k": given.strings("k"), "text": given.text_or_none("text")})


@pytest.fixture
async def client(serve: Serve) -> Client:
    return await serve(
        web.route("*", "/api/v1/post", read_post),
        web.route("*", "/api/v1/names", read_names),
    )


def multipart(pairs: Pairs) -> FormData:
    form = FormData(default_to_multipart=True)
    for name, value in pairs:
        form.add_field(name, value)
    return form


FORMS: Sequence[tuple[str, Mapping[str, Any]]] = [
    ("form", {"data": POST_PAIRS}),
    ("JSON", {"json": POST_JSON}),
    ("query", {"params": POST_PAIRS}),
    ("JSON as bare text", {"data": msgspec.json.encode(POST_JSON), "headers": {"Content-Type": "text/plain"}}),
    ("form without a type", {"data": urlencode(POST_PAIRS).encode(), "skip_auto_headers": ["Content-Type"]}),
]


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE", "PUT", "PATCH"])
@pytest.mark.parametrize("sent", [sent for _, sent in FORMS], ids=[name for name, _ in FORMS])
async def test_every_form_on_every_method_gives_the_same_tree(
    client: Client, method: str, sent: Mapping[str, Any]
) -> None:
    response = await client.request(method, "/api/v1/post", **sent)

    assert response.status == 200
    assert await response.json() == POST_READ


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
async def test_multipart_gives_the_same_tree(client: Client, method: str) -> None:
    response = await client.request(method, "/api/v1/post", data=multipart(POST_PAIRS))

    assert response.status == 200
    assert await response.json() == POST_READ


@pytest.mark.parametrize(
    "sent",
    [
        {"data": [("k[]", "a"), ("k[]", "b")]},
        {"data": [("k[0]", "a"), ("k[1]", "b")]},
        {"data": [("k[1]", "b"), ("k[0]", "a")]},
        {"data": [("k", "a"), ("k", "b")]},
        {"json": {"k": ["a", "b"]}},
        {"json": {"k": {"1": "b", "0": "a"}}},
        {"params": [("k[]", "a"), ("k[]", "b")]},
        {"data": multipart([("k[0]", "a"), ("k[1]", "b")])},
    ],
)
async def test_every_spelling_of_a_list_is_the_same_list(client: Client, sent: Mapping[str, Any]) -> None:
    response = await client.post("/api/v1/names", **sent)

    assert (await response.json())["k"] == ["a", "b"]


@pytest.mark.parametrize("sent", [{"data": {"k": "a"}}, {"json": {"k": "a"}}, {"params": {"k": "a"}}])
async def test_a_single_value_is_a_list_of_one(client: Client, sent: Mapping[str, Any]) -> None:
    response = await client.post("/api/v1/names", **sent)

    assert (await response.json())["k"] == ["a"]


async def test_a_list_written_in_python_is_one_unknown_word_and_no_error(client: Client) -> None:
    response = await client.get("/api/v1/names", params={"k[]": "['follow', 'favourite']"})

    assert response.status == 200


async def test_the_body_wins_over_the_query(client: Client) -> None:
    response = await client.post("/api/v1/names", params={"text": "query", "k": "q"}, json={"text": "body"})

    assert await response.json() == {"text": "body", "k": ["q"]}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"[" * 5000, "application/json"),
        (b'{"text": NaN}', "application/json"),
        (b'{"text": "\\ud800"}', "application/json"),
        (b'{"text": "\xff"}', "application/json"),
        (b'{"text": 1e999}', "application/json"),
        (b"no form at all", "multipart/form-data; boundary=x"),
        (b"no boundary", "multipart/form-data"),
    ],
)
async def test_a_body_that_cannot_be_read_is_400_in_json(client: Client, body: bytes, content_type: str) -> None:
    response = await client.post("/api/v1/names", data=body, headers={"Content-Type": content_type})

    assert response.status == 400
    assert "error" in await response.json()


@pytest.mark.parametrize("body", [b"[1, 2]", b'"text"', b"", b"  ", b"null"])
async def test_json_that_is_no_object_gives_no_parameters(client: Client, body: bytes) -> None:
    response = await client.post("/api/v1/names", data=body, headers={"Content-Type": "application/json"})

    assert await response.json() == {"k": [], "text": None}


@pytest.mark.parametrize(
    "query", ["%ff=%fe&text=%ff", "text[=1&]=2&[]=3&k[[]=4", "&&&=&=&", "text[a]=1&text=2", "k[a][=1&k=2&k[]=3", "%"]
)
async def test_queries_of_rubbish_are_answered(client: Client, query: str) -> None:
    response = await client.get(f"/api/v1/names?{query}")

    assert response.status == 200


async def test_a_body_at_the_limit_is_read_and_one_byte_more_is_413(client: Client) -> None:
    """T080, with a length that is told."""
    start = b"text="

    allowed = await client.post("/api/v1/names", data=start + b"a" * (MAX_BODY_BYTES - len(start)))
    refused = await client.post("/api/v1/names", data=start + b"a" * (MAX_BODY_BYTES - len(start) + 1))

    assert allowed.status == 200
    assert refused.status == 413
    assert await refused.json() == {"error": "File is too big"}
    assert refused.headers["Connection"] == "close"


async def test_a_chunked_body_over_the_limit_is_413(client: Client) -> None:
    """T080, without a length."""

    async def chunks(total: int) -> Any:
        for start in range(0, total, 65536):
            yield b"a" * min(65536, total - start)

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    allowed = await client.post("/api/v1/names", data=chunks(MAX_BODY_BYTES), headers=headers)
    refused = await client.post("/api/v1/names", data=chunks(MAX_BODY_BYTES + 1), headers=headers)

    assert allowed.status == 200
    assert refused.status == 413


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "x-unknown"])
async def test_a_compressed_body_is_415_and_a_plain_one_is_read(client: Client, encoding: str) -> None:
    """T081."""
    body = b"text=1"

    refused = await client.post("/api/v1/names", data=body, headers={"Content-Encoding": encoding})
    allowed = await client.post("/api/v1/names", data=body, headers={"Content-Encoding": "identity"})

    assert refused.status == 415
    assert "error" in await refused.json()
    assert allowed.status == 200


async def test_a_form_with_one_pair_too_many_is_400(client: Client) -> None:
    """T098."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    allowed = await client.post("/api/v1/names", data="&".join(["k=1"] * MAX_FIELDS), headers=headers)
    refused = await client.post("/api/v1/names", data="&".join(["k=1"] * (MAX_FIELDS + 1)), headers=headers)

    assert allowed.status == 200
    assert refused.status == 400


async def test_json_nested_one_level_too_deep_is_400(client: Client) -> None:
    def nested(levels: int) -> bytes:
        return b'{"k":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"

    headers = {"Content-Type": "application/json"}

    allowed = await client.post("/api/v1/names", data=nested(MAX_DEPTH + 1), headers=headers)
    refused = await client.post("/api/v1/names", data=nested(MAX_DEPTH + 2), headers=headers)

    assert allowed.status == 200
    assert refused.status == 400


async def test_json_with_one_value_too_many_is_400(client: Client) -> None:
    """The object and the list count as values too."""
    allowed = await client.post("/api/v1/names", json={"k": [1] * (MAX_NODES - 2)})
    refused = await client.post("/api/v1/names", json={"k": [1] * (MAX_NODES - 1)})

    assert allowed.status == 200
    assert refused.status == 400


async def test_parameters_are_read_once_a_request(serve: Serve) -> None:
    async def twice(request: web.Request) -> web.Response:
        return json_answer({"same": await params(request) is await params(request) is request[PARAMS]})

    client = await serve(web.post("/api/v1/twice", twice))

    response = await client.post("/api/v1/twice", data={"a": "1"})

    assert await response.json() == {"same": True}


@pytest.mark.parametrize(
    ("given_id", "status"),
    [("12", 200), (str(2**63 - 1), 200), (str(2**63), 404), ("0", 404), ("abc", 404), ("-1", 404), ("1.5", 404)],
)
async def test_an_id_in_a_path_that_cannot_be_one_is_404(serve: Serve, given_id: str, status: int) -> None:
    async def show(request: web.Request) -> web.Response:
        return json_answer({"id": str(path_id(request))})

    client = await serve(web.get("/api/v1/things/{id}", show))

    response = await client.get(f"/api/v1/things/{given_id}")

    assert response.status == status


def of(**tree: Node) -> Params:
    return Params(tree)


@pytest.mark.parametrize("word", ["false", "0", "f", "off", "no", "none", "null", "", "False", "OFF", "None", False, 0])
def test_words_for_false(word: Node) -> None:
    assert of(word=word).boolean("word", default=True) is False


@pytest.mark.parametrize("word", ["true", "1", "True", "on", "yes", "anything", True, 1])
def test_all_else_is_true(word: Node) -> None:
    assert of(word=word).boolean("word") is True


@pytest.mark.parametrize("name", ["absent", "null"])
def test_null_and_absent_mean_not_given(name: str) -> None:
    given = of(null=None)

    assert not given.has(name)
    assert given.text_or_none(name) is None
    assert given.boolean_or_none(name) is None
    assert given.ids_or_none(name) is None
    assert given.strings_or_none(name) is None
    assert given.integer(name, 20, minimum=1, maximum=40) == 20


def test_the_empty_string_clears_a_text_and_is_not_given_for_anything_else() -> None:
    given = of(name="")

    assert given.text_or_none("name") == ""
    assert given.id("name") is None
    assert given.integer_or_none("name") is None
    assert given.instant("name") is None
    assert given.choice("name", ("a", "b")) is None
    assert given.strings_or_none("name") == []


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("20", 20),
        (20, 20),
        (20.0, 20),
        ("0", 1),
        ("-5", 1),
        ("40", 40),
        ("41", 40),
        ("1000000000", 40),
        ("9" * 5000, 40),
        ("-" + "9" * 5000, 1),
        ("abc", 15),
        ("", 15),
        ("1e3", 15),
        ("٣", 15),
        ([], 15),
        ({}, 15),
        (True, 15),
    ],
)
def test_a_limit_is_clamped_and_never_refused(limit: Node, expected: int) -> None:
    """T103."""
    assert of(limit=limit).integer("limit", 15, minimum=1, maximum=40) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e\u0301", "é"),
        ("a\r\nb\nc", "a\nb\nc"),
        ("a\0b", "ab"),
        ("\udcff", "?"),
        (12, "12"),
        (True, "true"),
        (["a", "b"], "b"),
        ({"a": "b"}, None),
        ([], None),
    ],
)
def test_text_is_normalised(text: Node, expected: str | None) -> None:
    assert of(text=text).text_or_none("text") == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("17", 17),
        (17, 17),
        (str(2**63 - 1), 2**63 - 1),
        (str(2**63), NO_ID),
        ("x", NO_ID),
        (-1, NO_ID),
        ("1" * 20, NO_ID),
        ({"id": "17"}, NO_ID),
        ([], NO_ID),
        (["1", {}], NO_ID),
        (["1", "17"], 17),
        (None, None),
        ("", None),
    ],
)
def test_an_id_is_digits_and_anything_else_is_the_id_of_nothing(sent: Node, expected: int | None) -> None:
    assert of(id=sent).id("id") == expected


def test_a_list_of_ids_keeps_the_order_and_leaves_out_what_is_none() -> None:
    assert of(id=["3", "x", 1, "3", None, "", {"a": "b"}]).ids("id") == [3, 1]


def test_a_list_is_cut_at_its_maximum() -> None:
    """T094."""
    given = of(id=[str(number) for number in range(1, 100)], options=["a"] * 100, rows=[{"a": "b"}] * 100)

    assert len(given.ids("id", maximum=40)) == 40
    assert len(given.strings("options", maximum=5)) == 5
    assert len(given.objects("rows", maximum=4)) == 4


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2026-01-31T12:05:00.123Z", "2026-01-31T12:05:00.123000+00:00"),
        ("2026-01-31T12:05:00+02:00", "2026-01-31T10:05:00+00:00"),
        ("2026-01-31T12:05:00", "2026-01-31T12:05:00+00:00"),
        ("2026-01-31", "2026-01-31T00:00:00+00:00"),
        ("2026-01-31t12:05:00z", "2026-01-31T12:05:00+00:00"),
        ("2026-01-31T12:05:00.123456789-01:30", "2026-01-31T13:35:00.123456+00:00"),
    ],
)
def test_instants_are_read_in_utc(sent: str, expected: str) -> None:
    at = of(at=sent).instant("at")

    assert at is not None
    assert at.isoformat() == expected


@pytest.mark.parametrize(("sent", "expected"), [("a", "a"), (["b", "a"], "a"), ("", None), (None, None)])
def test_a_word_of_few_is_one_of_them_or_not_given(sent: Node, expected: str | None) -> None:
    assert of(kind=sent).one_of("kind", ("a", "b"), called="Kind") == expected


@pytest.mark.parametrize("sent", ["c", "A", 1, True, {}, {"a": "a"}, [], ["a", {}]])
def test_any_other_word_is_refused_where_it_must_not_be_passed_over(sent: Node) -> None:
    with pytest.raises(ApiError, match="Validation failed: Kind is not included in the list") as refused:
        of(kind=sent).one_of("kind", ("a", "b"), called="Kind")

    assert refused.value.status == 422


_NO_DATES: list[Node] = ["soon", "2026-13-01", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", {}, [], [{}]]


@pytest.mark.parametrize("sent", _NO_DATES)
async def test_a_date_that_is_none_is_422(serve: Serve, sent: Node) -> None:
    async def schedule(request: web.Request) -> web.Response:
        return json_answer({"at": (await params(request)).instant("scheduled_at")})

    client = await serve(web.post("/api/v1/schedule", schedule))

    response = await client.post("/api/v1/schedule", json={"scheduled_at": sent})

    assert response.status == 422
    assert (await response.json())["error"].startswith("Validation failed: ")


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(Exception, match="param is missing or the value is empty: file"):
        of(file=" ").required("file")


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("k[][a]", "1"), ("k[][b]", "2"), ("k[][a]", "3")], {"k": [{"a": "1", "b": "2"}, {"a": "3"}]}),
        ([("k[][a][]", "1"), ("k[][a][]", "2")], {"k": [{"a": ["1", "2"]}]}),
        ([("k[][a][b]", "1"), ("k[][a][c]", "2")], {"k": [{"a": {"b": "1", "c": "2"}}]}),
        ([("k[0][a]", "1"), ("k[1][a]", "2")], {"k": {"0": {"a": "1"}, "1": {"a": "2"}}}),
        ([("a[b][c]", "1"), ("a[b][d]", "2")], {"a": {"b": {"c": "1", "d": "2"}}}),
        ([("a", "1"), ("a[b]", "2")], {"a": "1"}),
        ([("a[b]", "1"), ("a", "2"), ("a[]", "3")], {"a": {"b": "1"}}),
        ([("a", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
        ([("a[b", "1"), ("[x]", "2"), ("a]b[", "3")], {"a[b": "1", "[x]": "2", "a]b[": "3"}),
    ],
)
def test_keys_with_brackets_grow_a_tree(pairs: Pairs, expected: Mapping[str, object]) -> None:
    assert grow(pairs) == expected


def test_a_key_as_deep_as_allowed_is_kept_and_a_deeper_one_is_left_out() -> None:
    allowed, refused = "a" + "[b]" * (MAX_DEPTH - 1), "c" + "[d]" * MAX_DEPTH

    tree = grow([(allowed, "1"), (refused, "1")])

    assert set(tree) == {"a"}


def test_rows_of_a_profile_keep_the_order_in_which_they_were_sent() -> None:
    tree = grow([("f[1700][name]", "first"), ("f[3][name]", "second")])

    assert [row.text("name") for row in Params(tree).objects("f")] == ["first", "second"]


KEYS = st.text(alphabet="ab[]01", max_size=12)


@given(st.lists(st.tuples(KEYS, st.text(max_size=5))))
def test_no_pairs_of_any_kind_break_the_tree_or_its_readers(pairs: Pairs) -> None:
    given = Params(grow(pairs))

    for name in ("a", "b", "ab", "0"):
        given.text(name)
        given.boolean(name)
        given.ids(name)
        given.strings(name)
        given.objects(name)
        given.inner(name)
        given.file(name)


@given(st.lists(st.text(alphabet="abc", min_size=1), min_size=1, max_size=20))
def test_appended_and_numbered_lists_read_the_same(items: list[str]) -> None:
    appended = Params(grow([("k[]", item) for item in items]))
    numbered = Params(grow([(f"k[{number}]", item) for number, item in enumerate(items)]))

    assert appended.strings("k") == numbered.strings("k") == items
