"""Conversions -> rows -> bar load in kg, in blocks. Knows no time but the rows', no client and no alarm."""
