"""What a filter does to a step: bard's paths beside the defaults of libraries people use: `python -m bench.step`.

The same stream for all: an HX711 at 86 a second (its own settling, bard.simulate), 40 kg to 20 kg between two
conversions, noise as usual. Peers' windows are in bench.peers.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bard.simulate.chips import FIR
from bench.peers import PEERS, Conversions, Filter, median_of_3
from bench.results import write

Floats = NDArray[np.float64]
RATE_HZ = 86.0
FROM_KG, TO_KG = 40.0, 20.0
TRIALS = 200
_SHOWN = ("HX711_ADC default", "Klipper, host view", "Tasmota")
_LENGTH = 400
_STEP_AT = 200


def stream(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Times (s, 0 at the step) and readings (kg)."""
    phase = rng.random()
    at_s = (np.arange(_LENGTH) - _STEP_AT + phase) / RATE_HZ
    share = np.clip((np.arange(_LENGTH) - _STEP_AT + phase), 0, 1)
    force = FROM_KG + (TO_KG - FROM_KG) * np.where(np.arange(_LENGTH) < _STEP_AT, 0, share)
    reading = np.convolve(force, FIR)[:_LENGTH]
    reading[: len(FIR)] = FROM_KG
    noise = rng.normal(0, 150 / 20_000, _LENGTH)
    return at_s.astype(np.float64), (reading + noise).astype(np.float64)


def boxed(values: Floats, at_s: Floats, box_s: float) -> Floats:
    """Mean of the last `box_s`."""
    return np.array([values[(at_s > now - box_s) & (at_s <= now)].mean() for now in at_s])


def shown(peer: Filter, rng: np.random.Generator, values: Floats, at_s: Floats) -> Floats:
    """What a peer shows at each conversion; the first value before it shows anything."""
    seen_us = np.rint(at_s * 1e6).astype(np.int64)
    at_us, kg = peer(Conversions(seen_us, values, 80.0), rng)
    newest = np.searchsorted(at_us, seen_us, side="right") - 1
    return np.where(newest < 0, FROM_KG, kg[np.maximum(newest, 0)])


def time_to(values: Floats, at_s: Floats, share: float) -> float:
    """Seconds from the step until the output has done `share` of it."""
    target = FROM_KG + (TO_KG - FROM_KG) * share
    done = (values <= target) & (at_s >= 0)
    return float(at_s[done.argmax()]) if done.any() else float("nan")


def measure() -> list[str]:
    """The table."""
    rng = np.random.default_rng(1)
    filters: dict[str, Callable[[Floats, Floats], Floats]] = {
        "the chip alone": lambda v, _: v,
        "bard, fast path": lambda v, _: median_of_3(v),
        "bard, slow path": lambda v, t: boxed(median_of_3(v), t, 0.25),
    }
    filters |= {name: partial(shown, PEERS[name], rng) for name in _SHOWN}
    lines = ["| filter | to 50 % | to 90 % (median of 200 steps) |", "|---|---|---|"]
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in filters}
    for _ in range(TRIALS):
        at_s, values = stream(rng)
        for name, apply in filters.items():
            out = apply(values, at_s)
            times[name].append((time_to(out, at_s, 0.5), time_to(out, at_s, 0.9)))
    for name, both in times.items():
        half, most = np.nanmedian(np.array(both), axis=0)
        lines.append(f"| {name} | {half * 1000:.0f} ms | {most * 1000:.0f} ms |")
    return lines


def main() -> None:
    """Measure, print and keep."""
    print(write("step", "A step of 20 kg through bard's paths and through peers' filters", measure()))


if __name__ == "__main__":
    main()
