"""From a load and a stated contact to a mean pressure.

One law: without a stated area there is no pressure, and what there is is the mean over that area, never a peak: edges
and bones press harder. An unknown load gives an unknown pressure (NaN).
"""

STANDARD_GRAVITY = 9.80665
"""m/s2: what turns a kilogram of load into newtons."""
_CM2_IN_M2 = 10_000


def mean_pressure_kpa(load_kg: float, contact_cm2: float) -> float:
    """kPa = kg * 9.80665 / area. `contact_cm2` is above 0."""
    return load_kg * STANDARD_GRAVITY * _CM2_IN_M2 / contact_cm2 / 1000
