"""One file for each scenario. Each has `run(until, out)`: it goes on until `until` (`time.monotonic`), writes evidence
into the folder `out`, returns its figures in a sentence, and raises AssertionError where a promise was broken."""
