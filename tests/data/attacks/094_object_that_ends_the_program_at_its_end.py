import os


class Last:
    def __del__(self):
        os.write(1, b"0\n")
        os._exit(0)


last = Last()
