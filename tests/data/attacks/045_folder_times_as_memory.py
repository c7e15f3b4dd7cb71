import os
before = os.stat('/box').st_mtime_ns
try:
    os.utime('/box', (3, 3))
except OSError:
    pass
open('/box/x', 'w').close()
print(3 if os.stat("/box").st_uid == os.getuid() else 0)
