"""`make bench`: every figure, kept in bench/results."""

from bench import latency, step, throughput

step.main()
throughput.main()
latency.main()
