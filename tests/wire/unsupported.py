"""What payloads ask for and is not done."""

from collections.abc import Mapping

UNSUPPORTED: Mapping[str, str] = {
    "mastodon/webfinger_json": "a handle stays on the host of its actor, also where another domain would confirm it",
    "fep/2677_wellknown": "nothing is sent to a server as such, so that its actor is not looked for",
    "fep/d556_webfinger": "nothing is sent to a server as such, so that its actor is not looked for",
    "fep/400e_add": "there are no walls: taken, without effect",
    "piefed/feed_actor": "a Feed is an account of an unknown type: what it announces has no effect",
}
"""What a payload asks for and is not done, and why; its row shows that it does no harm."""
