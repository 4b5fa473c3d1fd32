"""How many damaged frames a decoder takes for right ones. As a figure: python -m tests.wire.damage --frames 20000000

A board's stream is damaged at random and read by one decoder; a frame is damaged when one of its bytes (delimiter
included) was hit, and accepted when it is not a frame that was sent.
"""

import argparse
import random
import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bard.wire.decoder import Decoder, encode
from bard.wire.frames import Answer, ChannelFault, Conversion, Frame, Guard, Samples, Status

from .feeding import wrong_frames

_STREAM_FRAMES = 20_000


class Damage(NamedTuple):
    """What came out; `accepted` are wrong frames taken for right."""

    frames: int
    damaged: int
    accepted: int

    @property
    def rate(self) -> float:
        """Accepted per damaged frame."""
        return self.accepted / self.damaged


def board_frames(seed: int, number: int, channels: int = 4) -> list[Frame]:
    """What a board of that many channels sends: of 20 frames 14 with one conversion, 2 with two, one of each other."""
    chance = random.Random(seed)
    kinds = [_samples] * 16 + [_status, _fault, _guard, _answer]
    return [chance.choice(kinds)(chance, channels) for _ in range(number)]


def _samples(chance: random.Random, channels: int) -> Frame:
    found = sorted(chance.sample(range(channels), 2 if chance.random() < 0.125 else 1))
    conversions = tuple(
        Conversion(channel, chance.randrange(3_000), chance.randrange(-500_000, 2_000_000)) for channel in found
    )
    return Samples(chance.randrange(1 << 16), chance.randrange(1 << 32), chance.randrange(4), conversions)


def _status(chance: random.Random, channels: int) -> Frame:
    missed = tuple(chance.randrange(300) for _ in range(channels))
    return Status(chance.randrange(100_000), missed, 0, chance.randrange(9), 0, 0, chance.randrange(4_500, 5_300), 1, 0)


def _fault(chance: random.Random, channels: int) -> Frame:
    return ChannelFault(chance.randrange(1 << 32), chance.randrange(channels), chance.randrange(5))


def _guard(chance: random.Random, channels: int) -> Frame:
    return Guard(chance.randrange(1 << 32), chance.randrange(1, 5), chance.randrange(-1_000, 30_000 * channels))


def _answer(chance: random.Random, _channels: int) -> Frame:
    return Answer(chance.randrange(1, 1 << 16), 0)


def measure(frames: int, seed: int, share: float = 0.03, kind: str = "changed") -> Damage:
    """Damage `share` of the bytes of at least `frames` frames: changed, or (mixed) changed, dropped, one put before."""
    wires = [encode(frame) for frame in board_frames(seed, _STREAM_FRAMES)]
    sent = {wire[:-1] for wire in wires}
    stream = np.frombuffer(b"".join(wires), np.uint8)
    frame_at = np.repeat(np.arange(len(wires)), [len(wire) for wire in wires])
    chance = np.random.default_rng(seed)
    decoder = Decoder()
    rounds = -(-frames // len(wires))
    damaged = accepted = 0
    for _ in range(rounds):
        hit = np.flatnonzero(chance.random(len(stream), np.float32) < share)
        damaged += len(np.unique(frame_at[hit]))
        accepted += len(wrong_frames(decoder, sent, _damage(chance, stream, hit, kind)))
    return Damage(rounds * len(wires), damaged, accepted)


def _damage(chance: np.random.Generator, stream: NDArray[np.uint8], hit: NDArray[np.intp], kind: str) -> bytes:
    ways = chance.integers(0, 3, len(hit)) if kind == "mixed" else np.zeros(len(hit), np.int64)
    damaged = stream.copy()
    changed = hit[ways == 0]
    damaged[changed] ^= chance.integers(1, 256, len(changed), np.uint8)
    kept = np.ones(len(stream), bool)
    kept[hit[ways == 1]] = False
    before = hit[ways == 2]
    damaged = np.insert(damaged, before, chance.integers(0, 256, len(before), np.uint8))
    return bytes(damaged[np.insert(kept, before, True)])


def main() -> None:
    """Print the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.03)
    parser.add_argument("--kind", choices=("changed", "mixed"), default="changed")
    options = parser.parse_args()
    begun = time.perf_counter()
    found = measure(options.frames, options.seed, options.share, options.kind)
    print(
        f"{options.share:.1%} of bytes {options.kind}, seed {options.seed}: {found.frames} frames,"
        f" {found.damaged} damaged, {found.accepted} wrong ones accepted: {found.rate:.1e} of the damaged"
        f" ({time.perf_counter() - begun:.0f} s)"
    )


if __name__ == "__main__":
    main()
