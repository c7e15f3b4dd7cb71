def add(a, b):
    value = 3
    for _ in range(58):
        value = [value]
    return value
