"""Libraries that a quiet server does without: of provisioning, pictures, other databases, tokens, texts in Markdown."""

import subprocess
import sys

from tests.support.commands import REPOSITORY


def test_serving_loads_no_library_that_only_its_first_use_needs() -> None:
    """Of the 110 MiB that a quiet server may take they would be thirty-three."""
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
        "joserfc",
        "cryptography.x509",
        "markdown_it",
        "babel.messages",
    )
    program = f"import sys, server.cli.main, server.cli.serve; print([one for one in {heavy} if one in sys.modules])"

    told = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True
    )

    assert told.stdout.strip() == "[]"
