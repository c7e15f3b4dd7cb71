import os
import socket

files = []
for number in range(14):
    files.append(os.open(f"/box/{number}", os.O_RDWR | os.O_CREAT))
    os.write(files[-1], b"x" * (1 << 20))
    os.unlink(f"/box/{number}")
for _ in range(5):
    one, other = socket.socketpair()
    try:
        socket.send_fds(one, [b"x"], [other.fileno(), *files])
        socket.send_fds(other, [b"x"], [one.fileno(), *files])
    except OSError:
        pass
    one.detach()
    other.detach()
print(0)
