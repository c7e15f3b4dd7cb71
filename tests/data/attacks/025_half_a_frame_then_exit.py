import os
os.write(4, b'\x00\x00\x01\x00{')
os._exit(0)
