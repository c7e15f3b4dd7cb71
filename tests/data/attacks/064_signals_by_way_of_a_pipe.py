import fcntl
import os
import signal

F_SETSIG = 10
for fd in (0, 1, 2):
    try:
        fcntl.fcntl(fd, fcntl.F_SETOWN, 1)
        fcntl.fcntl(fd, F_SETSIG, signal.SIGTERM)
        fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_ASYNC)
    except OSError as error:
        print(error)
read_end, write_end = os.pipe()
fcntl.fcntl(read_end, fcntl.F_SETOWN, 1)
fcntl.fcntl(read_end, F_SETSIG, signal.SIGKILL)
fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
os.write(write_end, b"x")
