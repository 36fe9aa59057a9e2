"""Client apps, authorization codes and tokens. Secrets are stored as SHA-256 of random text (threats T145)."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text

from models.base import Base, Stored, column


class App(Base):
    """A client app that registered itself."""

    __tablename__ = "oauth_apps"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    client_id: Stored[str] = column(String(64), unique=True)
    secret_hash: Stored[str] = column(String(64))
    name: Stored[str] = column(String(200))
    website: Stored[str | None] = column(String(2000))
    redirect_uris: Stored[list[str]]
    """As registered: compared as raw text, never decoded or normalised."""
    scopes: Stored[str] = column(Text)
    """Separated by blanks."""
    created_at: Stored[datetime]


class AuthorizationCode(Base):
    """A code between consent and token: ten minutes, once, bound to everything it was given for."""

    __tablename__ = "oauth_codes"

    code_hash: Stored[str] = column(String(64), primary_key=True)
    app_id: Stored[int] = column(ForeignKey("oauth_apps.id", ondelete="CASCADE"))
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    community_id: Stored[int | None] = column(ForeignKey("communities.actor_id", ondelete="CASCADE"))
    """As of the token that it becomes."""
    redirect_uri: Stored[str] = column(Text)
    scopes: Stored[str] = column(Text)
    challenge: Stored[str | None] = column(String(128))
    """PKCE, method S256."""
    expires_at: Stored[datetime]
    used_at: Stored[datetime | None]


class Token(Base):
    """An access token. Without an actor it is an app's own (client credentials)."""

    __tablename__ = "oauth_tokens"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    token_hash: Stored[str] = column(String(64), unique=True)
    app_id: Stored[int | None] = column(ForeignKey("oauth_apps.id", ondelete="CASCADE"))
    """Null: made at the command line."""
    actor_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    community_id: Stored[int | None] = column(ForeignKey("communities.actor_id", ondelete="CASCADE"), index=True)
    """The community that acts by it. It counts as long as the actor, the person behind, leads that community."""
    scopes: Stored[str] = column(Text)
    code_hash: Stored[str | None] = column(String(64), index=True)
    """The code it was exchanged for: a second use of that code revokes the token (T135)."""
    created_at: Stored[datetime]
    revoked_at: Stored[datetime | None]


class ClientRule(Base):
    """Whether apps of this name may be given access. An app names itself, so that a rule is order, not defence."""

    __tablename__ = "client_rules"

    name: Stored[str] = column(String(200), primary_key=True)
    is_allowed: Stored[bool]
    made_at: Stored[datetime]
