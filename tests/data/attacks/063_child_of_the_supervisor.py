import ctypes
import os
import time

CLONE_PARENT, SIGCHLD = 0x8000, 17
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(56, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0:
    if os.fork():
        os._exit(0)
    time.sleep(60)
print("made")
