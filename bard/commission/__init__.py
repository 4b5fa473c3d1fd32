"""Installer procedures, pure: readings in, a calibration or a plain refusal out."""
