"""The firmware: its logic on the host under sanitizers, and the real ELF in a simulated AVR (tests.firmware.rig)."""
