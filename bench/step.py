"""What a filter does to a step: bard's paths beside the defaults of libraries people use: `python -m bench.step`.

The same stream for all: an HX711 at 86 a second (its own settling, bard.simulate), 40 kg to 20 kg between two
conversions, noise as usual. Peers' windows as their sources state them (HX711_ADC 1.2: mean of 16 of 18; Klipper's host
view: blocks of 12 conversions polled each 0.1 s, mean of the last half second; Tasmota: one value a second).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bench.results import write

Floats = NDArray[np.float64]
RATE_HZ = 86.0
SETTLING = (0.147, 0.498, 0.274, 0.069, 0.012)
FROM_KG, TO_KG = 40.0, 20.0
TRIALS = 200
_LENGTH = 400
_STEP_AT = 200


def stream(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Times (s, 0 at the step) and readings (kg)."""
    phase = rng.random()
    at_s = (np.arange(_LENGTH) - _STEP_AT + phase) / RATE_HZ
    share = np.clip((np.arange(_LENGTH) - _STEP_AT + phase), 0, 1)
    force = FROM_KG + (TO_KG - FROM_KG) * np.where(np.arange(_LENGTH) < _STEP_AT, 0, share)
    reading = np.convolve(force, SETTLING)[:_LENGTH]
    reading[: len(SETTLING)] = FROM_KG
    return at_s, reading + rng.normal(0, 150 / 20_000, _LENGTH)


def median_of_3(values: Floats) -> Floats:
    """bard's gate: the fast path."""
    windows = np.lib.stride_tricks.sliding_window_view(values, 3)
    return np.concatenate((values[:2], np.median(windows, axis=1)))


def boxed(values: Floats, at_s: Floats, box_s: float) -> Floats:
    """Mean of the last `box_s`."""
    return np.array([values[(at_s > now - box_s) & (at_s <= now)].mean() for now in at_s])


def hx711_adc(values: Floats) -> Floats:
    """Its default: 18 samples, the highest and the lowest dropped, mean of the rest."""
    windows = np.lib.stride_tricks.sliding_window_view(values, 18)
    kept = np.sort(windows, axis=1)[:, 1:-1]
    return np.concatenate((values[:17], kept.mean(axis=1)))


def klipper_view(values: Floats, at_s: Floats, rng: np.random.Generator) -> Floats:
    """What its host shows: whole blocks of 12, fetched each 0.1 s, then the mean of half a second."""
    poll_s = np.arange(at_s[0], at_s[-1], 0.1) + rng.random() * 0.1
    block_end = (np.arange(len(values)) // 12 + 1) * 12 - 1
    have_s = at_s[np.minimum(block_end, len(values) - 1)]
    fetched_s = poll_s[np.minimum(np.searchsorted(poll_s, have_s), len(poll_s) - 1)]
    count = int(RATE_HZ / 2)
    shown = [values[fetched_s <= now][-count:] for now in at_s]
    return np.array([part.mean() if len(part) else FROM_KG for part in shown])


def once_a_second(values: Floats, at_s: Floats, rng: np.random.Generator) -> Floats:
    """Tasmota: ten readings a second, two highest and two lowest dropped, one value a second."""
    tick_s = np.arange(at_s[0], at_s[-1], 1.0) + rng.random()
    shown = np.full(len(values), FROM_KG)
    for tick in tick_s:
        ten = np.sort(np.interp(tick - np.arange(10) * 0.1, at_s, values))[2:-2]
        shown[at_s >= tick] = ten.mean()
    return shown


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
        "HX711_ADC default": lambda v, _: hx711_adc(v),
        "Klipper, host view": lambda v, t: klipper_view(v, t, rng),
        "Tasmota": lambda v, t: once_a_second(v, t, rng),
    }
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
