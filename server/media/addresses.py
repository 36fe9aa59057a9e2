"""The addresses under which files are shown here: `/media/…`.

Apps fetch pictures without a token, so the address of a post's file says for whom it was made and until when, under a
code that only this server can make; the gate is asked for that person each time, too (threats T162). The address of a
partner's file elsewhere is part of the code, not of the address, so that nothing else can be fetched (threats T077).
"""

import hmac
from datetime import timedelta
from typing import Final

from federation.runtime import Clock
from models.details import File
from models.media import picture_digest

LONGEST: Final = timedelta(minutes=15)
"""How long an address is good at most; at least half of it, so that it is the same for a while and can be kept."""

_CODE_CHARACTERS: Final = 32
_STEP: Final = int(LONGEST.total_seconds()) // 2


class MediaAddresses:
    """Makes the addresses and recognises them. One for the process."""

    def __init__(self, base_url: str, key: bytes, clock: Clock) -> None:
        self.base_url = base_url
        self._key = key
        self._clock = clock

    def of_file(self, post_id: int, number: int, file: File, viewer_id: int, version: str) -> str:
        """Of a post's file, for one person. Another file in its place has another address."""
        until = self._until()
        code = self.file_code(post_id, number, file, version, viewer_id, until)
        return f"{self.base_url}/media/posts/{post_id}/{number}/{version}/{viewer_id}-{until}-{code}"

    def of_upload(self, upload_id: int, viewer_id: int, version: str) -> str:
        """Of a file that is not attached to a post yet, for its owner."""
        until = self._until()
        code = self.upload_code(upload_id, version, viewer_id, until)
        return f"{self.base_url}/media/uploads/{upload_id}/{version}/{viewer_id}-{until}-{code}"

    def of_picture(self, url: str) -> str:
        """Of an actor's picture or a custom emoji: the same for everybody, and not to be guessed."""
        if url.startswith(self.of_own(self.base_url, "")):
            return url
        digest = picture_digest(url)
        return f"{self.base_url}/media/pictures/{digest}-{self.picture_code(digest)}"

    def of_small(self, url: str) -> str:
        """Of the same picture, small and still, where there is such a one."""
        address = self.of_picture(url)
        return f"{address}/small" if address == url else address

    @staticmethod
    def of_own(base_url: str, name: str) -> str:
        """Of a picture of our people, or a custom emoji of ours: for everybody who was told it, partners too."""
        return f"{base_url}/media/own/{name}"

    @staticmethod
    def of_peers(base_url: str, name: str) -> str:
        """Of a file of a post of ours, for partners' servers, which ask for it by a signed request."""
        return f"{base_url}/media/files/{name}"

    def file_code(self, post_id: int, number: int, file: File, version: str, viewer_id: int, until: int) -> str:
        """What proves an address of a file."""
        return self._code(f"file {post_id} {number} {version} {viewer_id} {until} {file.url}")

    def upload_code(self, upload_id: int, version: str, viewer_id: int, until: int) -> str:
        """What proves an address of a file that is not attached yet."""
        return self._code(f"upload {upload_id} {version} {viewer_id} {until}")

    def picture_code(self, digest: str) -> str:
        """What proves an address of a picture."""
        return self._code(f"picture {digest}")

    def is_over(self, until: int) -> bool:
        """An address that was good until then is no more."""
        return self._clock.now().timestamp() >= until

    def _until(self) -> int:
        return (int(self._clock.now().timestamp()) // _STEP + 2) * _STEP

    def _code(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256").hex()[:_CODE_CHARACTERS]
