class It:
    def __iter__(self):
        return self
    def __next__(self):
        return 3


def add(a, b):
    return It()
