"""Which `Content-Type` of a fetched answer is believed (RFC 9110 section 8.3, ActivityPub section 3.2)."""

import re

ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams"
"""The profile that makes JSON-LD an ActivityStreams document."""

_JSON_TYPE = re.compile(r"application/(?:json|[a-z0-9!#$&^_.-]+\+json)")
_FILE_TYPE = re.compile(
    r"(?:image|video|audio)/[a-z0-9!#$&^_.+-]+|text/(?:plain|csv)"
    r"|application/(?:octet-stream|pdf|zip|ogg|msword|rtf|vnd\.(?:oasis\.opendocument|openxmlformats|ms-)[a-z0-9.+-]+)"
)
_PARAMETER = re.compile(r';[ \t]*([A-Za-z0-9_-]+)=(?:"([^"\\]*)"|([^";, \t]*))[ \t]*')


def is_activity_type(content_type: str) -> bool:
    """ActivityPub section 3.2: `application/activity+json`, or `application/ld+json` with the ActivityStreams profile.

    Anything else may be a file that somebody uploaded there (threats T027).
    """
    essence, parameters = _media_type(content_type)
    if essence == "application/ld+json":
        return ACTIVITY_STREAMS in parameters.get("profile", "").split()
    return essence == "application/activity+json"


def is_json_type(content_type: str) -> bool:
    """`application/json` or any `application/…+json`, whatever the parameters."""
    return _JSON_TYPE.fullmatch(_media_type(content_type)[0]) is not None


def is_file_type(content_type: str) -> bool:
    """A picture, film, sound or document that cannot be a page, a script or an ActivityPub document (T027, T109)."""
    essence = _media_type(content_type)[0]
    return _FILE_TYPE.fullmatch(essence) is not None and not essence.endswith("xml")


def _media_type(text: str) -> tuple[str, dict[str, str]]:
    """Type in lower case, and parameters; an empty type if it is not well-formed (RFC 9110, 8.3)."""
    essence, separator, _ = text.partition(";")
    parameters: dict[str, str] = {}
    position = len(essence)
    while separator and position < len(text):
        match = _PARAMETER.match(text, position)
        if match is None or match[1].lower() in parameters:
            return "", {}
        parameters[match[1].lower()] = match[2] if match[2] is not None else match[3]
        position = match.end()
    return essence.strip(" \t").lower(), parameters
