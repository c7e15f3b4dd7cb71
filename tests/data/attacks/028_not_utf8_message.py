import os, time
os.write(4, b'\x00\x00\x00\x04\xff\xfe\x00\x80')
time.sleep(0.3)
os._exit(0)
