"""Refuses to serve on a Python or on libraries that are known to be unsafe (threats 2.1, T187)."""

from aiohttp import http_parser

from server.libraries import libraries


class PlatformRefused(Exception):
    """The server must not run here; the message is one line that says what to change."""


def check_platform() -> None:
    """Raises `PlatformRefused`. Call before the first socket is opened."""
    # Asserts guard loops in the libraries that read what strangers send.
    if not __debug__:
        raise PlatformRefused("Python runs with -O (or PYTHONOPTIMIZE is set): start it without")
    for one in libraries():
        if not one.fits:
            is_there = f"is installed as {one.installed}" if one.installed else "is not installed"
            raise PlatformRefused(f"{one.name} {is_there}, and {one.needed} is needed: install Entrepairs again")
    # CVE-2025-53643: the parser written in Python reads some requests otherwise than the one in C.
    if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
        raise PlatformRefused(
            "aiohttp runs without its C parser: install a wheel, and unset AIOHTTP_NO_EXTENSIONS if it is set"
        )
