"""Actor documents of every software to `Actor`.

Liberal (spec/group-federation.md 1.3): only `id` and `type` are required, everything else that is missing or misshapen
is absent, and a type we do not know is an account like any other. What is long is cut (T094). That keys and endpoints
belong to the actor is checked by its readers.
"""

from federation.errors import Malformed
from federation.vocab import shapes
from federation.vocab.context import VISIBILITY
from federation.vocab.types import Actor, AssertionMethod, Document, Field, PublicKey, Vouched
from models.communities import PRIVATE

ACTOR_TYPES = frozenset({"Person", "Group", "Application", "Service", "Organization"})

MAX_NAME_CHARACTERS = 200
MAX_HANDLE_CHARACTERS = 255
MAX_PROFILE_CHARACTERS = 5_000
MAX_FIELDS = 16
MAX_FIELD_CHARACTERS = 1_000
MAX_KEYS = 10
MAX_KEY_CHARACTERS = 8_192
MAX_ALIASES = 20
MAX_OWNERS = 50


def actor(document: Document) -> Actor:
    """The actor a document describes. Raises `Malformed` without an id and one type, or with an impossible handle."""
    uri, kind = shapes.identity(document)
    handle, (moderators, owners) = _handle(document), _moderators(document)
    return Actor(
        id=uri,
        kind=kind,
        preferred_username=handle,
        name=shapes.line_of(document, "name", MAX_NAME_CHARACTERS) or handle,
        summary=shapes.markup_of(document, "summary", MAX_PROFILE_CHARACTERS) or "",
        source=markdown_source(document, MAX_PROFILE_CHARACTERS),
        url=shapes.web_address(document.get("url"), "text/html"),
        inbox=_endpoint(document.get("inbox")),
        outbox=_endpoint(document.get("outbox")),
        followers=_endpoint(document.get("followers")),
        featured=_endpoint(document.get("featured")),
        moderators=moderators,
        owners=owners,
        shared_inbox=_shared_inbox(document),
        public_keys=_public_keys(document),
        assertion_methods=_assertion_methods(document),
        manually_approves_followers=document.get("manuallyApprovesFollowers") is True,
        discoverable=_statement(document.get("discoverable")),
        suspended=document.get("suspended") is True,
        indexable=document.get("indexable") is True,
        posting_restricted_to_mods=document.get("postingRestrictedToMods") is True,
        label=shapes.label_of(document),
        languages=shapes.language_codes(document.get("language") or document.get("languages")),
        is_private=document.get(VISIBILITY) == PRIVATE,
        icon=_picture(document.get("icon")),
        image=_picture(document.get("image")),
        also_known_as=shapes.ids(document.get("alsoKnownAs"), MAX_ALIASES),
        moved_to=shapes.optional_id(document.get("movedTo")),
        webfinger=shapes.line_of(document, "webfinger", MAX_HANDLE_CHARACTERS),
        implements=_implements(document),
        published=shapes.date(document.get("published")),
        updated=shapes.date(document.get("updated")),
        fields=_fields(document),
        emojis=shapes.emojis(shapes.objects(document.get("tag"), shapes.MAX_TAGS)),
    )


def vouched(value: object) -> Vouched | None:
    """Who a community says did what it announces; None where it does not say so in full."""
    if not shapes.is_one_of(value, ACTOR_TYPES - {"Group"}):
        return None
    try:
        kind, uri, handle = shapes.type_of(value), shapes.optional_id(value), _handle(value)
    except Malformed:
        return None
    name, at, host = (shapes.line_of(value, "webfinger", MAX_HANDLE_CHARACTERS) or "").rpartition("@")
    if not (uri and handle and at and host) or name.lower() != handle.lower():
        return None
    shown = shapes.line_of(value, "name", MAX_NAME_CHARACTERS) or handle
    return Vouched(id=uri, kind=kind, username=handle.lower(), name=shown, host=host.lower())


def is_actor(document: Document, kind: str) -> bool:
    """Whether a document of type `kind` is an actor: by its type, or of a type of its own (PieFed's `Feed`) by
    having boxes.
    """
    if kind in ACTOR_TYPES:
        return True
    return isinstance(document.get("inbox"), str) and isinstance(document.get("outbox"), str)


def markdown_source(document: Document, limit: int) -> str | None:
    """What an author typed, cut at `limit` characters; only if `source` says that it is Markdown
    (spec/group-federation.md 20, rule 9).
    """
    source = document.get("source")
    if not isinstance(source, dict) or source.get("mediaType") != "text/markdown":
        return None
    content = source.get("content")
    return content[:limit] if isinstance(content, str) and content else None


def _handle(document: Document) -> str:
    handle = document.get("preferredUsername")
    if not isinstance(handle, str) or not handle:
        return ""
    # Cutting would name somebody else; these characters would end the name inside an acct: or a path (T075).
    if len(handle) > MAX_HANDLE_CHARACTERS or not handle.isprintable() or any(mark in handle for mark in " @/\\?#:"):
        raise Malformed("preferredUsername cannot be a handle", reason="malformed", characters=len(handle))
    return handle


def _moderators(document: Document) -> tuple[str | None, tuple[str, ...]]:
    """The moderators collection, and the owners: `attributedTo` is one id for the former, a list (PeerTube) for the
    latter.
    """
    attributed = document.get("attributedTo")
    if isinstance(attributed, list):
        return _endpoint(document.get("moderators")), shapes.ids(attributed, MAX_OWNERS)
    return _endpoint(attributed) or _endpoint(document.get("moderators")), ()


def _endpoint(value: object) -> str | None:
    """A collection or inbox, by address or embedded; None for what cannot be fetched or posted to."""
    uri = shapes.optional_id(value)
    return uri if uri and shapes.is_web_address(uri) else None


def _shared_inbox(document: Document) -> str | None:
    endpoints = document.get("endpoints")
    shared = _endpoint(endpoints.get("sharedInbox")) if isinstance(endpoints, dict) else None
    # Discourse puts it beside the inbox.
    return shared or _endpoint(document.get("sharedInbox"))


def _statement(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _picture(value: object) -> str | None:
    # Lists hold sizes of one picture, the largest last (PeerTube; Lemmy reads the last too).
    return shapes.web_address(value[-1:] if isinstance(value, list) else value)


def _public_keys(document: Document) -> tuple[PublicKey, ...]:
    keys = []
    for key in shapes.objects(document.get("publicKey"), MAX_KEYS):
        uri, owner, pem = shapes.optional_id(key), shapes.optional_id(key.get("owner")), key.get("publicKeyPem")
        if uri and owner and isinstance(pem, str) and 0 < len(pem) <= MAX_KEY_CHARACTERS:
            keys.append(PublicKey(uri, owner, pem))
    return tuple(keys)


def _assertion_methods(document: Document) -> tuple[AssertionMethod, ...]:
    methods = []
    for key in shapes.objects(document.get("assertionMethod"), MAX_KEYS):
        uri, controller = shapes.optional_id(key), shapes.optional_id(key.get("controller"))
        multibase = key.get("publicKeyMultibase")
        if uri and controller and isinstance(multibase, str) and 0 < len(multibase) <= MAX_KEY_CHARACTERS:
            methods.append(AssertionMethod(uri, controller, multibase))
    return tuple(methods)


def _implements(document: Document) -> tuple[str, ...]:
    """On the Application itself, or on the `generator` of its actors."""
    generator = document.get("generator")
    claims = [document.get("implements"), generator.get("implements") if isinstance(generator, dict) else None]
    links: list[str] = []
    for claim in claims:
        entries = claim[:MAX_ALIASES] if isinstance(claim, list) else [claim]
        links.extend(link for entry in entries if (link := shapes.web_address(entry)))
    return tuple(dict.fromkeys(links))


def _fields(document: Document) -> tuple[Field, ...]:
    fields = []
    for entry in shapes.objects(document.get("attachment"), MAX_FIELDS):
        name = shapes.line_of(entry, "name", MAX_NAME_CHARACTERS)
        value = shapes.markup_of(entry, "value", MAX_FIELD_CHARACTERS)
        if entry.get("type") == "PropertyValue" and name and value is not None:
            fields.append(Field(name, value))
    return tuple(fields)
