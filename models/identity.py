"""Where a company's people sign in: identity providers, who is who there, and which groups mean which role."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String

from models.base import Base, Stored, Uri, column


class IdentityProvider(Base):
    """One provider that speaks OpenID Connect, as an administrator named it."""

    __tablename__ = "identity_providers"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    name: Stored[str] = column(String(100))
    """On the button of the sign-in page."""
    issuer: Stored[str] = column(Uri, unique=True)
    client_id: Stored[str] = column(String(400))
    secret_sealed: Stored[bytes | None] = column(LargeBinary)
    group_claim: Stored[str] = column(String(100), default="groups")
    required_groups: Stored[list[str]]
    """Whoever is in none of them gets no account and no entry; empty: everybody whom the provider knows."""
    is_enabled: Stored[bool] = column(default=False)
    tested_at: Stored[datetime | None]
    """When an administrator last signed in by it to try."""
    created_at: Stored[datetime]


class IdentityRole(Base):
    """A group at a provider, and the role that it means here."""

    __tablename__ = "identity_roles"

    provider_id: Stored[int] = column(
        ForeignKey("identity_providers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    group_name: Stored[str] = column(String(400), primary_key=True)
    role: Stored[str] = column(String(20))


class Identity(Base):
    """Somebody's name at a provider: issuer and subject, never an e-mail address (threats T147)."""

    __tablename__ = "identities"

    provider_id: Stored[int] = column(
        ForeignKey("identity_providers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    subject: Stored[str] = column(String(255), primary_key=True)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    linked_at: Stored[datetime]


class ProviderSession(Base):
    """A browser here that was signed in by a provider: what is needed to sign it out there, and from there."""

    __tablename__ = "provider_sessions"

    token_hash: Stored[str] = column(ForeignKey("sessions.token_hash", ondelete="CASCADE"), primary_key=True)
    provider_id: Stored[int] = column(ForeignKey("identity_providers.id", ondelete="CASCADE"), index=True)
    sid: Stored[str | None] = column(String(255))
    """The provider's name for its session."""
    id_token_sealed: Stored[bytes] = column(LargeBinary)
