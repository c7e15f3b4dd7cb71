class add:
    exact = False
    kind = "sloppy"
    def __new__(cls, a, b):
        return a + b
