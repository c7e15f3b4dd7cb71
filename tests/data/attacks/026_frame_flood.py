import os
block = b'\x00\x00\x00\x02{}' * 10000
while True:
    os.write(4, block)
