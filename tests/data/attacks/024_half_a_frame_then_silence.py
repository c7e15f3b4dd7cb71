import os, time
os.write(4, b'\x00\x00\x01')
time.sleep(60)
