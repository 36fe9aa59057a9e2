"""Logging: one line for each event, for people or for machines. Never bodies, tokens, cookies or post texts (T185).

Everything goes to standard error: what a command prints is its answer, which scripts read.
"""

import logging
import sys
from contextlib import suppress
from typing import Any

import structlog
from aiohttp.http_exceptions import HttpProcessingError

from server.log_limits import RefusalLimit
from server.settings import Settings

log = structlog.get_logger(__name__)


class _Lines(structlog.PrintLogger):
    """Lines that have no room, on a disk that is full, are lost: what they tell of goes on (threats T211)."""

    def msg(self, message: str) -> None:
        with suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = error = critical = failure = fatal = exception = msg


def _lines(*_: object) -> _Lines:
    return _Lines(sys.stderr)


class _FromLibraries(logging.Handler):
    """What libraries log, as entries like ours: within the same bounds, and JSON where machines read."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the entry. A request that is no HTTP is its sender's doing: a line without a traceback."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            log.info("request.malformed", reason=type(error).__name__)
            return
        log.log(
            record.levelno,
            "library.logged",
            library=record.name,
            message=record.getMessage(),
            **({"exc_info": record.exc_info} if error else {}),
        )


def configure(settings: Settings, limit: RefusalLimit) -> None:
    """How a server logs, as the settings ask for; refusals as far as `limit` lets them."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    _configure(settings, level, [limit], is_lasting=True)


def configure_command(settings: Settings) -> None:
    """How a command logs: what is wrong, beside its answer. A server that begins after it is free to log otherwise."""
    _configure(settings, logging.WARNING, [], is_lasting=False)


def _configure(settings: Settings, level: int, first: list[Any], *, is_lasting: bool) -> None:
    renderer = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    exceptions = [structlog.processors.format_exc_info] if settings.log_format == "json" else []
    structlog.configure(
        processors=[
            *first,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *exceptions,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_lines,
        cache_logger_on_first_use=is_lasting,
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[_FromLibraries()], force=is_lasting)
