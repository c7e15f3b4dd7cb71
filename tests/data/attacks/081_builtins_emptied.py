__builtins__["exec"] = __builtins__["compile"] = None if isinstance(__builtins__, dict) else None
import builtins
vars(builtins).clear()
def add(a, b):
    return a - b
