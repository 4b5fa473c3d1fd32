"""The units in which people read weights.

One law: bard thinks in kg; a unit is applied where words are made, once, and the steps in which a load is shown belong
to the unit. It makes no words.
"""

from msgspec import Struct


class Unit(Struct, frozen=True):
    """`step`: of a load that people see, in this unit, while its uncertainty is larger (estimate, section 3)."""

    name: str
    per_kg: float
    decimals: int
    step: float
    step_decimals: int


KG = Unit("kg", 1.0, 1, 0.5, 1)
LB = Unit("lb", 1 / 0.45359237, 1, 1.0, 0)
NEWTON = Unit("N", 9.80665, 0, 5.0, 0)
UNITS = {unit.name: unit for unit in (KG, LB, NEWTON)}
