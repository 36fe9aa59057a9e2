"""What is kept of the health of communities: one row a week and community, of what may be shown (product section 6).

Nothing in it is about a person, and no count of people in it is below the threshold k: a copy of the table tells no
more than the page. The smallest group about which anything is said is a setting of the firm, `FACT`.
"""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey

from models.base import Base, Stored, column

FACT = "threshold k"
"""The fact of the installation that holds k."""

SETTLED = "statistics settled"
"""The fact of the installation that holds the last Sunday for which all were measured: pages show nothing later."""

DEFAULT_K, LEAST_K, MOST_K = 8, 5, 100
"""Product section 6: 8, and never under 5."""


class WeeklyStatistics(Base):
    """The figures of one community for the four weeks that end with a Sunday."""

    __tablename__ = "weekly_statistics"

    community_id: Stored[int] = column(
        ForeignKey("communities.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    last_day: Stored[date] = column(Date, primary_key=True)
    """The Sunday."""
    k: Stored[int]
    """The threshold by which it was decided what may be shown."""
    figures: Stored[dict[str, object]]
    """By name of the measure, as they are shown: rounded, in bands, or hidden."""
    grounds: Stored[dict[str, object]]
    """By name of a measure of people: what was ever shown exactly. Only the newest row of a community has it."""
    is_hidden: Stored[bool] = column(default=False)
    """The next smallest: not shown in this week, because exactly one other community is too small."""
    made_at: Stored[datetime]
