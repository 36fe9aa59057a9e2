"""Which host an administrator means by the name of a partner."""

import re
from typing import Final

from federation.errors import Malformed
from federation.transport.hosts import canonical_host
from server.actions.local_actors import Here
from server.actions.refusals import Refused
from server.http.languages import to_translate

_FIRST_PAGE: Final = re.compile(r"^https?://([^/]+)/?$", re.IGNORECASE)


def partner_host(here: Here, domain: str) -> str:
    """Canonical, and reachable as a partner: a name on the default port that is not ours. Raises `Refused`.

    The address of the server's first page, as browsers give it, means its host.
    """
    scheme, _, own_host = here.config.base_url.partition("://")
    try:
        host = canonical_host(_FIRST_PAGE.sub(r"\1", domain), scheme=scheme)
    except Malformed as error:
        raise Refused(
            to_translate("“%(domain)s” is not the host name of one server, like partner.example."), domain=domain
        ) from error
    if ":" in host:
        raise Refused(to_translate("%(host)s names a port: partners are reached on the default port."), host=host)
    if host in (here.config.domain, own_host):
        raise Refused(to_translate("%(host)s is this server itself."), host=host)
    return host
