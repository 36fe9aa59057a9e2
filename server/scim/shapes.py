"""SCIM resources to what our actions take, and back (RFC 7643). The library's models stay inside this package."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from email_validator import SPECIAL_USE_DOMAIN_NAMES
from scim2_models import EnterpriseUser, Group, Meta, User

from models.queries.directory import EntryRow
from server.actions import provisioning
from server.scim.addresses import BASE
from server.scim.answers import Wrong

Person = User[EnterpriseUser]
MAX_MEMBERS: Final = 10_000

# Companies have directories at firm.local, laboratories at alpha.test: the list is for the open internet.
SPECIAL_USE_DOMAIN_NAMES.clear()

_KEPT_OUT: Final = ("id", "meta", "groups", "password")


def person_of(resource: Any) -> provisioning.Person:
    """What the directory says of somebody."""
    emails = resource.emails or []
    chosen = next((one for one in emails if one.primary), emails[0] if emails else None)
    said = (str(chosen.value) if chosen is not None and chosen.value else "", str(resource.user_name))
    name = resource.name
    parts = [name.given_name, name.family_name] if name else []
    whole = resource.display_name or (name.formatted if name else None) or " ".join(part for part in parts if part)
    return provisioning.Person(
        user_name=str(resource.user_name),
        external_id=resource.external_id,
        email=next((one for one in said if provisioning.is_address(one)), ""),
        display_name=whole or "",
        is_active=resource.active is not False,
        document=_document(resource),
    )


def group_of(resource: Any) -> provisioning.Group:
    """What it says of a group. Raises `Wrong` for members that are no numbers of ours."""
    members = resource.members or []
    if len(members) > MAX_MEMBERS:
        raise Wrong(413, f"A group has at most {MAX_MEMBERS} members.")
    return provisioning.Group(
        name=str(resource.display_name),
        external_id=resource.external_id,
        members=[number_of(str(one.value)) for one in members],
        document=_document(resource),
    )


def number_of(text: str) -> int:
    """Our number of a resource. Raises `Wrong` 404 for what cannot be one."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Wrong(404, f"There is no resource {text[:60]}.")
    return int(text)


def shown_person(row: EntryRow, groups: Sequence[tuple[int, str]], base_url: str) -> Any:
    """A person as the directory reads it back, with the groups that they are in."""
    # Held: to the directory it is done; that somebody here has to confirm it is this server's affair.
    document = dict(row.document) | ({"active": row.is_active} if "active" in row.document else {})
    person: Any = Person.model_validate(document)
    person.id = str(row.id)
    person.meta = _meta(row, "User", "Users", base_url)
    if groups:
        person.groups = [
            User.Groups.model_validate(
                {"value": str(number), "display": name, "$ref": f"{base_url}{BASE}/Groups/{number}", "type": "direct"}
            )
            for number, name in groups
        ]
    return person


def shown_group(row: EntryRow, members: Sequence[tuple[int, str]], base_url: str) -> Any:
    """A group as the directory reads it back."""
    given: Any = row.document.get("members", [])
    words = {str(one.get("value")): one.get("display") for one in given}
    group: Any = Group.model_validate({name: value for name, value in row.document.items() if name != "members"})
    group.id = str(row.id)
    group.meta = _meta(row, "Group", "Groups", base_url)
    if members:
        group.members = [
            Group.Members.model_validate(
                {
                    "value": str(number),
                    "display": words.get(str(number)) or name,
                    "$ref": f"{base_url}{BASE}/Users/{number}",
                    "type": "User",
                }
            )
            for number, name in members
        ]
    return group


def etag(row: EntryRow) -> str:
    """Names a version of a resource (RFC 7644, 3.14)."""
    return f'W/"{row.version}"'


def _meta(row: EntryRow, kind: str, place: str, base_url: str) -> Meta:
    return Meta(
        resource_type=kind,
        created=row.created_at,
        last_modified=row.changed_at,
        location=f"{base_url}{BASE}/{place}/{row.id}",
        version=etag(row),
    )


def _document(resource: Any) -> dict[str, object]:
    whole: Mapping[str, object] = resource.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {name: value for name, value in whole.items() if name not in _KEPT_OUT}
