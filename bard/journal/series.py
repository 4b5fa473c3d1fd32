"""A session's summaries as columns, and as the bytes of a block.

One law: what is unknown is NaN, on disk as in memory; loads are kept to 0.01 kg, and nothing else is lost by packing.
It knows no database and no file.

    block    MessagePack: version, bins, names of the bars, what was judged by, columns
    columns  zlib of each column in order, 32-bit: differences, zigzag, the bytes by their place (all lowest first)

Ten summaries a second of a session take about as much as the block's figure in bench/results/year.md says.
"""

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bard.client.phase import Phase
from bard.errors import DataError
from bard.monitor import BIN_US, Judged, Summary

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

PHASES = tuple(phase.value for phase in Phase)
"""`Series.phase` counts these."""
BINS_A_SECOND = 1_000_000 // BIN_US
_VERSION = 1
_PER_KG = 100
_UNKNOWN = np.int32(-(2**31))
_MOST_KG = 2e7
_LEVEL = 6
_LOADS = ("client_min_kg", "client_mean_kg", "client_max_kg", "client_fast_max_kg", "u_kg", "bar_mean_kg")
_COUNTS = ("bin", "rows", "known", "phase", "judged")


class Series(Struct, frozen=True, eq=False):
    """Columns of n summaries, in order; see `bard.monitor.Summary`. Bins that are missing were not watched."""

    bin: Ints
    """Tenths of a second since the session began; rising."""
    rows: Ints
    known: Ints
    phase: Ints
    """Index in PHASES."""
    judged: Ints
    """Index in `marks`."""
    client_min_kg: Floats
    client_mean_kg: Floats
    client_max_kg: Floats
    client_fast_max_kg: Floats
    u_kg: Floats
    bar_mean_kg: Floats
    support_kg: Floats
    """(n, bars)"""
    supports: tuple[str, ...]
    """Names of the bars."""
    marks: tuple[Judged, ...]

    def __len__(self) -> int:
        return len(self.bin)

    @property
    def t_s(self) -> Floats:
        """Where each summary begins, in seconds of the session."""
        return self.bin / BINS_A_SECOND

    def of_judged(self, values: Sequence[float]) -> Floats:
        """A column with, for each summary, the value of its mark; `values` has one for each of `marks`."""
        return np.asarray(values, np.float64)[self.judged]

    def between(self, first: int, end: int) -> "Series":
        """Its summaries with first <= bin < end."""
        begin, stop = np.searchsorted(self.bin, (first, end))
        columns = {name: getattr(self, name)[begin:stop] for name in (*_COUNTS, *_LOADS, "support_kg")}
        return msgspec.structs.replace(self, **columns)


def series_of(summaries: Sequence[Summary]) -> Series:
    """The columns of one session's summaries, in the order they came; loads to 0.01 kg."""
    marks = tuple(dict.fromkeys(summary.judged for summary in summaries))
    supports = _bars(marks)
    support_kg = np.full((len(summaries), len(supports)), np.nan)
    for row, summary in enumerate(summaries):
        for name, load_kg in zip(summary.judged.supports, summary.support_kg, strict=True):
            support_kg[row, supports.index(name)] = load_kg
    numbers: dict[str, Any] = {
        "bin": [summary.bin for summary in summaries],
        "rows": [summary.rows for summary in summaries],
        "known": [summary.known for summary in summaries],
        "phase": [PHASES.index(summary.phase) for summary in summaries],
        "judged": [marks.index(summary.judged) for summary in summaries],
    }
    columns: dict[str, Any] = {name: np.array(values, np.int32) for name, values in numbers.items()}
    columns |= {name: _rounded(np.array([getattr(s, name) for s in summaries], np.float64)) for name in _LOADS}
    return Series(**columns, support_kg=_rounded(support_kg), supports=supports, marks=marks)


def joined(parts: Sequence[Series]) -> Series:
    """One after the other. One that would begin before the end of the one before it begins there: no time runs back."""
    if not parts:
        return series_of(())
    marks = tuple(dict.fromkeys(mark for part in parts for mark in part.marks))
    supports = tuple(dict.fromkeys(name for part in parts for name in part.supports))
    bins, judged, support_kg, end = [], [], [], 0
    for part in parts:
        later = max(0, end - int(part.bin[0])) if len(part) else 0
        bins.append(part.bin + np.int32(later))
        end = int(bins[-1][-1]) + 1 if len(part) else end
        judged.append(np.array([marks.index(mark) for mark in part.marks], np.int32)[part.judged])
        wide_kg = np.full((len(part), len(supports)), np.nan)
        for column, name in enumerate(part.supports):
            wide_kg[:, supports.index(name)] = part.support_kg[:, column]
        support_kg.append(wide_kg)
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in ("rows", "known", "phase", *_LOADS)
    }
    columns |= {"bin": np.concatenate(bins), "judged": np.concatenate(judged)}
    return Series(**columns, support_kg=np.concatenate(support_kg), supports=supports, marks=marks)


def _bars(marks: Sequence[Judged]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for mark in marks for name in mark.supports))


class _Block(Struct, frozen=True, array_like=True):
    version: int
    bins: int
    supports: tuple[str, ...]
    marks: tuple[Judged, ...]
    columns: bytes


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(_Block).decode


def pack_series(series: Series) -> bytes:
    """A block."""
    columns = [getattr(series, name) for name in _COUNTS]
    columns += [_hundredths(getattr(series, name)) for name in _LOADS]
    columns += [_hundredths(series.support_kg[:, column]) for column in range(len(series.supports))]
    packed = zlib.compress(b"".join(map(_shuffled, columns)), _LEVEL)
    return _pack(_Block(_VERSION, len(series), series.supports, series.marks, packed))


def unpack_series(block: bytes) -> Series:
    """Raises DataError for what is no block of this version."""
    try:
        found = _unpack(block)
        data, size = zlib.decompress(found.columns), 4 * found.bins
        names = (*_COUNTS, *_LOADS, *found.supports)
        if found.version != _VERSION or len(data) != size * len(names):
            raise DataError("a block of series of another version, or damaged")
        parts = [_unshuffled(data[at * size : (at + 1) * size]) for at in range(len(names))]
    except (msgspec.MsgspecError, zlib.error, ValueError) as error:
        raise DataError(f"a damaged block of series: {error}") from None
    counts, loads = len(_COUNTS), len(_LOADS)
    columns: dict[str, Any] = dict(zip(_COUNTS, parts[:counts], strict=True))
    columns |= {name: _kg(part) for name, part in zip(_LOADS, parts[counts : counts + loads], strict=True)}
    bars_kg = [_kg(part) for part in parts[counts + loads :]]
    support_kg = np.stack(bars_kg, axis=1) if bars_kg else np.empty((found.bins, 0))
    return Series(**columns, support_kg=support_kg, supports=found.supports, marks=found.marks)


def _rounded(loads_kg: Floats) -> Floats:
    return _kg(_hundredths(loads_kg))


def _hundredths(loads_kg: Floats) -> Ints:
    known = loads_kg == loads_kg
    whole = np.rint(np.clip(np.where(known, loads_kg, 0.0), -_MOST_KG, _MOST_KG) * _PER_KG).astype(np.int32)
    return np.where(known, whole, _UNKNOWN).astype(np.int32)


def _kg(hundredths: Ints) -> Floats:
    return np.where(hundredths == _UNKNOWN, np.nan, hundredths / _PER_KG)


def _shuffled(column: Ints) -> bytes:
    change = np.diff(column, prepend=np.int32(0))
    zigzag = (change << 1) ^ (change >> 31)
    return zigzag.astype("<i4").view(np.uint8).reshape(-1, 4).T.tobytes()


def _unshuffled(data: bytes) -> Ints:
    zigzag = np.ascontiguousarray(np.frombuffer(data, np.uint8).reshape(4, -1).T).view("<u4").ravel()
    change = ((zigzag >> 1) ^ (0 - (zigzag & 1))).astype(np.uint32).view(np.int32)
    return np.cumsum(change, dtype=np.int32)
