import os, signal, ctypes
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
libc = ctypes.CDLL(None)
n = 0
while libc.sigqueue(os.getpid(), 40, 0) == 0: n += 1
print(n)
for s in range(1, 64):
    try: os.kill(1, s)
    except OSError: pass
    try: os.kill(-1, s) if s != 9 and s != 19 else 0
    except OSError: pass
