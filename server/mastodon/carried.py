"""What a post carries besides its text, as entities: files, the card of its link, custom emojis, its poll."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from msgspec import UNSET, UnsetType, structs

from models.details import Details, Emoji, File, file_id
from models.gate import Person
from models.media import READY
from models.queries.media import UploadRow
from models.queries.polls import OwnPoll
from server.http.answers import instant
from server.mastodon.entities import (
    CustomEmoji,
    EditedPoll,
    Focus,
    MediaAttachment,
    MediaMeta,
    MediaSize,
    MediaType,
    Poll,
    PollOption,
    PollOptionTitle,
    PreviewCard,
)
from server.media.addresses import MediaAddresses
from server.media.store import ORIGINAL, SMALL

_TYPES: dict[str, MediaType] = {"image": "image", "video": "video", "audio": "audio"}


def files_of(post_id: int, details: Details, media: MediaAddresses, viewer: Person) -> list[MediaAttachment]:
    """The files of a post, at addresses for this viewer."""
    return [_file(post_id, number, file, media, viewer) for number, file in enumerate(details.files)]


def _file(post_id: int, number: int, file: File, media: MediaAddresses, viewer: Person) -> MediaAttachment:
    address = media.of_file(post_id, number, file, viewer.person_id, ORIGINAL)
    small = media.of_file(post_id, number, file, viewer.person_id, SMALL) if file.small else None
    is_elsewhere = file.name is None
    return MediaAttachment(
        id=str(file_id(post_id, number) if file.id is None else file.id),
        type=_TYPES.get(file.kind, "unknown"),
        url=address,
        preview_url=small or (address if file.kind == "image" else None),
        # A scheme in capitals is legal, and no app expects it.
        remote_url=file.url if is_elsewhere and file.url.startswith("http") else None,
        meta=_meta(file),
        description=file.description,
        blurhash=file.blurhash,
    )


def upload_of(row: UploadRow, media: MediaAddresses, viewer: Person) -> MediaAttachment:
    """A file that its owner has not posted yet; without addresses as long as it is worked on."""
    file = row.file
    is_ready = row.state == READY
    small = media.of_upload(row.id, viewer.person_id, SMALL) if is_ready and file.small else None
    return MediaAttachment(
        id=str(row.id),
        type=_TYPES.get(file.kind, "unknown"),
        url=media.of_upload(row.id, viewer.person_id, ORIGINAL) if is_ready else None,
        preview_url=small,
        remote_url=None,
        meta=_meta(file),
        description=file.description,
        blurhash=file.blurhash,
    )


def _meta(file: File) -> MediaMeta:
    known = MediaSize(
        duration=UNSET if file.duration is None else file.duration,
        bitrate=UNSET if file.bit_rate is None else file.bit_rate,
    )
    original = _with_size(known, file.width, file.height)
    small = _with_size(MediaSize(), *file.small) if file.small else original
    return MediaMeta(
        original=original if original != MediaSize() else UNSET,
        small=small if small != MediaSize() else UNSET,
        focus=Focus(x=file.focus[0], y=file.focus[1]) if file.focus else UNSET,
    )


def _with_size(known: MediaSize, width: int | None, height: int | None) -> MediaSize:
    if not width or not height:
        return known
    aspect = round(width / height, 4)
    return structs.replace(known, width=width, height=height, size=f"{width}x{height}", aspect=aspect)


def files_still_in(details: Details, now: Details, present: Sequence[MediaAttachment]) -> list[MediaAttachment]:
    """Those files of an earlier version that the post still has, as it has them now."""
    urls = {file.url for file in details.files}
    return [shown for file, shown in zip(now.files, present, strict=False) if file.url in urls]


def asked_in(options: Sequence[str]) -> EditedPoll | UnsetType:
    """The poll of one version of a post."""
    return EditedPoll(options=[PollOptionTitle(title=title) for title in options]) if options else UNSET


def emojis_of(emojis: Iterable[Emoji], media: MediaAddresses) -> list[CustomEmoji]:
    """Custom emojis; they belong to others and are not offered for writing."""
    found = []
    for emoji in emojis:
        address, still = media.of_picture(emoji.url), media.of_small(emoji.url)
        found.append(CustomEmoji(shortcode=emoji.shortcode, url=address, static_url=still, visible_in_picker=False))
    return found


def card_of(details: Details) -> PreviewCard | None:
    """The page that a post links to, by what its author's server says of it: nothing is fetched (threats T106)."""
    link = details.link
    if link is None:
        return None
    return PreviewCard(
        url=link.url,
        title=link.title,
        description="",
        type="link",
        authors=[],
        author_name="",
        author_url="",
        provider_name=urlsplit(link.url).hostname or "",
        provider_url="",
        html="",
        width=0,
        height=0,
        image=None,
        embed_url="",
        blurhash=None,
    )


def poll_of(own: OwnPoll, emojis: list[CustomEmoji], now: datetime) -> Poll:
    """A poll as one person sees it; counts that are hidden until the end are null."""
    poll = own.poll
    is_over = poll.is_over(now)
    is_hidden = poll.hides_totals and not is_over
    return Poll(
        id=str(poll.post_id),
        expires_at=instant(poll.expires_at) if poll.expires_at else None,
        expired=is_over,
        multiple=poll.is_multiple,
        votes_count=sum(poll.counts),
        voters_count=poll.voters,
        options=[
            PollOption(title=title, votes_count=None if is_hidden else count)
            for title, count in zip(poll.options, poll.counts, strict=True)
        ],
        emojis=emojis,
        voted=bool(own.own_votes) or own.is_author,
        own_votes=sorted(own.own_votes),
    )
