"""The table of the product's own API: the routes and the OpenAPI document are made from it."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Final

from aiohttp import web

from server.api import appeals, communities, openapi, people, pictures, rituals, threads
from server.api.endpoint import ROOT, Endpoint, not_allowed
from server.api.ritual_shapes import CallingOff, NewRitual, RitualEntity
from server.api.shapes import (
    ActEntity,
    Answering,
    CommunityChange,
    CommunityDetails,
    CommunityEntity,
    DirectoryQuery,
    InvitationEntity,
    LabelEntity,
    LogEntryEntity,
    MemberEntity,
    MembersQuery,
    Moving,
    NewAppeal,
    NewBan,
    NewCommunity,
    NewInvitation,
    Nothing,
    PageQuery,
    ReportEntity,
    ReportsQuery,
    RoleChange,
    SimilarQuery,
    Splitting,
    ThreadChange,
    ThreadEntity,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ONE: Final = "/communities/{id}"


def _get(path: str, act: object, scope: str, summary: str, answer: object, query: type = Nothing) -> Endpoint:
    return Endpoint(method="GET", path=path, act=act, scopes=(scope,), summary=summary, answer=answer, query=query)  # type: ignore[arg-type]  # checked by its tests


def _do(
    method: str, path: str, act: object, scope: str, summary: str, answer: type = Nothing, body: type | None = None
) -> Endpoint:
    return Endpoint(method=method, path=path, act=act, scopes=(scope,), summary=summary, answer=answer, body=body)  # type: ignore[arg-type]  # as above


def _picture(name: str, act: object, summary: str) -> Endpoint:
    return Endpoint(
        method="PUT",
        path=f"{_ONE}/{name}",
        act=act,  # type: ignore[arg-type]  # as above
        scopes=("write",),
        summary=summary,
        answer=CommunityDetails,
        file="file",
    )


ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    # Communities
    _get("/communities", communities.list_all, "read:accounts", "The directory", list[CommunityEntity], DirectoryQuery),
    _do("POST", "/communities", communities.found, "write", "Found one and host it", CommunityDetails, NewCommunity),
    _get(_ONE, communities.read, "read:accounts", "One community", CommunityDetails),
    _do("PATCH", _ONE, communities.change, "write", "Change its settings", CommunityDetails, CommunityChange),
    _picture("avatar", pictures.set_avatar, "Choose its picture"),
    _do("DELETE", f"{_ONE}/avatar", pictures.delete_avatar, "write", "Be without a picture", CommunityDetails),
    _picture("header", pictures.set_header, "Choose the wide picture on top"),
    _do("DELETE", f"{_ONE}/header", pictures.delete_header, "write", "Be without a header", CommunityDetails),
    _do("POST", f"{_ONE}/join", communities.join, "write:follows", "Join, or ask to", CommunityDetails),
    _do("POST", f"{_ONE}/leave", communities.leave, "write:follows", "Leave, or withdraw a request"),
    _do("POST", f"{_ONE}/official", communities.ask_to_be_official, "write", "Ask to be official", CommunityDetails),
    _get("/labels", communities.list_labels, "read:accounts", "The labels, the lowest first", list[LabelEntity]),
    # Its people
    _get(f"{_ONE}/members", people.list_members, "read:accounts", "Members", list[MemberEntity], MembersQuery),
    _do("PATCH", f"{_ONE}/members/{{account_id}}", people.set_role, "write", "Name a role", Nothing, RoleChange),
    _do("DELETE", f"{_ONE}/members/{{account_id}}", people.remove_member, "write", "Remove a member"),
    _get(f"{_ONE}/requests", people.list_requests, "read:follows", "Who waits", list[MemberEntity], PageQuery),
    _do("POST", f"{_ONE}/requests/{{account_id}}/accept", people.accept_request, "write:follows", "Let somebody in"),
    _do("POST", f"{_ONE}/requests/{{account_id}}/refuse", people.refuse_request, "write:follows", "Refuse a request"),
    _get(f"{_ONE}/invitations", people.list_invited, "read:follows", "Invited", list[InvitationEntity], PageQuery),
    _do("POST", f"{_ONE}/invitations", people.invite, "write", "Invite somebody of the firm", Nothing, NewInvitation),
    _do("DELETE", f"{_ONE}/invitations/{{account_id}}", people.uninvite, "write", "Take an invitation back"),
    _do("POST", f"{_ONE}/bans", people.ban, "write", "Keep somebody from taking part", Nothing, NewBan),
    _do("DELETE", f"{_ONE}/bans/{{account_id}}", people.unban, "write", "Let somebody take part again"),
    _get("/invitations", people.list_invitations, "read:follows", "One's own", list[InvitationEntity], PageQuery),
    # Threads, and what has to be looked at
    _get(f"{_ONE}/threads", threads.list_threads, "read:statuses", "Its threads", list[ThreadEntity], PageQuery),
    _get(f"{_ONE}/questions", threads.list_questions, "read:statuses", "Unanswered", list[ThreadEntity], PageQuery),
    _get(f"{_ONE}/similar", threads.list_similar, "read:statuses", "Answered ones", list[ThreadEntity], SimilarQuery),
    _get(f"{_ONE}/reports", threads.list_reports, "read", "Reports", list[ReportEntity], ReportsQuery),
    _do("POST", f"{_ONE}/reports/{{report_id}}/resolve", threads.resolve_report, "write", "Seen to"),
    _get(f"{_ONE}/log", threads.list_log, "read", "Moderation log", list[LogEntryEntity], PageQuery),
    _get("/threads/{id}", threads.read, "read:statuses", "A thread with its state", ThreadEntity),
    _do("PATCH", "/threads/{id}", threads.change, "write", "Change its state", ThreadEntity, ThreadChange),
    _do("PUT", "/threads/{id}/answer", threads.accept_answer, "write:statuses", "Accept", ThreadEntity, Answering),
    _do("DELETE", "/threads/{id}/answer", threads.withdraw_answer, "write:statuses", "Accept none", ThreadEntity),
    _do("PUT", "/threads/{id}/lived-too", threads.live, "write:favourites", "Lived this too", ThreadEntity),
    _do("DELETE", "/threads/{id}/lived-too", threads.live_no_more, "write:favourites", "Not after all", ThreadEntity),
    _do("POST", "/threads/{id}/move", threads.move, "write", "Move it to another community", ThreadEntity, Moving),
    _do("POST", "/threads/{id}/split", threads.split, "write", "Make an answer a thread", ThreadEntity, Splitting),
    # When it meets
    _get(f"{_ONE}/rituals", rituals.list_all, "read:statuses", "When it meets", list[RitualEntity]),
    _do("POST", f"{_ONE}/rituals", rituals.plan, "write", "Plan a ritual", RitualEntity, NewRitual),
    _do("POST", f"{_ONE}/rituals/{{ritual_id}}/off", rituals.call_off, "write", "Not on that day", Nothing, CallingOff),
    _do("DELETE", f"{_ONE}/rituals/{{ritual_id}}", rituals.end, "write", "End it"),
    # What was done to the reader
    _get("/appeals", appeals.list_acts, "read", "What one may appeal against", list[ActEntity], PageQuery),
    _do("POST", "/appeals", appeals.file, "write", "Appeal, once", ActEntity, NewAppeal),
)


def _routes(endpoints: Iterable[Endpoint]) -> Iterator[tuple[str, str, Handler]]:
    """Each line, then for each address the answer to other methods."""
    methods: dict[str, list[str]] = {}
    for endpoint in endpoints:
        methods.setdefault(endpoint.path, []).append(endpoint.method)
        yield endpoint.method, f"{ROOT}{endpoint.path}", endpoint.handle
    for path, known in methods.items():
        yield "*", f"{ROOT}{path}", not_allowed([*known, "HEAD"] if "GET" in known else known)


ROUTES: Final = (
    ("GET", f"{ROOT}/openapi.json", openapi.answering(lambda: ENDPOINTS)),
    *_routes(ENDPOINTS),
)
