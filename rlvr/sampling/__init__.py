"""Samplers: what turns prompts into completions. The contract is in `rlvr.sampling.sampler`."""
