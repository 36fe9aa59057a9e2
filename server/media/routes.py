"""The table of files: method, path, handler."""

from typing import Final

from server.media import endpoint

ROUTES: Final = (
    ("GET", "/media/posts/{post_id}/{number}/{version}/{viewer_id}-{until}-{code}", endpoint.show_file),
    ("GET", "/media/uploads/{upload_id}/{version}/{viewer_id}-{until}-{code}", endpoint.show_upload),
    ("GET", "/media/pictures/{digest}-{code}", endpoint.show_picture),
    ("GET", "/media/own/{name}", endpoint.show_own),
    ("GET", "/media/own/{name}/small", endpoint.show_own),
)
