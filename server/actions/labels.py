"""Naming the labels, and choosing what may be said under each (product section 3)."""

from typing import Final

import msgspec

from models.accounts import ADMIN
from models.communities import LABELS
from models.engine import WriteTx
from models.labels import CONTENT, FACT, SAYS, Labels
from models.writes import audit, state
from server.actions.local_actors import Here
from server.actions.officers import Officer
from server.actions.refusals import Invalid
from server.http.languages import LANGUAGES, to_translate

LONGEST_NAME: Final = 30


async def choose(tx: WriteTx, here: Here, labels: Labels, by: Officer) -> None:
    """These count from now on. Raises `NotAllowed`, `Invalid`."""
    by.require(ADMIN)
    _check(labels)
    details = {word: {**level.names, "says": level.says} for word, level in zip(LABELS, labels.levels, strict=True)}
    await audit.append(tx, at=here.clock.now(), actor=by.acct, action="server.labels", object="labels", details=details)
    await state.put(tx, FACT, msgspec.json.encode(labels).decode())


def _check(labels: Labels) -> None:
    for language in LANGUAGES:
        names = [level.names.get(language, "") for level in labels.levels]
        if not all(names):
            raise Invalid(to_translate("Every label has a name in both languages."))
        for name in names:
            if len(name) > LONGEST_NAME or not name.isprintable():
                raise Invalid(
                    to_translate("“%(name)s” is no name of a label: %(most)s letters at most, in one line."),
                    name=name[:LONGEST_NAME],
                    most=LONGEST_NAME,
                )
        if len({name.casefold() for name in names}) < len(names):
            raise Invalid(to_translate("Two labels cannot have the same name."))
    _check_what_is_said([level.says for level in labels.levels])


def _check_what_is_said(says: list[str]) -> None:
    """Content is said at the lowest label alone, and a higher label never says more than a lower one."""
    if not set(says) <= set(SAYS):
        raise Invalid(to_translate("Choose for each label what may be said."))
    if CONTENT in says[1:]:
        raise Invalid(to_translate("Above the lowest label neither mail nor push carries content."))
    if says != sorted(says, key=SAYS.index):
        raise Invalid(to_translate("A higher label cannot say more than a lower one."))
