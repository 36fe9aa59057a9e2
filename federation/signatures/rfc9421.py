"""HTTP Message Signatures (RFC 9421), the newer of the two schemes.

The line of the parameters is copied from what was received, never rebuilt: senders differ in their order.
What a signature must cover is decided in `verify.py`.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote_plus

from federation.errors import Malformed, Unauthenticated
from federation.signatures import algorithms
from federation.signatures.algorithms import PrivateKey
from federation.signatures.message import excerpt
from federation.signatures.structured_fields import BareItem, InnerList, Item, parse_dictionary

LABEL: Final = "sig1"
# A proxy may add one of its own; more than a few are an attempt to make us work.
MAX_SIGNATURES: Final = 4


@dataclass(frozen=True, slots=True)
class MessageSignature:
    """One label of `Signature-Input`, with its value from `Signature`."""

    label: str
    components: tuple[Item, ...]
    covered: tuple[str, ...]
    """Names of the components without parameters; one with parameters stands here by its whole text."""
    parameters: dict[str, BareItem]
    parameters_text: str
    """The inner list and its parameters exactly as received."""
    signature: bytes


def parse(signature_input: str, signature: str) -> tuple[MessageSignature, ...]:
    """All signatures of a message, in order, from its two headers. Raises `Malformed` when they are not such."""
    try:
        inputs = parse_dictionary(signature_input)
        values = parse_dictionary(signature)
    except ValueError as error:
        raise _malformed("signature headers cannot be read") from error
    if not 0 < len(inputs) <= MAX_SIGNATURES:
        raise _malformed("too many signatures, or none", signatures=len(inputs))
    return tuple(_message_signature(label, member, values.get(label)) for label, member in inputs.items())


def derived_components(*, method: str, scheme: str, authority: str, target: str) -> dict[str, str]:
    """The components of a request that are not headers (RFC 9421, 2.2).

    `authority` in lower case without a default port; `target` is path and query as on the request line.
    """
    path, _, query = target.partition("?")
    return {
        "@method": method,
        "@target-uri": f"{scheme}://{authority}{target}",
        "@authority": authority,
        "@scheme": scheme,
        "@request-target": target,
        "@path": path or "/",
        "@query": f"?{query}",
    }


def signature_base(signature: MessageSignature, values: Mapping[str, str]) -> bytes:
    """The bytes to sign (RFC 9421, 2.5). `values` are headers by lower-case name, and derived components.

    Raises `Unauthenticated` (sig_malformed) when a component is absent, doubled, or of a kind that we do not make.
    """
    lines: list[str] = []
    for component in signature.components:
        name = component.value
        if not isinstance(name, str):
            raise _refusal("component name is not a string")
        value = _query_parameter(component, values) if component.parameters else values.get(name)
        if value is None:
            raise _refusal("covered component is absent", component=excerpt(component.text))
        lines.append(f"{component.text}: {value}")
    if len(set(signature.covered)) != len(lines):
        raise _refusal("component listed twice")
    return _joined(lines, signature.parameters_text)


def sign(
    private_key: PrivateKey,
    key_id: str,
    values: Mapping[str, str],
    *,
    created: int,
    label: str = LABEL,
    further_parameters: str = "",
) -> tuple[str, str]:
    """The values of `Signature-Input` and `Signature` over all `values`, in their order.

    `alg` is left out, as Mastodon does: the key says it; unless it is among the `further_parameters`, which begin with
    a semicolon. `created` in seconds since 1970.
    """
    components = " ".join(f'"{name}"' for name in values)
    parameters = f'({components});created={created};keyid="{key_id}"{further_parameters}'
    lines = [f'"{name}": {value}' for name, value in values.items()]
    signature = b64encode(algorithms.sign(private_key, _joined(lines, parameters))).decode("ascii")
    return f"{label}={parameters}", f"{label}=:{signature}:"


def _joined(lines: list[str], parameters_text: str) -> bytes:
    text = "\n".join((*lines, f'"@signature-params": {parameters_text}'))
    # A line break inside a value would let one set of headers pass for another.
    if "\r" in text or text.count("\n") != len(lines) or not text.isascii():
        raise _refusal("covered component with characters that cannot be signed")
    return text.encode("ascii")


def _message_signature(label: str, member: Item | InnerList, value: Item | InnerList | None) -> MessageSignature:
    if not isinstance(member, InnerList):
        raise _malformed("Signature-Input is not a list of components", label=excerpt(label))
    if not isinstance(value, Item) or not isinstance(value.value, bytes):
        raise _malformed("Signature has no value for a label of Signature-Input", label=excerpt(label))
    covered = tuple(
        item.value if isinstance(item.value, str) and not item.parameters else item.text for item in member.items
    )
    return MessageSignature(label, member.items, covered, member.parameters, member.text, value.value)


def _query_parameter(component: Item, values: Mapping[str, str]) -> str | None:
    """The value of `"@query-param";name="x"` (RFC 9421, 2.2.8), the only component with parameters that we know."""
    name = component.parameters.get("name")
    if component.value != "@query-param" or not isinstance(name, str) or len(component.parameters) != 1:
        raise _refusal("component with parameters that are not known here", component=excerpt(component.text))
    query = values.get("@query", "?")[1:]
    found = [value for given, value in parse_qsl(query, keep_blank_values=True) if _form_encoded(given) == name]
    return _form_encoded(found[0]) if len(found) == 1 else None


def _form_encoded(text: str) -> str:
    return quote_plus(text, safe="*").replace("+", "%20").replace("~", "%7E")


def _malformed(message: str, **context: object) -> Malformed:
    return Malformed(message, reason="sig_malformed", **context)


def _refusal(message: str, **context: object) -> Unauthenticated:
    return Unauthenticated(message, reason="sig_malformed", **context)
