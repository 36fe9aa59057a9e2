"""What a post says as apps show it, which know no titles: the title first, in bold, then the text (client API 11.2)."""

import re
from collections.abc import Sequence
from typing import Final

from federation.vocab.typed_text import MentionLink, hashtag_url, links_by_handle, title_html
from models.queries.posts import PostRow
from models.queries.versions import VersionRow
from server.mastodon.entities import Account, StatusMention

_NAMES: Final = re.compile("[@#!]")


class Titles:
    """Knows where hashtags lead, and which people are this server's. One for the process."""

    def __init__(self, base_url: str, domain: str) -> None:
        self._base_url = base_url
        self._domain = domain

    def content(self, post: PostRow | VersionRow, author: Account, mentions: Sequence[StatusMention]) -> str:
        """The HTML of a post, or of an earlier version of it. In the title, which is kept as plain text, people whom
        the post mentions and hashtags are links as in the text; addresses are linked below (`actions/writing.py`).
        """
        title = post.title
        if not title or post.details.get("title_from_text"):
            return post.content_html
        links = self._links(author, mentions) if _NAMES.search(title) else {}
        return f"<p><strong>{title_html(title, links, self.tag_url)}</strong></p>{post.content_html}"

    def tag_url(self, name: str) -> str:
        """Where a hashtag leads."""
        return hashtag_url(self._base_url, name)

    def _links(self, author: Account, mentions: Sequence[StatusMention]) -> dict[str, MentionLink]:
        people = [(one.username, self._host(one.acct), one.url) for one in mentions]
        return links_by_handle(people, self._host(author.acct))

    def _host(self, acct: str) -> str:
        return acct.partition("@")[2] or self._domain
