"""Errors of the client API: a status and the one JSON body that every client understands.

The texts are the ones clients compare with or show, so they are written once, here. 401 means "logged out" to every
client: never answer it for a mere lack of permission (403) or for what the viewer may not know of (404).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import UNSET, Struct, UnsetType

REALM: Final = "Entrepairs"


class FieldError(Struct, frozen=True):
    """What is wrong with one field of a sign-up form; `error` is one of the ERR_… codes that clients translate."""

    error: str
    description: str


Details = Mapping[str, Sequence[FieldError]]


class ErrorBody(Struct, frozen=True):
    """The entity `Error`: what stands in the body of every refusal."""

    error: str
    error_description: str | UnsetType = UNSET
    details: Details | UnsetType = UNSET


class ApiError(Exception):
    """A refusal on its way to the client: `status`, the body, and further headers."""

    def __init__(
        self,
        status: int,
        error: str,
        *,
        description: str | None = None,
        details: Details | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`description` is for OAuth answers only, `details` for the validation of a sign-up only."""
        super().__init__(error)
        self.status = status
        self.body: Final = ErrorBody(
            error, UNSET if description is None else description, UNSET if details is None else details
        )
        self.headers: Final[Mapping[str, str]] = headers or {}


def bad_request(text: str) -> ApiError:
    """400: the request cannot be read."""
    return ApiError(400, text)


def missing(name: str) -> ApiError:
    """400: a parameter that the method cannot do without."""
    return ApiError(400, f"param is missing or the value is empty: {name}")


def oauth_error(code: str, description: str, *, status: int = 400) -> ApiError:
    """An error of /oauth/*, by its code in RFC 6749. `invalid_client` is 401 and says how to authenticate."""
    headers = {"WWW-Authenticate": f'Basic realm="{REALM}"'} if status == 401 else None
    return ApiError(status, code, description=description, headers=headers)


def unauthorized(text: str = "The access token is invalid") -> ApiError:
    """401: no token, or one that is unknown, revoked or expired; clients then forget the account."""
    return ApiError(401, text, headers={"WWW-Authenticate": f'Bearer realm="{REALM}", error="invalid_token"'})


def token_revoked() -> ApiError:
    """401: the token was good once."""
    return unauthorized("The access token was revoked")


def token_expired() -> ApiError:
    """401: the token's time is over."""
    return unauthorized("The access token expired")


def sign_in_needed() -> ApiError:
    """401: a read that open servers answer to anybody, without a token."""
    return unauthorized("This API requires an authenticated user")


def forbidden(text: str = "This action is not allowed") -> ApiError:
    """403: the thing is known to the viewer, and they may not do this."""
    return ApiError(403, text)


def scope_missing() -> ApiError:
    """403: the token was not given for this."""
    return forbidden("This action is outside the authorized scopes")


def not_found() -> ApiError:
    """404: unknown id, or not visible to this viewer; the two are never told apart."""
    return ApiError(404, "Record not found")


def no_endpoint() -> ApiError:
    """404: no such path or method; clients decide on "not supported" by this status alone."""
    return ApiError(404, "Not found")


def too_big() -> ApiError:
    """413: body or file over its limit."""
    return ApiError(413, "File is too big")


def encoding_refused() -> ApiError:
    """415: a compressed request body (threats T081)."""
    return ApiError(415, "Request bodies must not be encoded")


def unprocessable(text: str) -> ApiError:
    """422: input refused, with the whole text."""
    return ApiError(422, text)


def invalid(reason: str, details: Details | None = None) -> ApiError:
    """422 `Validation failed: reason`."""
    return ApiError(422, f"Validation failed: {reason}", details=details)


def user_needed() -> ApiError:
    """422: an app's token where a person's is needed."""
    return unprocessable("This method requires an authenticated user")


def too_many(retry_after_seconds: int) -> ApiError:
    """429: over a rate limit."""
    return ApiError(429, "Too many requests", headers={"Retry-After": str(retry_after_seconds)})


def internal() -> ApiError:
    """500: our fault; what happened is in the log only."""
    return ApiError(500, "Internal server error")


def unavailable(text: str = "Service Unavailable", *, retry_after_seconds: int = 60) -> ApiError:
    """503: could not look, or overloaded."""
    return ApiError(503, text, headers={"Retry-After": str(retry_after_seconds)})


def remote_unavailable() -> ApiError:
    """503: another server did not answer usefully."""
    return unavailable("Remote data could not be fetched")
