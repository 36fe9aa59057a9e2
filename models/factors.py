"""What somebody proves besides a password: codes of an app (RFC 6238), passkeys (WebAuthn), and codes on paper."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String

from models.base import Base, Stored, column


class CodeGenerator(Base):
    """The secret that an app shares with us, from which both make a code every thirty seconds. One for each person."""

    __tablename__ = "code_generators"

    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    secret_sealed: Stored[bytes] = column(LargeBinary)
    last_step: Stored[int]
    """Of the last code that was taken; no code of this step or an earlier one is taken again (threats T124)."""
    created_at: Stored[datetime]


class Passkey(Base):
    """A key pair of somebody's device, of which we have the public half."""

    __tablename__ = "passkeys"

    credential_id: Stored[str] = column(String(1400), primary_key=True)
    """In URL-safe base64 without padding; at most 1023 bytes."""
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    credential: Stored[bytes] = column(LargeBinary)
    """Attested credential data (WebAuthn 6.5.1), with the public key in it."""
    uses: Stored[int]
    """The signature counter; stays 0 for passkeys that are on several devices."""
    asked_at: Stored[datetime]
    """When the last question that it answered was made; it answers each one once."""
    name: Stored[str] = column(String(100))
    created_at: Stored[datetime]


class RecoveryCode(Base):
    """One of ten codes on paper, each good for one sign-in; stored as SHA-256 of random text."""

    __tablename__ = "recovery_codes"

    code_hash: Stored[str] = column(String(64), primary_key=True)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
