"""The house rules that can be counted: lengths, docstrings, what every package folder has."""

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from federation.errors import REASONS
from server.libraries import libraries

REPOSITORY = Path(__file__).parents[1]
PACKAGES = ("server", "federation", "models")
MAX_FILE_LINES, MAX_FUNCTION_LINES = 400, 40

EXEMPT = ("routes.py", "entities.py", "vocab/types.py")
"""Tables of contents and tables of types: long, and read one entry at a time."""


def sources(*folders: str) -> list[Path]:
    """Every module, without migrations, which are written once by a program."""
    found = sorted(path for folder in folders for path in (REPOSITORY / folder).rglob("*.py"))
    return [path for path in found if "versions" not in path.parts]


def budgeted(*folders: str) -> list[Path]:
    """Modules whose lengths count."""
    return [path for path in sources(*folders) if not path.as_posix().endswith(EXEMPT)]


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_file_is_longer_than_its_budget() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in budgeted(*PACKAGES)}

    assert {name: length for name, length in lengths.items() if length > MAX_FILE_LINES} == {}


def test_no_function_is_longer_than_its_budget() -> None:
    lengths = {
        f"{name_of(path)}:{function.name}": lines_of(function)
        for path in budgeted(*PACKAGES)
        for function in functions(ast.parse(path.read_text()))
    }

    assert {name: length for name, length in lengths.items() if length > MAX_FUNCTION_LINES} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in sources(*PACKAGES)
        if path.name != "__init__.py" and ast.get_docstring(ast.parse(path.read_text())) is None
    ]

    assert silent == []


def test_every_folder_of_code_is_a_package_with_an_empty_init() -> None:
    folders = {path.parent for path in sources(*PACKAGES, "tests")}
    wrong = [
        name_of(folder)
        for folder in sorted(folders)
        if not (folder / "__init__.py").exists() or (folder / "__init__.py").read_text()
    ]

    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_the_readme_of_every_package_names_its_files_and_folders(package: str) -> None:
    text = (REPOSITORY / package / "README.md").read_text()
    present = [
        path for path in (REPOSITORY / package).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    ]
    names = {path.name if path.is_file() else f"{path.name}/" for path in present} - {"__init__.py"}
    # Tables of one theme each stand in one line of the map.
    tables = {path.name for path in present if "__tablename__" in (path.read_text() if path.is_file() else "")}

    assert sorted(name for name in names - tables if f"`{name}`" not in text) == []


def test_everything_that_can_be_imported_elsewhere_is_described() -> None:
    """Style: a docstring on everything imported from another module; public classes, here, and what they offer."""
    silent = [
        f"{name_of(path)}:{node.name}"
        for path in sources(*PACKAGES)
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and ast.get_docstring(node) is None
    ]

    assert silent == []


def test_every_change_note_is_of_a_kind_that_gets_into_the_list_of_changes() -> None:
    """A note of another kind is left out without a word."""
    notes = (REPOSITORY / "deploy" / "changes").glob("[!.]*.md")

    assert [note.name for note in notes if not note.name.endswith((".feature.md", ".bugfix.md"))] == []


def test_every_reason_code_is_one_of_the_fixed_set() -> None:
    """A new code belongs into `federation.errors.REASONS`: counters would hide it behind `other` (threats 1.3)."""
    given = {
        keyword.value.value
        for path in sources("federation", "server")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str)
    }

    assert given - REASONS == set()


WITH_ANOTHER = {"multidict", "yarl", "pydantic", "email_validator"}
"""Parts of what aiohttp and scim2-models offer, which bring them."""


def imported(tree: ast.AST) -> Iterator[str]:
    """The first names of what a module loads, at once or when it is needed."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]
            case ast.Call(func=ast.Name(id="import_module"), args=[ast.Constant(value=str(module)), *_]):
                yield module.partition(".")[0]


def test_all_that_the_program_loads_is_installed_with_it() -> None:
    """`pip install .` gives a complete program: no setting needs more than that."""
    not_asked_for = {*PACKAGES, *WITH_ANOTHER, *sys.stdlib_module_names}
    loaded = {name for path in sources(*PACKAGES) for name in imported(ast.parse(path.read_text()))} - not_asked_for
    distributions = packages_distributions()

    asked_for = {one.name.lower().replace("-", "_") for one in libraries()}

    bringers = {name: {one.lower().replace("-", "_") for one in distributions[name]} for name in loaded}
    assert {name for name, bringing in bringers.items() if not bringing & asked_for} == set()
