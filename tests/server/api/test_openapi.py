"""The OpenAPI document describes what runs: it names every route and no other, and a program that tries everything that
it allows and forbids finds nothing.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from server.api.endpoint import ROOT
from server.api.routes import ENDPOINTS, ROUTES
from tests.support.firm import App, Document, Firm

EXAMPLES = "15"


async def test_the_document_names_every_route_and_no_other(firm: Firm) -> None:
    found = await firm.nobody.get(f"{ROOT}/openapi.json")

    described = {(method.upper(), ROOT + path) for path, methods in found["paths"].items() for method in methods}
    served = {(method, path) for method, path, _ in ROUTES if method != "*" and not path.endswith(".json")}

    assert described == served == {(one.method, ROOT + one.path) for one in ENDPOINTS}
    assert found["servers"] == [{"url": "http://home.test" + ROOT}]


async def test_scopes_parameters_and_bodies_are_those_of_the_code(firm: Firm) -> None:
    found = await firm.nobody.get(f"{ROOT}/openapi.json")

    for one in ENDPOINTS:
        operation = found["paths"][one.path][one.method.lower()]
        named = {parameter["name"]: parameter["in"] for parameter in operation["parameters"]}
        in_path = dict.fromkeys(re.findall(r"\{(\w+)\}", one.path), "path")
        assert named == in_path | dict.fromkeys(one.query.__struct_fields__, "query")
        assert operation["security"] == [{"token": list(one.scopes)}]
        assert ("requestBody" in operation) == (one.body is not None or one.file is not None)
        if one.body is not None:
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            schema = found["components"]["schemas"][reference.rpartition("/")[2]]
            assert set(schema["properties"]) == set(one.body.__struct_fields__)
    assert json.dumps(found).count("$ref") > 20


async def test_a_program_that_tries_everything_finds_nothing(
    firm: Firm, alice: App, bob: App, sites: Document, tmp_path: Path
) -> None:
    """Whatever the document allows is answered as it says, and what it forbids is refused; never a 500."""
    asked = await bob.say("@sites Who knows?")
    await bob.answer(asked, "I do")
    carol, eve = await firm.person("carol"), await firm.person("eve")
    await carol.follow(sites)
    report = await bob.post("/api/v1/reports", account_id=carol.id, status_ids=[(await carol.say("@sites Ha"))["id"]])
    document = await firm.nobody.get(f"{ROOT}/openapi.json")
    document["servers"] = [{"url": f"http://127.0.0.1:{firm.port}{ROOT}"}]
    known = {
        "community": sites["id"],
        "thread": asked["id"],
        "account_id": [carol.id, eve.id],
        "report_id": report["id"],
    }
    with_real_ids(document, known)
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document))
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "run",
        str(path),
        "--header",
        f"Authorization: Bearer {alice.token}",
    ]
    command += ["--url", f"http://127.0.0.1:{firm.port}{ROOT}", "--max-examples", EXAMPLES, "--no-color", "--seed", "7"]

    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def with_real_ids(document: Document, known: Mapping[str, str | list[str]]) -> None:
    """Ids of what is there as the only ones of their kind: behind a 404 there is little to try."""
    for path, methods in document["paths"].items():
        of_path = "thread" if path.startswith("/threads") else "community"
        for operation in methods.values():
            for parameter in operation["parameters"]:
                found = known.get(of_path if parameter["name"] == "id" else parameter["name"])
                if found is not None and parameter["in"] == "path":
                    parameter["schema"] = {"type": "string", "enum": found if isinstance(found, list) else [found]}
