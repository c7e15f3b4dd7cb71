import sys


class Endless:
    closed = False

    def write(self, text):
        return len(text)

    def flush(self):
        while True:
            pass


sys.stdout = Endless()
