"""The page: a process of its own, a client of the control socket; nothing it does can delay an alarm."""
