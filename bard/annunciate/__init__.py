"""Signals, events and snapshots out to people: one contract, many outputs, none of which can delay another."""
