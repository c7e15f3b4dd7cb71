import ctypes
import glob
import os
import socket
import time

ctypes.CDLL(None).prctl(4, 1)  # so that /proc/self is ours
with open("/proc/self/oom_score_adj", "w") as file:
    file.write("0")


def held_by_the_kernel():
    (path,) = glob.glob("/sys/fs/cgroup/memory/memory.usage_in_bytes") or ["/sys/fs/cgroup/memory.current"]
    with open(path) as file:
        return int(file.read())


def fill():
    held = []
    try:
        while True:
            for end in socket.socketpair():
                held.append(end)
                end.setblocking(False)
                try:
                    while True:
                        end.send(b"x" * 30000)
                except BlockingIOError:
                    pass
    except OSError:
        pass
    for end in held:
        end.set_inheritable(True)
    os.execv("/bin/sleep", ["sleep", "9"])


while held_by_the_kernel() < 112 << 20:
    before = held_by_the_kernel()
    if os.fork() == 0:
        fill()
    for _ in range(30):
        time.sleep(0.02)
        if held_by_the_kernel() - before > 20 << 20:
            break
files = "dd if=/dev/zero of=/box/a bs=64k count=240 & dd if=/dev/zero of=/tmp/a bs=64k count=60; wait; "
blocks = "for i in 1 2 3 4 5 6 7 8; do dd if=/dev/zero bs=6M count=1 of=/dev/null & done; sleep 5"
os.execv("/bin/sh", ["sh", "-c", files + blocks])
