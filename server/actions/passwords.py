"""Passwords: argon2id (RFC 9106, the profile for 64 MiB), worked out in at most two threads at a time.

Any length of password counts whole (threats T123). Checking an unknown person costs what checking a known one costs,
so that the time says nothing about who has an account (T121).
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from server.actions.refusals import Refused
from server.http.languages import to_translate

MIN_CHARACTERS = 8
MAX_CHARACTERS = 1024
"""Bounds the work that an unknown visitor can cause."""

_THREADS = 2

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class Passwords:
    """Hashes and checks passwords; one for each process, since it owns the threads."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="argon2")
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """The text to store. Raises `Refused` for a password that is too short or too long."""
        if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
            raise Refused(
                to_translate("Choose a password of %(least)s to %(most)s characters."),
                least=MIN_CHARACTERS,
                most=MAX_CHARACTERS,
            )
        return await self._in_thread(self._hasher.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether the password is right. `stored` is None for unknown people and those without a password: False."""
        if len(password) > MAX_CHARACTERS:
            return False
        if self._nobodys is None:
            self._nobodys = await self._in_thread(self._hasher.hash, os.urandom(16).hex())
        is_right = await self._in_thread(self._is_right, stored or self._nobodys, password)
        return is_right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """The text was made with other parameters than today's: store a new one after the next sign-in (T123)."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    def _is_right(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
