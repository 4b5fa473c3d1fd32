"""Files a person or a procedure writes: the configuration in TOML, the calibration in JSON."""

from bard.config.calibration_file import load_calibration, save_calibration
from bard.config.example import default_settings, example_toml
from bard.config.load import load_settings, parse_settings

__all__ = [
    "default_settings",
    "example_toml",
    "load_calibration",
    "load_settings",
    "parse_settings",
    "save_calibration",
]
