"""What a signal's pulses sound like, on the sound card and on the page (facts, section 2.1); when they sound is in
PATTERNS.
"""

PITCH_HZ = {5: 320, 6: 480, 7: 600, 8: 400, 9: 240}
"""Each signal's fundamental, higher is more urgent; all divide 48 000, so that a wave is whole frames."""
HIGHEST_HZ = 4_000
MOST_HARMONICS = 8
"""Harmonic k is 10 log10(k) dB below the fundamental."""
PULSE_RISE = 0.15
"""Of a pulse; the bounds of the alarm standard are 10 and 20 %."""
PULSE_FALL = 0.10
