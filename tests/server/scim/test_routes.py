"""Addresses of provisioning: each is answered, and a server without a directory carries nothing of it."""

import subprocess
import sys

from server.scim.endpoints import ENDPOINTS
from server.scim.routes import ROUTES
from tests.support.commands import REPOSITORY


def test_every_address_has_what_answers_there() -> None:
    assert [(method, path) for method, path, _ in ROUTES] == list(ENDPOINTS)


def test_serving_loads_neither_its_library_nor_drivers_that_are_not_used() -> None:
    """Of the 110 MiB that a quiet server may take they would be thirty."""
    heavy = (
        "scim2_models",
        "pydantic",
        "obstore",
        "redis",
        "asyncpg",
        "PIL.Image",
        "alembic",
        "fido2",
        "pyotp",
        "segno",
    )
    program = f"import sys, server.cli.main, server.cli.serve; print([one for one in {heavy} if one in sys.modules])"

    told = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True
    )

    assert told.stdout.strip() == "[]"
