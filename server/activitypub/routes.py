"""Addresses of ActivityPub and discovery (interface 4). Other methods are refused by the router: 405, or 404 in JSON
where apps ask as well, whether or not the thing exists.
"""

from typing import Final

from aiohttp.typedefs import Handler

from server.activitypub import actors, collections, copies, files, inbox, nodeinfo, objects, threads, webfinger

ROUTES: Final[list[tuple[str, str, Handler]]] = [
    ("POST", "/inbox", inbox.receive),
    ("GET", "/actor", actors.show_server),
    ("POST", "/actor/inbox", inbox.receive),
    ("GET", "/actor/outbox", collections.show_empty),
    ("GET", "/actor/copies", copies.show),
    ("GET", "/users/{name}", actors.show),
    ("POST", "/users/{name}/inbox", inbox.receive),
    ("GET", "/users/{name}/outbox", collections.show_outbox),
    ("GET", "/users/{name}/followers", collections.show_followers),
    ("GET", "/communities/{name}", actors.show),
    ("POST", "/communities/{name}/inbox", inbox.receive),
    ("GET", "/communities/{name}/outbox", collections.show_outbox),
    ("GET", "/communities/{name}/followers", collections.show_followers),
    ("GET", "/communities/{name}/moderators", collections.show_moderators),
    ("GET", "/communities/{name}/featured", collections.show_featured),
    ("GET", "/communities/{name}/t/{id}/context", threads.show_context),
    ("GET", "/users/{name}/followers_synchronization", collections.show_followers_of_asker),
    ("GET", "/communities/{name}/followers_synchronization", collections.show_followers_of_asker),
    ("GET", "/objects/{id}", objects.show_post),
    ("GET", "/objects/{id}/replies", threads.show_replies),
    ("GET", "/activities/{id}", objects.show_activity),
    ("GET", "/media/files/{name}", files.show),
    ("GET", "/media/files/{name}/small", files.show),
    ("GET", "/.well-known/webfinger", webfinger.webfinger),
    ("GET", "/.well-known/host-meta", webfinger.host_meta),
    ("GET", "/.well-known/nodeinfo", nodeinfo.links),
    ("GET", "/nodeinfo/{version}", nodeinfo.document),
]
"""Method, path, handler."""
