"""Handing one letter over to the firm's mail server, by SMTP (RFC 5321) under TLS.

The only mail that leaves. Its server is named by the operator, so it may be on a private address.
"""

import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from server.notify.letters import Letter
from server.settings import Settings

TIMEOUT_SECONDS: Final = 30.0
_MAX_REASON: Final = 200
_PORTS: Final = {"smtp": 587, "smtps": 465}


class NotSent(Exception):
    """The letter was not taken. `is_final`: it never will be, so that trying again is of no use."""

    def __init__(self, reason: str, *, is_final: bool) -> None:
        super().__init__(reason)
        self.reason = reason[:_MAX_REASON]
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where and as whom mail is handed over."""

    settings: Settings

    def message(self, mail_id: str, recipient: str, letter: Letter, at: datetime) -> EmailMessage:
        """The letter with its headers. Sent a second time it has the same id, by which mail servers may drop it."""
        message = EmailMessage()
        message["From"] = self.settings.sender
        message["To"] = recipient
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<{mail_id}@{self.settings.sender.rpartition('@')[2]}>"
        # RFC 3834: no holiday notices in answer.
        message["Auto-Submitted"] = "auto-generated"
        if letter.stop is not None:
            message["List-Unsubscribe"] = f"<{letter.stop}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(letter.text)
        return message

    async def send(self, message: EmailMessage) -> None:
        """Hand it over. Raises `NotSent`."""
        try:
            async with self._connection() as smtp:
                await smtp.send_message(message)
        except SMTPRecipientsRefused as error:
            refusals = [refusal.code for refusal in error.recipients]
            raise NotSent(f"the recipient was refused: {refusals}", is_final=_are_final(refusals)) from error
        except SMTPResponseException as error:
            # 535 and its like are about us and not about the letter: a password is put right, and the letter goes.
            is_about_us = error.code in (530, 534, 535, 538)
            final = _are_final([error.code]) and not is_about_us
            raise NotSent(f"refused with {error.code} {error.message}", is_final=final) from error
        except (SMTPException, OSError, ValueError) as error:
            raise NotSent(f"{type(error).__name__}: {error}", is_final=False) from error

    async def greet(self) -> None:
        """Connect and sign in, without sending anything. Raises `NotSent`."""
        try:
            async with self._connection() as smtp:
                await smtp.noop()
        except (SMTPException, OSError, ValueError) as error:
            raise NotSent(f"{type(error).__name__}: {error}", is_final=False) from error

    def _connection(self) -> SMTP:
        parts = urlsplit(self.settings.smtp_url or "")
        host = parts.hostname or ""
        return SMTP(
            hostname=host,
            port=parts.port or _PORTS[parts.scheme],
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            # Without TLS only to this machine: a letter may hold an address by which one signs in.
            start_tls=parts.scheme == "smtp" and not _is_this_machine(host),
            tls_context=self._trust(),
            timeout=TIMEOUT_SECONDS,
        )

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.settings.ca_file is not None:
            context.load_verify_locations(self.settings.ca_file)
        return context


def _are_final(codes: list[int]) -> bool:
    return bool(codes) and all(500 <= code < 600 for code in codes)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
