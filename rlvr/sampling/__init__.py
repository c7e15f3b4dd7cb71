"""Samplers by module name: what turns prompts into completions. The contract is `rlvr.sampler`."""
