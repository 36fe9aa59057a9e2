"""A company's identity provider as a party on the network: what it publishes of itself, its keys, codes for tokens.

OpenID Connect Core 1.0, Discovery 1.0. Its requests leave by a gate of their own, built like the one to partners (T074)
with another allow list: the hosts that an administrator named as issuer, and those that the issuer's document
names. Private addresses are reached by `STATIC_HOSTS` alone.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import msgspec

from federation.errors import FederationError
from federation.runtime import Budget, Clock, Config
from federation.signatures.ways import Way
from federation.transport.addresses import StaticHosts
from federation.transport.client import Destinations, GetSigner, HttpClient
from federation.transport.hosts import host_of, same_origin
from server.jose import key_set
from server.settings import Settings

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

_METADATA_SECONDS: Final = 3600.0
_KEYS_SECONDS: Final = 3600.0
_AGAIN_SECONDS: Final = 60.0
"""A key that is not there is asked for at most so often."""

_MAX_ADDRESS: Final = 2048


class IdentityError(Exception):
    """The provider could not be asked, or did not say what it should: one sentence for an administrator."""


class Metadata(msgspec.Struct, frozen=True):
    """What a provider publishes of itself (Discovery 1.0, section 3); the rest is passed over."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    backchannel_logout_supported: bool = False


class Tokens(msgspec.Struct, frozen=True):
    """What a code is exchanged for (Core 1.0, 3.1.3.3)."""

    id_token: str
    access_token: str | None = None


class Identities:
    """Asks providers, for one process. What they publish is kept for an hour."""

    def __init__(self, settings: Settings, config: Config, clock: Clock) -> None:
        self._clock = clock
        self._hosts: set[str] = set()
        self._metadata: dict[str, tuple[float, Metadata]] = {}
        self._keys: dict[str, tuple[float, KeySet]] = {}
        self._settings = settings
        self._config = config
        self._opened: HttpClient | None = None

    async def close(self) -> None:
        """Close all connections."""
        if self._opened is not None:
            await self._opened.close()

    @property
    def _client(self) -> HttpClient:
        """Made when it is first needed: most servers ask nobody."""
        if self._opened is None:
            self._opened = HttpClient(
                Destinations(
                    own_host=self._config.base_url.partition("://")[2],
                    may_contact=self._hosts.__contains__,
                    static_hosts=StaticHosts(self._settings.static_addresses),
                    allow_http=not self._settings.has_https,
                ),
                GetSigner(_unsigned, _unasked, _unknown),
                self._clock,
                user_agent=f"Entrepairs (+{self._config.base_url})",
                ca_file=self._settings.ca_file,
            )
        return self._opened

    async def metadata(self, issuer: str) -> Metadata:
        """What the issuer publishes. Raises `IdentityError`."""
        known = self._metadata.get(issuer)
        if known is not None and self._clock.monotonic() - known[0] < _METADATA_SECONDS:
            return known[1]
        document = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", issuer)
        try:
            found = msgspec.convert(document, Metadata)
        except msgspec.ValidationError as error:
            raise IdentityError(f"{issuer} publishes no metadata of OpenID Connect: {error}") from error
        if found.issuer != issuer:
            raise IdentityError(f"{issuer} calls itself {found.issuer[:200]}: take that name, if it is right.")
        for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            if len(address) > _MAX_ADDRESS or not address.startswith(("https://", "http://")):
                raise IdentityError(f"{issuer} names an address that cannot be used.")
        self._metadata[issuer] = (self._clock.monotonic(), found)
        return found

    async def keys(self, metadata: Metadata, *, again: bool = False) -> "KeySet":
        """The keys by which it signs; `again`: one was missing, so ask anew, at most once a minute."""
        known = self._keys.get(metadata.issuer)
        lasts = _AGAIN_SECONDS if again else _KEYS_SECONDS
        if known is not None and self._clock.monotonic() - known[0] < lasts:
            return known[1]
        document = await self._get(metadata.jwks_uri, metadata.issuer)
        try:
            found = key_set(document)
        except ValueError as error:
            raise IdentityError(f"{metadata.issuer} publishes keys that cannot be read.") from error
        self._keys[metadata.issuer] = (self._clock.monotonic(), found)
        return found

    async def exchange(
        self, metadata: Metadata, *, client_id: str, secret: str | None, code: str, verifier: str, redirect_uri: str
    ) -> Tokens:
        """Turn a code into tokens. Raises `IdentityError`."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if secret is None:
            fields["client_id"] = client_id
        else:
            # RFC 6749, 2.3.1: both are form-encoded before they are joined.
            pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        document = await self._post(metadata.token_endpoint, fields, headers, metadata.issuer)
        try:
            return msgspec.convert(document, Tokens)
        except msgspec.ValidationError as error:
            raise IdentityError(f"{metadata.issuer} gave no ID token.") from error

    async def userinfo(self, metadata: Metadata, access_token: str) -> dict[str, Any]:
        """What it says of whose access token this is (Core 1.0, 5.3). Raises `IdentityError`."""
        assert metadata.userinfo_endpoint is not None, "the caller has looked"
        headers = {
            "Authorization": f"Bearer {access_token}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        return await self._post(metadata.userinfo_endpoint, {}, headers, metadata.issuer)

    async def _get(self, url: str, issuer: str) -> dict[str, Any]:
        try:
            self._hosts.add(host_of(url))
            reply = await self._client.fetch_json(url, Budget(4))
        except FederationError as error:
            raise IdentityError(f"{issuer} cannot be asked: {error}") from error
        return _object(reply.body, issuer)

    async def _post(
        self, url: str, fields: Mapping[str, str], headers: Mapping[str, str], issuer: str
    ) -> dict[str, Any]:
        try:
            self._hosts.add(host_of(url))
            reply = await self._client.post(url, urlencode(fields).encode(), headers)
        except FederationError as error:
            raise IdentityError(f"{issuer} cannot be asked: {error}") from error
        document = _object(reply.body, issuer)
        if reply.status != 200:
            # `error` is a code of the protocol; its description may say what concerns nobody here.
            raise IdentityError(f"{issuer} refused: {str(document.get('error', reply.status))[:60]}")
        return document


def is_usable_issuer(issuer: str, *, allow_http: bool) -> bool:
    """An address that can be an issuer: https, without query and fragment (Discovery 1.0, section 3)."""
    if not issuer.startswith("https://") and not (allow_http and issuer.startswith("http://")):
        return False
    try:
        return same_origin(issuer, issuer) and "?" not in issuer and "#" not in issuer and len(issuer) <= _MAX_ADDRESS
    except FederationError:
        return False


def _object(body: bytes, issuer: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise IdentityError(f"{issuer} did not answer with an object of JSON.") from error
    return document


async def _unsigned(_url: str, _way: Way) -> list[Mapping[str, str]]:
    return [{}]


async def _unasked(_url: str, _said: str) -> None:
    return None


def _unknown(_host: str) -> None:
    return None
