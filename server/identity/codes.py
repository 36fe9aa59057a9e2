"""Codes of an app, anew every thirty seconds (RFC 6238), and codes on paper. Loaded with its first use."""

from base64 import b32encode, urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Final

import pyotp
import segno

from models.base import EPOCH
from models.engine import WriteTx
from models.queries import factors as reading
from models.vault import Vault
from models.writes import factors
from server.actions.local_actors import Here
from server.actions.secret_hash import secret_hash

STEP: Final = timedelta(seconds=30)
_DIGITS: Final = 6
_DRIFT: Final = 1
"""Steps by which a phone's clock may be wrong, either way (RFC 6238, 5.2 recommends one)."""

_SEALED_AS: Final = "what an app makes codes from"
PAPER_CODES: Final = 10
_PAPER_BYTES: Final = 10


def new_secret(here: Here) -> str:
    """160 bits, as RFC 4226 recommends, in base32."""
    return b32encode(_random(here, 20)).decode()


def sealed(vault: Vault, secret: str) -> bytes:
    """The secret as it is stored."""
    return vault.seal(secret.encode(), _SEALED_AS)


def address(secret: str, *, name: str, issuer: str) -> str:
    """What an app reads from the picture (`otpauth:`)."""
    return pyotp.TOTP(secret, digits=_DIGITS).provisioning_uri(name=name, issuer_name=issuer)


def picture(secret: str, *, name: str, issuer: str) -> str:
    """The same as a QR code: an SVG for the middle of a page."""
    code = segno.make(address(secret, name=name, issuer=issuer), error="m", micro=False)
    drawn = code.svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return str(drawn)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code this is, by clocks that differ by less than a minute; None for a wrong one."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit() and len(digits) == _DIGITS):
        return None
    generator, present = pyotp.TOTP(secret, digits=_DIGITS), (now - EPOCH) // STEP
    steps = range(present - _DRIFT, present + _DRIFT + 1)
    # Every step is looked at, so that the time says nothing.
    fitting = [step for step in steps if pyotp.utils.strings_equal(generator.generate_otp(step), digits)]
    return fitting[-1] if fitting else None


async def take(tx: WriteTx, here: Here, actor_id: int, code: str) -> bool:
    """Use up a code of the app or one on paper (threats T124); False where it is neither, or was used."""
    generator = await reading.generator_of(tx, actor_id)
    if generator is not None:
        step = step_of(here.vault.open(generator[0], _SEALED_AS).decode(), code, here.clock.now())
        if step is not None:
            return await factors.take_step(tx, actor_id, step=step)
    return await factors.take_code(tx, actor_id, secret_hash(plain(code)))


async def new_paper(tx: WriteTx, here: Here, actor_id: int) -> list[str]:
    """Ten codes for a sheet of paper, in the place of all earlier ones; shown once."""
    made = [b32encode(_random(here, _PAPER_BYTES)).decode().lower() for _ in range(PAPER_CODES)]
    await factors.set_codes(tx, actor_id, [secret_hash(one) for one in made])
    return ["-".join(one[start : start + 4] for start in range(0, len(one), 4)) for one in made]


def plain(code: str) -> str:
    """A code on paper, however it was typed."""
    return "".join(code.replace("-", " ").split()).lower()


def _random(here: Here, length: int) -> bytes:
    text = here.tokens.secret(length)
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
