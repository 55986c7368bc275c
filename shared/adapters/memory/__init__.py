"""Every port in memory: fakes that keep the promises of the real adapters, and are held to the same tests.

For tests and trials; the product never chooses them. Each has a switch, `away`, with which it raises what its port
raises when that part of the world can't be used. Clocks are handed in, one for each part of the world that has its own.
"""
