import json, os, struct
def frame(message):
    body = json.dumps(message).encode()
    return struct.pack(">I", len(body)) + body
x = 3
for _ in range(400):
    x = {'l': [x]}
os.write(4, frame({'ready': True}) + frame({'ok': x, 'args': []}) * 3)
import time; time.sleep(0.3)
os._exit(0)
