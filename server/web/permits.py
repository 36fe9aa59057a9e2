"""Permits: what somebody may do for a short time without being asked again who they are, bound to their session.

A permit travels in addresses and forms. It is no secret: with another session it says nothing.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from models.base import EPOCH
from server.http.keys import RUNTIME

PASSWORD: Final = "choose-password"  # noqa: S105 - a purpose, no secret
FACTORS: Final = "change-factors"


def give(request: web.Request, secret: str, purpose: str, life: timedelta) -> str:
    """A permit for the session of this secret, from now on."""
    expires = str(int((request.app[RUNTIME].clock.now() + life - EPOCH).total_seconds()))
    return f"{expires}.{_signature(request, secret, purpose, expires)}"


def stands(request: web.Request, secret: str, purpose: str, permit: str) -> bool:
    """Whether it was given to this session for this purpose, and has not run out."""
    expires, _, signature = permit.partition(".")
    expected = _signature(request, secret, purpose, expires)
    is_genuine = hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode())
    return is_genuine and _instant(expires) > request.app[RUNTIME].clock.now()


def _instant(seconds: str) -> datetime:
    return EPOCH + timedelta(seconds=int(seconds))


def _signature(request: web.Request, secret: str, purpose: str, expires: str) -> str:
    key = request.app[RUNTIME].vault.derive(purpose)
    return hmac.new(key, f"{secret}:{expires}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
