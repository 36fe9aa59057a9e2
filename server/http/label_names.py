"""What pages call the labels of communities and posts: as the firm named them."""

from typing import Final

from aiohttp import web

from models.labels import DEFAULT, Labels
from models.queries import labels
from server.http.refreshed import Refreshed


class LabelNames(Refreshed[Labels]):
    """The labels as this process knows them."""

    def __init__(self) -> None:
        super().__init__(DEFAULT, labels.labels)


LABEL_NAMES: Final = web.AppKey("label_names", LabelNames)


def label_names(request: web.Request) -> Labels:
    """The labels as pages of this application show them."""
    return request.app[LABEL_NAMES].value if LABEL_NAMES in request.app else DEFAULT
