"""Problem generators, one a module, found by `source: {generator: NAME}`."""
