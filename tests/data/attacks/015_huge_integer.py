def add(a, b):
    return 1 << 12_000_000
