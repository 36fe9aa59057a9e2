"""A mail server of this machine, on aiosmtpd: takes letters, refuses them, or is away."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.ports import free_port


@dataclass
class PostOffice:
    """What has come in. `refusals` are given to the next letters, one each; None: it is taken."""

    port: int
    letters: list[EmailMessage] = field(default_factory=list)
    refusals: list[str | None] = field(default_factory=list)
    signed_in_as: list[tuple[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """As settings have it."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is not None:
            return refusal
        content = cast(bytes, envelope.content)
        self.letters.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """`entrepairs` with the password `p/ss`."""
        given = cast(LoginPassword, data)
        self.signed_in_as.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=given.password == b"p/ss")


@contextmanager
def opened_post_office(*, tls: ssl.SSLContext | None = None, asks_who: bool = False) -> Iterator[PostOffice]:
    """One for the time of the block, in a thread of its own; with `tls` it offers STARTTLS and insists on it."""
    office = PostOffice(free_port())
    controller = Controller(
        office,
        hostname="127.0.0.1",
        port=office.port,
        tls_context=tls,
        require_starttls=tls is not None,
        authenticator=office.authenticate if asks_who else None,
        auth_required=asks_who,
        auth_require_tls=tls is not None,
    )
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
