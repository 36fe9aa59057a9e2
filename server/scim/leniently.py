"""What identity providers write a little otherwise than RFC 7643 has it, brought into its form before it is read.

Microsoft's writes "True" and "False" for `active`, and a manager as a bare text or without the reference to them.
"""

from typing import Any, Final

from scim2_models import EnterpriseUser

_EXTENSION: Final = str(EnterpriseUser.__schema__)
_WORDS: Final = {"true": True, "false": False}


def resource(document: dict[str, Any]) -> dict[str, Any]:
    """A person or a group, whole."""
    found = dict(document)
    if "active" in found:
        found["active"] = _truth(found["active"])
    extension = found.get(_EXTENSION)
    if isinstance(extension, dict) and "manager" in extension:
        found[_EXTENSION] = extension | {"manager": _manager(extension["manager"])}
    return found


def patch(document: dict[str, Any]) -> dict[str, Any]:
    """Operations on one."""
    operations = document.get("Operations")
    if not isinstance(operations, list):
        return document
    return document | {"Operations": [_operation(one) for one in operations]}


def _operation(operation: Any) -> Any:
    if not isinstance(operation, dict) or "value" not in operation:
        return operation
    path, value = str(operation.get("path") or "").lower(), operation["value"]
    if path == "active":
        value = _truth(value)
    elif path == f"{_EXTENSION}:manager".lower():
        value = _manager(value)
    elif not path and isinstance(value, dict):
        value = resource(value)
    return operation | {"value": value}


def _truth(value: Any) -> Any:
    return _WORDS.get(value.lower(), value) if isinstance(value, str) else value


def _manager(value: Any) -> Any:
    whole = {"value": value} if isinstance(value, str) else value
    if isinstance(whole, dict) and whole.get("value") and "$ref" not in whole:
        return whole | {"$ref": f"../Users/{whole['value']}"}
    return whole
