"""The figures: what must be reached, what is aimed at, the table, and the same as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self

from tests.load.cpu import Spent


@dataclass(frozen=True)
class Target:
    """Bounds of one kind of work on SQLite with one process. A figure has to be at most, a rate at least these."""

    must: float
    aim: float
    must_rate: float | None = None
    aim_rate: float | None = None


CPU = "CPU ms"

AT_SPEED = (
    "`x slow`: how many times as slow this machine was as the one that the targets are meant for; `at speed`: the "
    "figure divided by that, which `meets` is about, as about the rate times that."
)

TARGETS = {
    "inbound Create": Target(2.5, 1.2, 400, 800),
    "inbound Create, answer p99": Target(80, 40),
    "inbound Create, 50,000 against 2,000": Target(10, 3),
    "delivery": Target(1.2, 0.8, 800, 1200),
    "200 hosts have a post after": Target(0.25, 0.15),
    "home timeline of 20": Target(2.5, 0.8),
    "home timeline of 40": Target(4, 1.2),
    "list timeline of 20": Target(2.5, 0.8),
    "list timeline of 40": Target(4, 1.2),
    "home timeline of 20, 1,000,000 posts against 10,000": Target(30, 10),
    "community's posts of 20, 1,000,000 posts against 10,000": Target(30, 10),
    "search of 20, 1,000,000 posts against 10,000": Target(30, 10),
    "notifications of 40": Target(3, 1.5),
    "publish a post": Target(4, 2),
    "actor document, signed GET": Target(0.6, 0.3),
    "memory, idle": Target(110, 90),
    "memory, 300,000 deliveries queued": Target(200, 150),
    "start until /readyz": Target(10, 10),
}


@dataclass(frozen=True)
class Row:
    """One line of the table. `p50` and `p99` are milliseconds until the answer."""

    name: str
    figure: float
    unit: str = CPU
    database: float | None = None
    """Of the figure, the database server's part."""
    per_second: float | None = None
    p50: float | None = None
    p99: float | None = None
    floor: float | None = None
    """The same work reduced to what cannot be avoided, in the same unit."""
    slowness: float = 1.0
    """How slow the machine was, see `machine.py`."""

    @classmethod
    def of(cls, name: str, spent: Spent, count: int) -> Self:
        """CPU milliseconds for each of so many units, and units per second."""
        return cls(
            name,
            1000 * spent.cpu / count,
            database=1000 * spent.database_cpu / count if spent.database_cpu else None,
            per_second=count / spent.wall,
            slowness=spent.slowness,
        )

    @property
    def target(self) -> Target | None:
        """What to reach; None where nothing is asked."""
        return TARGETS.get(self.name)

    @property
    def ratio(self) -> float | None:
        """How many times the floor."""
        return self.figure / self.floor if self.floor else None

    @property
    def at_speed(self) -> float:
        """The figure as it would be on the targets' machine. What has no slowness (memory, shares) is as it is."""
        return self.figure / self.slowness

    @property
    def rate_at_speed(self) -> float | None:
        """The rate there: who is limited by a processor does more on one that is faster."""
        return None if self.per_second is None else self.per_second * self.slowness

    @property
    def verdict(self) -> str:
        """How `at_speed` stands to the target (`aim`, `must` or `SHORT`), and whether the rate there falls short."""
        target = self.target
        if target is None:
            return ""
        reached = "aim" if self.at_speed <= target.aim else "must" if self.at_speed <= target.must else "SHORT"
        is_slow = self.rate_at_speed is not None and self.rate_at_speed < (target.must_rate or 0)
        return f"{reached}, rate SHORT" if is_slow else reached


_HEADINGS = (
    "kind of work", "figure", "unit", "of it db", "floor", "ratio", "x slow", "at speed", "must", "aim", "meets",
    "per s", "p50 ms", "p99 ms",
)  # fmt: skip


def table(rows: Sequence[Row]) -> str:
    """Aligned columns; numbers to the right."""
    lines = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    left = {_HEADINGS.index(name) for name in ("kind of work", "unit", "meets")}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    target = row.target
    return (
        row.name,
        _number(row.figure),
        row.unit,
        _number(row.database),
        _number(row.floor),
        _number(row.ratio),
        _number(None if row.slowness == 1.0 else row.slowness),
        _number(row.at_speed),
        _bound(target.must, target.must_rate) if target else "",
        _bound(target.aim, target.aim_rate) if target else "",
        row.verdict,
        _number(row.per_second),
        _number(row.p50),
        _number(row.p99),
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _bound(figure: float, rate: float | None) -> str:
    return f"{figure:g}" if rate is None else f"{figure:g} | {rate:g}/s"


def run_document(database: str, rows: Sequence[Row], *, seconds: float) -> dict[str, object]:
    """One run for the JSON file."""
    lines = [
        asdict(row)
        | {"target": asdict(row.target) if row.target else None, "ratio": row.ratio}
        | {"at_speed": row.at_speed, "rate_at_speed": row.rate_at_speed, "verdict": row.verdict}
        for row in rows
    ]
    return {"database": database, "seconds": round(seconds, 1), "rows": lines}
