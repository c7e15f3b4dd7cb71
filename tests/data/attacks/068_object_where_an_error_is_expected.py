class Odd:
    pass
def add(a, b):
    return Odd() if isinstance(b, str) else a + b
