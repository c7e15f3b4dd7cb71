"""What runs beside model-written code: one supervisor that forks a confined child for every sample.

This package is baked into the sandbox image, so it holds the standard library only and keeps to
Python 3.9. It imports nothing else of the project.

    supervisor.py   process 1: takes job headers, pumps bytes, reports how each sample ended
    confine.py      what a child gives up before it touches anything a model wrote
    sweep.py        no process and no file outlives a sample
    frames.py       the framing between host and supervisor
    codec.py        plain data as tagged JSON, between judge and candidate
    candidate.py    runs the model's program, or answers calls to it
    streams.py      what a program reads and writes, and how it ends
    judge.py        runs the tests, and says what they conclude
    rehearsal.py    runs them without a candidate, to learn what they ask
    channel.py      asks the candidate
    pace.py         hands the candidate what it is asked, one by one
    stand_ins.py    what the tests call instead of the candidate's functions and objects
    compare.py      when a returned value is the expected one
"""
