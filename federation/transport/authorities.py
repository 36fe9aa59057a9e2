"""Whose word on a server's name is believed over TLS: that of the system's authorities, and of CA_FILE."""

import ssl
from functools import cache


def believed(ca_file: str | None) -> ssl.SSLContext:
    """For connections that speak HTTP/1.1. `ca_file`: a further certificate authority."""
    if ca_file is None:
        return _of_the_system()
    context = _fresh()
    context.load_verify_locations(cafile=ca_file)
    return context


@cache
def _of_the_system() -> ssl.SSLContext:
    """Shared by all clients of the process: reading the system's hundred and more takes as long as thirty requests."""
    return _fresh()


def _fresh() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
