"""Made-up sessions for trends."""

from datetime import date, timedelta

import numpy as np

from bard.report.trends import Trend

FIRST = date(2025, 4, 1)
LAST = date(2026, 3, 31)


def sessions(count: int, days: int = 365, seed: int = 3) -> list[Trend]:
    """Spread over the days; one in forty has no known load, one in fifty an untrusted clock."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        day = FIRST + timedelta(days=int(number * days / count))
        unknown = number % 40 == 39
        peak = float(38 + rng.normal(0, 4))
        found.append(
            Trend(
                id=f"{number:016x}",
                day=day,
                clock_trusted=number % 50 != 49,
                length_s=3600.0,
                on_s=3000.0,
                known_s=0.0 if unknown else float(3000 - rng.exponential(40)),
                coverage=0.1 if unknown else float(1 - rng.exponential(0.01)),
                limit_kg=40.0 if number < count / 2 else 35.0,
                peak_kg=None if unknown else peak,
                p95_kg=None if unknown else peak - 6,
                mean_kg=None if unknown else peak - 14,
                over_s=0.0 if unknown else max(0.0, (peak - 40) * 4),
                alarms=int(rng.poisson(1.5)),
                high_alarms=int(number % 9 == 0),
                reaction_s=None if unknown else float(2 + rng.exponential(0.5)),
            )
        )
    return found
