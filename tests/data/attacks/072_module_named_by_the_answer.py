def add(a, b):
    return "no_such_module"
