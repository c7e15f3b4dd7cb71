import os, fcntl
fcntl.fcntl(1, fcntl.F_SETFL, 0o40000)
for _ in range(60000): os.write(1, b" ")
print(1)
