"""The table of settings in `server/README.md`, made from `Settings`.

`python -m server.settings_reference` writes it anew.
"""

import ast
import inspect
from pathlib import Path

from server.settings import PREFIX, Settings, default_text

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- settings: begin -->", "<!-- settings: end -->"


def table() -> str:
    """The Markdown table: environment name, default, meaning."""
    meanings = _meanings()
    rows = [
        f"| `{PREFIX}{name.upper()}` | {default_text(name)} | {meanings[name]} |" for name in Settings.__struct_fields__
    ]
    return "\n".join(["| setting | default | meaning |", "| --- | --- | --- |", *rows])


def renewed(text: str) -> str:
    """The README with the present table between its markers."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def _meanings() -> dict[str, str]:
    """The sentence under each field, which Python itself does not keep."""
    body = ast.parse(inspect.getsource(Settings)).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            assert isinstance(text, ast.Expr)
            assert isinstance(text.value, ast.Constant)
            found[field.target.id] = str(text.value.value)
    return found


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
