"""Where letters are put, in the transaction of what they tell of; `mailer.py` hands them over afterwards."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from models.engine import WriteTx
from models.queries.mail import Addressee
from models.vault import Vault
from models.writes import mail
from server.notify.letters import Desk, Letter, desk
from server.settings import Settings

_PURPOSE = "mail"


@dataclass(frozen=True, slots=True)
class LetterBox:
    """A firm's. Where no mail is set up nothing is put into it."""

    settings: Settings
    vault: Vault

    @property
    def is_open(self) -> bool:
        """Mail is set up."""
        return self.settings.smtp_url is not None

    def desk(self, to: Addressee) -> Desk:
        """Where a letter to somebody is written."""
        return desk(self.settings.domain, to.language or self.settings.language, to.name)

    async def put(
        self, tx: WriteTx, to: Addressee, letter: Letter, *, kind: str, at: datetime, once_key: str | None = None
    ) -> None:
        """Owe somebody a letter. Does nothing where no mail is set up, or where it was owed before."""
        if self.is_open:
            sealed = self.vault.seal(msgspec.json.encode(letter), _PURPOSE)
            await mail.add(
                tx, actor_id=to.actor_id, recipient=to.email, kind=kind, letter=sealed, once_key=once_key, at=at
            )

    def opened(self, sealed: bytes) -> Letter:
        """What a row says."""
        return msgspec.json.decode(self.vault.open(sealed, _PURPOSE), type=Letter)
