"""Hosts who are still to be told that their community is shared with a partner from now on (product section 3)."""

from sqlalchemy import ForeignKey

from models.base import Base, Stored, column


class SharingNotice(Base):
    """The hosts of one community of ours are to be told of one partner; gone in the transaction that tells them."""

    __tablename__ = "sharing_notices"

    community_id: Stored[int] = column(
        ForeignKey("communities.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    peer_id: Stored[int] = column(
        ForeignKey("peers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
