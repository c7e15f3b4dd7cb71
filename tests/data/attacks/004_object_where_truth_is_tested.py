class Yes:
    pass


def add(a, b):
    return Yes()
