"""The pictures of a community of ours, which its hosts choose."""

from typing import Final

from models.gate import Verb
from server.actions import hosting, moderation
from server.actions.hosting import Settings
from server.actions.profiles import NO_PICTURE, Picture
from server.actions.refusals import Invalid
from server.api.communities import ours, shown
from server.api.endpoint import Call
from server.api.shapes import CommunityDetails, Nothing
from server.http.errors import invalid
from server.http.params import params
from server.media.endpoint import UPLOADS
from server.media.uploads import AVATAR, HEADER
from server.media.workshop import MOST_IMAGE_BYTES, Wish

_FORM_BYTES: Final = MOST_IMAGE_BYTES + 1024 * 1024
"""A picture that is a little too big is refused as such, and not as a request."""


async def set_avatar(call: Call[Nothing, Nothing]) -> CommunityDetails:
    """Show another picture of a community."""
    return await _change(call, Settings(avatar=await _sent(call, AVATAR)))


async def delete_avatar(call: Call[Nothing, Nothing]) -> CommunityDetails:
    """Show none."""
    return await _change(call, Settings(avatar=NO_PICTURE))


async def set_header(call: Call[Nothing, Nothing]) -> CommunityDetails:
    """Show another picture on top of a community."""
    return await _change(call, Settings(header=await _sent(call, HEADER)))


async def delete_header(call: Call[Nothing, Nothing]) -> CommunityDetails:
    """Show none."""
    return await _change(call, Settings(header=NO_PICTURE))


async def _sent(call: Call[Nothing, Nothing], wish: Wish) -> Picture:
    """The picture in the form, kept; read only of who may choose one. Raises `ApiError`, `Refused`, `Invalid`."""
    community_id = call.path_id()
    async with call.runtime.db.read() as tx:
        await ours(tx, community_id, call.viewer)
        place = await moderation.seat(tx, call.services.runtime, call.viewer, community_id)
        place.require(Verb.CONFIGURE)
    form = await params(call.request, max_file_bytes=_FORM_BYTES)
    if form.names - {"file"}:
        raise invalid("The form has one field: `file`")
    given = form.file("file")
    if given is None:
        raise Invalid("Validation failed: the form has no picture under the name `file`")
    # The community's own: it goes with the community, not with who chose it.
    return await call.request.app[UPLOADS].keep_picture(given, wish, community_id)


async def _change(call: Call[Nothing, Nothing], wanted: Settings) -> CommunityDetails:
    community_id = call.path_id()
    await call.services.key_ring.refresh()
    async with call.runtime.db.write() as tx:
        await ours(tx, community_id, call.viewer)
        place = await moderation.seat(tx, call.services.runtime, call.viewer, community_id)
        await hosting.configure(tx, call.services.runtime, place, wanted)
    return await shown(call, community_id)
