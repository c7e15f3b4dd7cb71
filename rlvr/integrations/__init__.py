"""Our verifiers inside other trainers: TRL, verl, OpenRLHF. One module a framework, none imports it.

Each gives a verdict the form its framework knows. What none of them has is a reward that is absent for a
reason; `trl` has `None`, and the others say in their modules what an ERROR becomes there. It is never 0.
"""
