import ctypes, os, signal
libc = ctypes.CDLL(None)
class SE(ctypes.Structure): _fields_ = [("v", ctypes.c_void_p), ("signo", ctypes.c_int), ("notify", ctypes.c_int), ("pad", ctypes.c_int * 12)]
class TS(ctypes.Structure): _fields_ = [("a", ctypes.c_long * 4)]
signal.signal(40, signal.SIG_IGN)
n = 0
while True:
    se = SE(None, 40, 0); t = ctypes.c_void_p()
    if libc.timer_create(1, ctypes.byref(se), ctypes.byref(t)): break
    libc.timer_settime(t, 0, ctypes.byref(TS((ctypes.c_long * 4)(0, 1000, 0, 1000))), None)
    n += 1
print(n)
while True: pass
