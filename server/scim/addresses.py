"""Where provisioning stands among the addresses of the server."""

from typing import Final

BASE: Final = "/scim/v2"
