"""What comes from outside is read as JSON, forms and HTML, and by nothing that runs or expands what it reads."""

import ast
from pathlib import Path

PACKAGES = ("models", "federation", "server")
FORBIDDEN = {
    "xml",
    "lxml",
    "defusedxml",
    "yaml",
    "pickle",
    "dill",
    "marshal",
    "shelve",
    "plistlib",
    "tarfile",
    "zipfile",
}
ALLOWED = {
    ("server/actions/archive.py", "zipfile"): "writes what people take with them",
    ("server/actions/case_export.py", "zipfile"): "writes what a case hands over",
    ("server/activitypub/webfinger.py", "xml"): "writes attributes, reads nothing",
    ("server/backups.py", "tarfile"): "what the operator's own command wrote",
}


def imported(file: Path) -> set[str]:
    """The packages that a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_nothing_reads_xml_yaml_archives_or_pickles() -> None:
    """T102."""
    root = Path(__file__).parents[2]
    files = [file for package in PACKAGES for file in (root / package).rglob("*.py")]

    found = {(str(file.relative_to(root)), name) for file in files for name in imported(file) & FORBIDDEN}

    assert len(files) > 100
    assert found <= ALLOWED.keys(), found
