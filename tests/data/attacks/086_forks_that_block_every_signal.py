import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
for s in range(1, 64):
    try: signal.signal(s, signal.SIG_IGN)
    except (OSError, ValueError): pass
for _ in range(30):
    try:
        if os.fork() == 0:
            os.setsid()
            while True: pass
    except OSError: break
print(0)
