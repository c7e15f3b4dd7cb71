def add(a, b):
    raise ValueError("\ud800" * 20 + "\x00\x1b[2J\x07")
