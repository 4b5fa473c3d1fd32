"""`make bench`: every figure, kept in bench/results. The 100 hours of `detection` take a quarter of an hour."""

from bench import (
    coverage,
    detection,
    doctor,
    firmware_board,
    gesture,
    hil,
    installations,
    latency,
    outputs,
    page,
    people,
    privacy,
    sound,
    step,
    throughput,
    year,
)

step.main()
throughput.main()
latency.main()
outputs.main()
page.main()
sound.main()
firmware_board.main()
hil.main()
gesture.main()
coverage.main()
installations.main()
privacy.main()
people.main()
doctor.main()
year.main()
detection.main()
