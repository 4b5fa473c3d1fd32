"""`make bench`: every figure, kept in bench/results."""

from bench import detection, firmware_board, hil, latency, step, throughput

step.main()
throughput.main()
latency.main()
firmware_board.main()
hil.main()
detection.main()
