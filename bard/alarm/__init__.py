"""Loads and health -> conditions -> the signal people feel and hear. Knows rows' times only, no output and no clock."""
