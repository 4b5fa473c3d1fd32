"""Bytes -> frames -> conversions in host time -> rows. Knows the protocol, no port and no clock."""
