"""Addresses of provisioning: each is answered."""

from server.scim.endpoints import ENDPOINTS
from server.scim.routes import ROUTES


def test_every_address_has_what_answers_there() -> None:
    assert [(method, path) for method, path, _ in ROUTES] == list(ENDPOINTS)
