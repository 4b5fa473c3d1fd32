"""libasound: a playback stream of one device, by ctypes.

One law: no call waits for the card (the stream is opened non-blocking), and every failure is an AlsaError with words a
person can act on. It knows no signal; when to write is the caller's.
"""

import ctypes
import errno
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p
from typing import NamedTuple

LIBRARY = "libasound.so.2"
_PLAYBACK, _NONBLOCK = 0, 1
_S16_LE, _INTERLEAVED = 2, 3
_PREPARED = 2
_UNDERRUN = (errno.EPIPE, errno.ESTRPIPE)
_SIGNATURES: dict[str, tuple[type[c_int] | type[c_long] | type[c_char_p], list[type]]] = {
    "snd_pcm_open": (c_int, [POINTER(c_void_p), c_char_p, c_int, c_int]),
    "snd_pcm_set_params": (c_int, [c_void_p, c_int, c_int, c_uint, c_uint, c_int, c_uint]),
    "snd_pcm_get_params": (c_int, [c_void_p, POINTER(c_ulong), POINTER(c_ulong)]),
    "snd_pcm_avail_delay": (c_int, [c_void_p, POINTER(c_long), POINTER(c_long)]),
    "snd_pcm_writei": (c_long, [c_void_p, c_void_p, c_ulong]),
    "snd_pcm_state": (c_int, [c_void_p]),
    "snd_pcm_start": (c_int, [c_void_p]),
    "snd_pcm_recover": (c_int, [c_void_p, c_int, c_int]),
    "snd_pcm_close": (c_int, [c_void_p]),
    "snd_strerror": (c_char_p, [c_int]),
}


_QUIET = CFUNCTYPE(None, c_char_p, c_int, c_char_p, c_int, c_char_p)(lambda *_: None)
"""Takes what libasound would write to stderr, and also returns, each time a card that is gone is tried again."""


class AlsaError(Exception):
    """Why the device cannot be played on."""


class Underrun(AlsaError):
    """The card has played all it was given and stopped: `recover`."""


class Level(NamedTuple):
    """`queued_frames` may still be added to; `delay_frames` until what is written now is heard."""

    queued_frames: int
    delay_frames: int


class Pcm:
    """16-bit little-endian frames. After the first write, `start` makes it run."""

    def __init__(self, device: str, rate_hz: int, channels: int, buffer_us: int, library: str = LIBRARY) -> None:
        """Raises AlsaError. A rate the card does not have is converted by libasound."""
        self._device = device
        self._runs = False
        self._alsa = _load(library)
        self._handle = c_void_p()
        self._check(self._alsa.snd_pcm_open(byref(self._handle), device.encode(), _PLAYBACK, _NONBLOCK))
        try:
            self._check(
                self._alsa.snd_pcm_set_params(self._handle, _S16_LE, _INTERLEAVED, channels, rate_hz, 1, buffer_us)
            )
            buffer, period = c_ulong(), c_ulong()
            self._check(self._alsa.snd_pcm_get_params(self._handle, byref(buffer), byref(period)))
        except AlsaError:
            self.close()
            raise
        self.buffer_frames, self.period_frames = buffer.value, period.value

    def level(self) -> Level:
        """Where the card is now. Raises Underrun, AlsaError."""
        room, delay = c_long(), c_long()
        self._check(self._alsa.snd_pcm_avail_delay(self._handle, byref(room), byref(delay)))
        return Level(max(0, self.buffer_frames - room.value), max(0, delay.value))

    def write(self, address: int, count: int) -> int:
        """Hand over `count` frames at `address`; returns how many were taken. Raises Underrun, AlsaError."""
        taken: int = self._alsa.snd_pcm_writei(self._handle, address, count)
        return 0 if taken == -errno.EAGAIN else self._check(taken)

    def start(self) -> None:
        """Run, where it does not yet. Raises Underrun, AlsaError."""
        # Each call of libasound may cost a busy interpreter's switch interval, 5 ms, so not one is made in vain.
        if self._runs:
            return
        if self._alsa.snd_pcm_state(self._handle) == _PREPARED:  # else it began by itself: its buffer was full
            self._check(self._alsa.snd_pcm_start(self._handle))
        self._runs = True

    def recover(self) -> None:
        """After an Underrun: empty, and waiting for a write and `start`. Raises AlsaError."""
        self._runs = False
        self._check(self._alsa.snd_pcm_recover(self._handle, -errno.EPIPE, 1))

    def close(self) -> None:
        """Silent at once; what is queued is dropped."""
        self._alsa.snd_pcm_close(self._handle)

    def _check(self, result: int) -> int:
        if result >= 0:
            return result
        words = self._alsa.snd_strerror(result).decode(errors="replace")
        kind = Underrun if -result in _UNDERRUN else AlsaError
        raise kind(f"device {self._device!r}: {words}")


def _load(library: str) -> ctypes.CDLL:
    try:
        alsa = ctypes.CDLL(library)
    except OSError:
        raise AlsaError(f"{library} is missing; apt-get install alsa-utils") from None
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(alsa, name)
        function.restype, function.argtypes = result, arguments
    alsa.snd_lib_error_set_handler(_QUIET)
    return alsa
