"""What every mock is built from: clock, jobs, limits, sandboxes, refusals, journal. No vendor's name."""
